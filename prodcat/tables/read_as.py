"""How a file is to be read, where it should not be found out from its content."""

import codecs
from dataclasses import dataclass

from prodcat.errors import InputError

NAMED_DELIMITERS = {
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "\\t": "\t",
    "pipe": "|",
    "space": " ",
}
# The web's rules (WHATWG): whoever says one of these writes Windows-1252.
WINDOWS_1252 = {"ascii", "us-ascii", "latin-1", "latin1", "iso-8859-1", "iso8859-1", "l1", "ansi"}


@dataclass(frozen=True)
class ReadAs:
    r"""What a user says of a file; None leaves it to the content.

    >>> ReadAs(delimiter="tab", encoding="latin-1")
    ReadAs(delimiter='\t', encoding='cp1252', sheet=None)
    """

    delimiter: str | None = None
    """Between the cells of a text table: one character, or comma, semicolon, tab, pipe, space."""
    encoding: str | None = None
    """Of a text table, by the name that Python or the web has for it."""
    sheet: str | None = None
    """Of a workbook, by its name."""

    def __post_init__(self) -> None:
        if self.delimiter is not None:
            delimiter = NAMED_DELIMITERS.get(self.delimiter.strip().lower(), self.delimiter)
            if len(delimiter) != 1 or delimiter in '"\r\n':
                raise InputError(
                    f"A delimiter is one character, not {self.delimiter!r}; such as ';' or tab."
                )
            object.__setattr__(self, "delimiter", delimiter)
        if self.encoding is not None:
            object.__setattr__(self, "encoding", find_codec(self.encoding))


def find_codec(name: str) -> str:
    """Return Python's name of an encoding.

    Raises:
        InputError: If there is no such encoding of text.

    >>> find_codec("ISO-8859-1"), find_codec("utf8"), find_codec("Shift_JIS")
    ('cp1252', 'utf-8', 'shift_jis')
    """
    if name.strip().lower().replace("_", "-") in WINDOWS_1252:
        return "cp1252"
    try:
        codec = codecs.lookup(name.strip())
        "".encode(codec.name)
    except (LookupError, ValueError):  # a name with a NUL, or a codec that is none of text
        raise InputError(
            f"There is no encoding {name!r}; such as utf-8, utf-16, windows-1252 or shift_jis."
        ) from None
    return codec.name
