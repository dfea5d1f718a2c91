"""How many rows a search of an index in lists has to look at: found out on its own rows."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.search.codes import DIGITS
from prodcat.search.layout import FACT_ROWS, FACTS
from prodcat.search.nearest import STRETCH
from prodcat.search.scan import Scanner
from prodcat.search.snapshot import Lists, Snapshot, read_codes

QUERIES = 200
"""Products whose neighbours are looked for, with each of the weights."""
NEIGHBOURS = 10
RECALL = 0.9985
"""Share of their neighbours that has to be among the rows looked at: above what is promised, for
queries that are in no list."""
LEAST = 0.01
NOTHING = 1e-3


def choose_share(data: Path, blocks: Sequence[tuple[str, int]]) -> float:
    """Return the share of the rows, nearest lists first, that has nearly all the neighbours.

    Args:
        data: A folder of data, which is in lists.
        blocks: Kinds of vectors and their widths. Each alone is a way to look for products, as
            all of them together are, and the share is enough for any of these.
    """
    width = sum(width for _, width in blocks)
    lists, codes = Lists(data, width), read_codes(data, width)
    rows = (data / FACT_ROWS).stat().st_size // FACTS.itemsize
    snapshot = Snapshot(data, width, lists, rows)
    chosen = np.random.default_rng(0).choice(rows, min(rows, QUERIES), replace=False)
    scanner = Scanner(width, DIGITS)
    sizes = np.diff(lists.starts)
    most = LEAST
    for weights in _weights(blocks):
        needed = []
        for row in chosen:
            query = codes.unpack(snapshot.packed(slice(row, row + 1)))[0] * weights
            # A product that lacks this kind of vector is no query by it.
            if np.abs(query).max() < NOTHING:
                continue
            coded = codes.query(query)
            scores = np.concatenate(
                [
                    coded.scores(scanner(snapshot.codes[start : start + STRETCH], coded.digits))
                    for start in range(0, rows, STRETCH)
                ]
            )
            scores[row] = -np.inf
            count = min(NEIGHBOURS, rows - 1)
            best = np.argpartition(scores, -count)[-count:]
            order = np.argsort(-(lists.centres @ query), kind="stable")
            read = np.empty(len(lists))
            read[order] = np.cumsum(sizes[order]) / rows
            needed.append(read[np.searchsorted(lists.starts, best, side="right") - 1])
        if needed:
            most = max(most, float(np.quantile(np.concatenate(needed), RECALL)))
    return min(1.0, most)


def _weights(blocks: Sequence[tuple[str, int]]) -> Iterator[Float32Array]:
    yield np.ones(sum(width for _, width in blocks), np.float32)
    for kind, _ in blocks if len(blocks) > 1 else ():
        yield np.concatenate([np.full(w, kind == name, np.float32) for name, w in blocks])
