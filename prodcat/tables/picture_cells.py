"""Pictures in a table's cells: bytes, paths as shops write them, addresses, several at once."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from typing import Any
from urllib.parse import unquote

from prodcat.errors import InputError
from prodcat.inputs.images import DEFAULT_LIMITS
from prodcat.inputs.picture_sources import decode_text
from prodcat.tables.words import is_null_word, read_plain

SUFFIXES = (
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".png",
    ".webp",
    ".gif",
    ".bmp",
    ".tif",
    ".tiff",
    ".avif",
)
ADDRESS = re.compile(r"(https?:)?//[^/\s]", re.IGNORECASE)
BETWEEN_ADDRESSES = re.compile(r"[\s,;|]+(?=(?:https?:)?//)", re.IGNORECASE)
BASE64 = re.compile(r"[A-Za-z0-9+/_\-\s]{64,}={0,2}\s*")
LONGEST_PATH, LONGEST_NAME = 4096, 255
"""Characters, and bytes of a file's name; no system takes more."""
PLAIN = re.compile(r"(?:\w[\w.-]*/)*\w[\w.-]*", re.ASCII)
"""A relative path that can be read in one way alone, without any part of dots."""
BETWEEN_PATHS = re.compile(r"\s*[,;|\n]\s*")
MOST_PICTURES = 50
"""Of one cell; more are no pictures of one product."""
MOST_FILES = 500_000
"""Files of a folder that are looked through for names in other letters."""


@dataclass(frozen=True, slots=True)
class PictureCells:
    """The pictures that the cells of a row name."""

    pictures: tuple[bytes | Path, ...] = ()
    """Encoded ones, or where the files should be; those that are there first."""
    addresses: tuple[str, ...] = ()
    """Web addresses."""
    problems: tuple[str, ...] = ()


