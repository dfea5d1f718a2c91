"""Texts of strangers as one line of bearable length, which every output can hold."""

import re

TEXT_LENGTH = 200

# Control characters, those that turn the direction of text around, and halves of a pair.
UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str, length: int = TEXT_LENGTH) -> str:
    r"""Cut a text, and put spaces for what cannot be shown.

    >>> clean("Blue\x00 jeans\u202e")
    'Blue  jeans '
    """
    return UNSHOWABLE.sub(" ", text[:length])


def one_line(error: BaseException) -> str:
    """Write what an error says."""
    return clean(" ".join(str(error).split()), 150)
