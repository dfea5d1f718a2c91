"""The kinds of vectors that a product has."""

from collections.abc import Sequence

from prodcat.errors import InputError

KINDS = ("fused", "text", "picture", "look", "colour")
"""What a product is, as the model joins its parts; what its text says; what its picture shows, as
the model's encoder sees it; how it looks: the colours and the shape of its pixels, whatever it is;
the colours that its name names."""


def check_kinds(kinds: Sequence[str], available: Sequence[str] = KINDS) -> tuple[str, ...]:
    """Return kinds in the order of `KINDS`, each once.

    Args:
        kinds: Names of them.
        available: Those that there are.

    Raises:
        InputError: If one is none of them, or there are none.

    >>> check_kinds(["look", "text"])
    ('text', 'look')
    """
    unknown = sorted(set(kinds) - set(available))
    if unknown or not kinds:
        culprit = repr(unknown[0]) if unknown else "none"
        raise InputError(f"Kinds of vectors are {', '.join(available)}, but found {culprit}.")
    return tuple(kind for kind in KINDS if kind in kinds)
