"""A folder of pictures without any table: its folders are the categories, its files the ids."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from prodcat.errors import TableError
from prodcat.tables.picture_cells import SUFFIXES
from prodcat.tables.table_format import RawRow
from prodcat.taxonomy.paths import join_path

SIDES = frozenset(
    {"train", "training", "val", "valid", "validation", "dev", "test", "testing", "holdout"}
)
"""What the top folders of a data set are called that is split already."""
WRAPPERS = frozenset(
    {"images", "image", "img", "imgs", "pictures", "pics", "photos", "media", "bilder", "fotos"}
)
"""Folders that say no more than what is in them."""


class PictureFolder:
    """A folder of pictures, ``Shoes/Boots/0012.jpg``: one product each.

    Folders within it are the levels of the category. Where the uppermost are ``train`` and the
    like, they are the split.

    Args:
        folder: Where they are, at whatever depth. Links to other folders are not followed.

    Raises:
        TableError: If it has no picture.
    """

    has_own_fields = False
    inner_columns: frozenset[str] = frozenset()

    def __init__(self, folder: Path) -> None:
        self.path = self.folder = folder
        self.files, passed = find_pictures(folder)
        if not self.files:
            raise TableError(f"{folder} has no picture.")
        parents = [file.parts[:-1] for file in self.files]
        self._wrapper = wrapper_of(parents)
        skipped = len(self._wrapper)
        tops = {parts[skipped] if len(parts) > skipped else "" for parts in parents}
        self.has_sides = {top.casefold() for top in tops} <= SIDES
        self.has_stems = len({file.stem for file in self.files}) == len(self.files)
        has_categories = any(len(parts) > skipped + self.has_sides for parts in parents)
        self.columns: tuple[str, ...] = (
            "id",
            "image",
            *(["category"] if has_categories else []),
            *(["split"] if self.has_sides else []),
        )
        self.notes = (
            f"{len(self.files):,} picture{'s' * (len(self.files) > 1)} without a table",
            *(["folders are the categories"] if has_categories else []),
            *([f"the uppermost folders are the split: {', '.join(sorted(tops))}"] * self.has_sides),
            "names of files are the ids" if self.has_stems else "paths are the ids, as names recur",
            *(f"passed over: {count:,} × {kind}" for kind, count in sorted(passed.items())),
        )

    def count(self) -> int | None:
        """Number of pictures."""
        return len(self.files)

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield a row for each picture, in the order of their paths."""
        for file in self.files[start:]:
            levels = file.parts[len(self._wrapper) : -1]
            side, levels = (levels[0], levels[1:]) if self.has_sides else ("", levels)
            values = {
                "id": file.stem if self.has_stems else file.as_posix(),
                "image": file.as_posix(),
                "category": join_path(levels) if levels else "",
                "split": side,
            }
            yield RawRow({name: values[name] for name in columns if name in self.columns})

    def fingerprint(self) -> str:
        """Tell its state from any later one, without reading the pictures."""
        digest = sha256()
        for file in self.files:
            status = (self.folder / file).stat()
            digest.update(f"{file.as_posix()}\n{status.st_size} {status.st_mtime_ns}\n".encode())
        return digest.hexdigest()


def find_pictures(folder: Path) -> tuple[list[Path], Counter[str]]:
    """Return the pictures beneath a folder in their order, and what else there is, by kind."""
    found: list[Path] = []
    passed: Counter[str] = Counter()

    def refuse(error: OSError) -> None:
        raise error

    for place, folders, files in os.walk(folder, onerror=refuse):
        here = Path(place)
        passed["linked folder"] += sum((here / name).is_symlink() for name in folders)
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        for name in files:
            file = here / name
            if name.startswith("."):
                passed["hidden file"] += 1
            elif file.suffix.lower() not in SUFFIXES:
                passed[file.suffix.lower() or "file without a suffix"] += 1
            elif not file.is_file():
                passed["link that leads nowhere"] += 1
            else:
                found.append(file.relative_to(folder))
    return sorted(found), +passed


def wrapper_of(parents: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the first folder, if all pictures lie beneath it and it only says that they do.

    >>> wrapper_of([("images", "Shoes"), ("images", "Bags")]), wrapper_of([("images",), ("b",)])
    (('images',), ())
    """
    tops = {parts[:1] for parts in parents}
    if len(tops) == 1 and (top := tops.pop()) and top[0].casefold() in WRAPPERS:
        return top
    return ()