@dataclass
class PictureFinder:
    """Reads cells of pictures, whose files lie beneath a folder.

    Args:
        root: Folder that paths start from and may not leave; None where there is none.
    """

    root: Path | None
    _names: dict[Path, dict[str, Path]] = field(default_factory=dict, repr=False)
    """Folder → its files by their names in one form; read when a name is first not found."""
    _folders: dict[str, Path] = field(default_factory=dict, repr=False)
    """Folder as it is written → where it really is, beneath the root."""

    def __post_init__(self) -> None:
        self.root = None if self.root is None else self.root.resolve()

    def read(self, cells: Sequence[Any]) -> PictureCells:
        """Read the pictures of one product, from the first cell on."""
        pictures: list[bytes | Path] = []
        addresses: list[str] = []
        problems: list[str] = []
        for cell in cells:
            try:
                for found in self._of_cell(cell):
                    if isinstance(found, str):
                        addresses.append(found)
                    else:
                        pictures.append(found)
            except InputError as error:
                problems.append(str(error))
        if len(pictures) > 1:
            # Stable: of those that are there the first named is first.
            pictures.sort(key=is_lost)
        # What cannot be read of one cell is no fault where another cell has the picture.
        if problems and pictures and not is_lost(pictures[0]):
            problems = []
        return PictureCells(tuple(dict.fromkeys(pictures)), tuple(addresses), tuple(problems))

    def _of_cell(self, cell: Any) -> Iterator[bytes | Path | str]:
        if isinstance(cell, Mapping):
            # As data sets of Hugging Face have them, and as shops' interfaces do.
            named = (cell.get(key) for key in ("bytes", "path", "src", "url", "href"))
            cell = next((value for value in named if value), None)
        if isinstance(cell, bytes | bytearray | memoryview):
            yield bytes(cell)
        elif isinstance(cell, list | tuple):
            if cell and all(isinstance(byte, int) and 0 <= byte < 256 for byte in cell):
                yield bytes(cell)
                return
            for part in cell[:MOST_PICTURES]:
                yield from self._of_cell(part)
        # A float is let through for NaN, which data frames have where there is nothing.
        elif cell is None or isinstance(cell, str | float):
            text = read_plain(cell)
            if text and not is_null_word(text):
                yield from self._of_text(text)
        else:
            raise InputError(f"picture is neither bytes nor a path but {type(cell).__name__}")

    def _of_text(self, text: str) -> Iterator[bytes | Path | str]:
        if ADDRESS.match(text):
            for address in BETWEEN_ADDRESSES.split(text)[:MOST_PICTURES]:
                yield f"https:{address}" if address.startswith("//") else address.rstrip(",;|")
            return
        if (encoded := decode_text(text, "picture", DEFAULT_LIMITS.max_bytes)) is not None:
            yield encoded
            return
        if len(text) > LONGEST_PATH and BASE64.fullmatch(text):
            marked = f"data:;base64,{text}"
            yield decode_text(marked, "picture", DEFAULT_LIMITS.max_bytes) or b""
            return
        if self.root is None:
            raise InputError("picture is a path, and no image folder is named to read it from")
        parts = BETWEEN_PATHS.split(text)[:MOST_PICTURES]
        several = len(parts) > 1 and all(part.lower().endswith(SUFFIXES) for part in parts)
        if several and self._there(text) is None:
            yield from (self.find(part) for part in parts)
        else:
            yield self.find(text)

    def find(self, written: str) -> Path:
        r"""Return the file that a path means, beneath the folder.

        Tried in turn: as it is written; without ``file://``; with slashes for backslashes;
        without a slash at its beginning; with ``%20`` read; and, of the folder it leads to, the
        file whose name is the same but for case, another Unicode form or a missing suffix.

        Raises:
            InputError: If it leads out of the folder, or is no path.
        """
        if (plain := self._find_plain(written)) is not None:
            return plain
        first: Path | None = None
        refused: InputError | None = None
        for text in spellings(written):
            try:
                path = self._beneath(text)
            except InputError as error:
                refused = refused or error
                continue
            if path.is_file():
                return path
            first = first or path
        if first is None:
            assert refused is not None
            raise refused
        for text in spellings(written):
            try:
                alike = self._alike(self._beneath(text))
            except InputError:
                continue
            if alike is not None:
                return alike
        return first

    def _find_plain(self, written: str) -> Path | None:
        """Return the file of a path without any oddity, asking the system once.

        Each question lets other threads have Python meanwhile; a dozen for each row would make
        a table of paths a tenth slower than one of pictures' bytes.
        """
        if not PLAIN.fullmatch(written):
            return None
        folder, _, name = written.rpartition("/")
        parent = self._folders.get(folder)
        if parent is None:
            try:
                parent = self._beneath(folder)
            except InputError:
                return None
            if len(self._folders) < MOST_FILES:
                self._folders[folder] = parent
        path = parent / name
        try:
            # Not through a link, which could lead out of the folder.
            return path if S_ISREG(path.lstat().st_mode) else None
        except OSError:
            return None

    def _there(self, text: str) -> Path | None:
        try:
            path = self._beneath(text)
        except InputError:
            return None
        return path if path.is_file() else None

    def _beneath(self, text: str) -> Path:
        assert self.root is not None
        try:
            # Resolved, so that neither .. nor a symbolic link leads out of the folder unseen.
            path = (self.root / text).resolve()
        except (OSError, ValueError, RuntimeError):  # NUL, names too long, symlinks in a ring
            raise InputError("picture has an impossible path") from None
        if not path.is_relative_to(self.root):
            raise InputError("picture lies outside the image folder")
        if any(len(part.encode()) > LONGEST_NAME for part in path.parts[-3:]):
            raise InputError("picture has an impossible path")
        return path

    def _alike(self, path: Path) -> Path | None:
        names = self._names.get(path.parent)
        if names is None:
            names = self._names[path.parent] = list_names(path.parent)
        found = names.get(plain_name(path.name))
        if found is None and path.suffix.lower() not in SUFFIXES:
            suffixed = (names.get(plain_name(path.name + suffix)) for suffix in SUFFIXES)
            found = next(filter(None, suffixed), None)
        # Resolved anew: the file found may be a link.
        return None if found is None else self._beneath(str(found))


def is_lost(picture: bytes | Path) -> bool:
    """Tell a path that no file is at."""
    return isinstance(picture, Path) and not picture.is_file()


def spellings(written: str) -> Iterator[str]:
    r"""Yield what a path as a shop writes it may mean, the likeliest first.

    >>> list(spellings("/w/my%20pic.jpg"))
    ['/w/my%20pic.jpg', 'w/my%20pic.jpg', '/w/my pic.jpg', 'w/my pic.jpg']
    >>> list(spellings("C:\\pics\\a.jpg"))[-1]
    'pics/a.jpg'
    """
    seen: dict[str, None] = {}
    plain = re.sub(r"^file:/*", "/", written, flags=re.IGNORECASE)
    for text in (written, plain, unquote(plain)):
        for slashed in (text, text.replace("\\", "/")):
            # A drive of Windows, or a folder of the shop's server, means the top of the folder.
            bare = re.sub(r"^([A-Za-z]:)?[/\\]+", "", slashed)
            seen |= dict.fromkeys((slashed, bare))
    yield from seen


def plain_name(name: str) -> str:
    """Return a file's name in one form, whatever its case and Unicode form."""
    return unicodedata.normalize("NFC", name).casefold()


def list_names(folder: Path) -> dict[str, Path]:
    """Return the files of a folder by their plain names; none if it cannot be read."""
    names: dict[str, Path] = {}
    try:
        for number, path in enumerate(folder.iterdir()):
            if number >= MOST_FILES:
                break
            names.setdefault(plain_name(path.name), path)
    except OSError:
        return {}
    return names
