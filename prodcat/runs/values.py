"""Values out of a file that may come from anywhere: what they must be, or None."""

from collections.abc import Mapping

from prodcat.errors import AnalyzeError
from prodcat.wording import clean

MAX_TEXT = 2000
LARGEST = 1e18
"""No count, time or size of ours is near it, and whole floats below it are exact enough."""


def mapping(value: object, what: str) -> Mapping[object, object]:
    """Return names with values.

    Args:
        value: What stands in the file.
        what: Where it stands, for the message.

    Raises:
        AnalyzeError: If it is something else.
    """
    if not isinstance(value, Mapping):
        raise AnalyzeError(f"{what} holds no names with values")
    return value


def mapping_or_none(value: object) -> Mapping[object, object]:
    """Return names with values; none where it is something else."""
    return value if isinstance(value, Mapping) else {}


def number(value: object) -> float | None:
    """Return a number from 0 on, None for whatever else.

    >>> number(2), number(-1), number(True), number("2"), number(float("nan"))
    (2.0, None, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # NaN is not in between either.
    return float(value) if 0 <= value < LARGEST else None


def whole(value: object) -> int | None:
    """Return a whole number from 0 on, None for whatever else.

    >>> whole(2.0), whole(1.5), whole("12"), whole("-1")
    (2, None, 12, None)
    """
    # Runs of format 2 have the best epoch as text.
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    exact = number(value)
    return int(exact) if exact is not None and exact == int(exact) else None


def share(value: object) -> float | None:
    """Return a number from 0 to 1, None for whatever else; a rounding error above 1 is let be.

    >>> share(1), share(1.5)
    (1.0, None)
    """
    positive = number(value)
    return positive if positive is not None and positive <= 1 + 1e-9 else None


def text(value: object, length: int = MAX_TEXT) -> str | None:
    """Return a text that says something and can be shown, None for whatever else."""
    return clean(value, length) if isinstance(value, str) and value else None


def counts(value: object, length: int = MAX_TEXT) -> dict[str, int]:
    """Return what is counted and how often, without what is no count."""
    numbers = {
        clean(str(name), length): whole(count) for name, count in mapping_or_none(value).items()
    }
    return {name: count for name, count in numbers.items() if count is not None}
