"""The marks of all products of a table, as arrays: some 300 bytes a product, texts not kept."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import UInt8Array
from prodcat.screen import OnProgress
from prodcat.search.duplicates.signatures import GRID, hashed, mark_product
from prodcat.tables.rows import TableRow
from prodcat.wording import clean

PROBLEM = 80
"""Characters of a problem with a picture, which may name it."""


@dataclass(frozen=True)
class Marks:
    """Of each product that could be read, in the order of the table."""

    rows: NDArray[np.int64]
    """Numbers of their rows."""
    keys: dict[str, NDArray[np.int64]]
    """Kind of evidence → hash, (N,); 0 for nothing. Of `twin`, all that a product has."""
    makers: NDArray[np.int64]
    families: list[str]
    """Each name without colours and numbers once."""
    family_of: NDArray[np.int64]
    """Place in *families*, (N,); -1 for none."""
    shapes: NDArray[np.uint64]
    colours: UInt8Array
    with_picture: NDArray[np.int64]
    """Places of the products that *shapes* and *colours* are of."""
    unread: int
    problems: dict[str, int]


def collect_marks(
    rows: Iterable[TableRow],
    *,
    pictures: bool,
    total: int | None = None,
    on_progress: OnProgress | None = None,
) -> Marks:
    """Read all products once.

    Args:
        rows: Of a table. A row that continues a product is no product of its own.
        pictures: Whether to decode pictures.
        total: Rows to come, for the progress.
        on_progress: Is told how many are done.
    """
    numbers: list[int] = []
    kinds = ("id", "name", "family", "description", "picture", "twin")
    keys: dict[str, list[int]] = {kind: [] for kind in kinds}
    makers: list[int] = []
    families: dict[str, int] = {}
    family_of: list[int] = []
    shapes: list[int] = []
    grids = bytearray()
    with_picture: list[int] = []
    unread = 0
    problems: Counter[str] = Counter()
    for done, row in enumerate(rows, 1):
        if on_progress is not None and done % 100 == 0:
            on_progress(done, total)
        if row.error is not None:
            unread += 1
            continue
        if row.continues is not None:
            continue
        mark = mark_product(row, pictures=pictures)
        if mark.problem is not None:
            problems[clean(mark.problem, PROBLEM)] += 1
        content = 0
        if mark.picture is not None:
            content = mark.picture.content
            with_picture.append(len(numbers))
            shapes.append(mark.picture.shape)
            grids += mark.picture.colours.tobytes()
        whole = mark.description or hashed(row.description.strip().casefold())
        text = hashed(f"{mark.maker} {mark.description}") if mark.description else 0
        twin = hashed(f"{mark.name} {content} {whole}") if mark.name else 0
        numbers.append(row.number)
        values = (mark.id, mark.name, hashed(mark.family), text, content, twin)
        for kind, value in zip(kinds, values, strict=True):
            keys[kind].append(value)
        makers.append(hashed(mark.maker))
        family_of.append(families.setdefault(mark.family, len(families)) if mark.family else -1)
    return Marks(
        rows=np.array(numbers, np.int64),
        keys={kind: np.array(of_kind, np.int64) for kind, of_kind in keys.items()},
        makers=np.array(makers, np.int64),
        families=list(families),
        family_of=np.array(family_of, np.int64),
        shapes=np.array(shapes, np.uint64),
        colours=np.frombuffer(bytes(grids), np.uint8).reshape(-1, GRID, GRID, 3),
        with_picture=np.array(with_picture, np.int64),
        unread=unread,
        problems=dict(problems.most_common()),
    )
