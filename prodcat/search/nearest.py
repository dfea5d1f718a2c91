"""The rows that are most alike to a query."""

import numpy as np

from prodcat.arrays import BoolArray, Float32Array, IntArray
from prodcat.search.codes import DIGITS, CodedQuery, Codes
from prodcat.search.scan import Scanner
from prodcat.search.snapshot import Snapshot

BLOCK = 1024
STRETCH = 16_384
"""Rows that are scanned at once."""
FEW = 20_000
"""So few rows are looked at one by one, whatever lists they are in."""
RESCORED = 500
"""So many of the best are computed anew. Fifty do where neighbours lie far apart; among a million
products hundreds are as near as their bytes can tell."""
NEARLY_ALL = 0.9
ROUNDING = 1e-5
"""More than this single precision cannot take from a score of unit vectors."""


def nearest_rows(
    snapshot: Snapshot,
    codes: Codes,
    query: Float32Array,
    k: int,
    *,
    allowed: BoolArray | None = None,
    share: float = 1.0,
) -> tuple[IntArray, Float32Array]:
    """Return the best rows, best first, and their scores: their dot products with the query.

    Without lists, and among few rows, they are the very best, as 16 bits have them; with lists, the
    best of those in the lists nearest to the query.

    Args:
        snapshot: The rows.
        codes: How they became bytes.
        query: What to look for, (D,).
        k: How many rows.
        allowed: Which rows may be, (N,); None for all.
        share: Of the allowed rows, how many to look at where there are lists.
    """
    if allowed is None:
        allowed = snapshot.alive
    count = int(np.count_nonzero(allowed))
    k = min(k, count)
    if k == 0 or not query.any():
        return np.empty(0, np.int64), np.empty(0, np.float32)
    coded, scanner = codes.query(query), Scanner(len(query), DIGITS)
    is_exact = True
    if count <= FEW < len(allowed):
        rows = np.flatnonzero(allowed)
        scores = coded.scores(scanner(snapshot.codes[rows], coded.digits))
    elif len(snapshot.lists) == 0:
        scores = _scan_all(snapshot, coded, scanner)
        rows = np.arange(len(scores)) if count == len(allowed) else np.flatnonzero(allowed)
        scores = scores if count == len(allowed) else scores[rows]
    else:
        is_exact = False
        wanted = max(share * count, 4 * k)
        rows, scores = _scan_lists(snapshot, coded, scanner, query, allowed, wanted, count)
    best = _top(scores, max(RESCORED, 2 * k))
    rescored = _exact(snapshot, rows[best], scores[best], coded)
    if is_exact and len(best) < len(rows):
        # Whatever could still be among the best by what its bytes may have lost.
        least = np.partition(rescored, -k)[-k] - coded.missing - ROUNDING
        is_all = len(rows) == snapshot.rows
        lost = snapshot.lost if is_all else snapshot.facts["lost"][rows]
        reach = scores + np.float32(np.linalg.norm(query)) * lost
        reach[best] = -np.inf
        more = np.flatnonzero(reach >= least)
        best = np.concatenate([best, more])
        rescored = np.concatenate([rescored, _exact(snapshot, rows[more], scores[more], coded)])
    # Of equal ones the older first, so that the answer is always the same.
    order = np.lexsort((rows[best], -rescored))[:k]
    return rows[best][order], rescored[order]


def _scan_all(snapshot: Snapshot, coded: CodedQuery, scanner: Scanner) -> Float32Array:
    scores = np.empty(snapshot.rows, dtype=np.float32)
    for start in range(0, snapshot.rows, STRETCH):
        stretch = slice(start, start + STRETCH)
        scores[stretch] = coded.scores(scanner(snapshot.codes[stretch], coded.digits))
    return scores


def _scan_lists(
    snapshot: Snapshot,
    coded: CodedQuery,
    scanner: Scanner,
    query: Float32Array,
    allowed: BoolArray,
    wanted: float,
    count: int,
) -> tuple[IntArray, Float32Array]:
    """Scan the lists nearest to the query that have together as many rows as are wanted."""
    lists = snapshot.lists
    order = np.argsort(-(lists.centres @ query), kind="stable")
    if count >= NEARLY_ALL * len(allowed):
        # Rows that were deleted or hidden lie anywhere, and counting them takes longer than all
        # the rest. Where too many lie just here, they are counted all the same.
        sizes = np.diff(lists.starts) + np.diff(snapshot.tail[1])
        rows, scores = _scan_some(snapshot, coded, scanner, order, sizes, wanted)
        may = allowed[rows]
        if np.count_nonzero(may) >= NEARLY_ALL * wanted:
            return rows[may], scores[may]
    sizes = snapshot.sizes(allowed)
    rows, scores = _scan_some(snapshot, coded, scanner, order, sizes, wanted)
    may = allowed[rows]
    return rows[may], scores[may]


def _scan_some(
    snapshot: Snapshot,
    coded: CodedQuery,
    scanner: Scanner,
    order: IntArray,
    sizes: IntArray,
    wanted: float,
) -> tuple[IntArray, Float32Array]:
    """Scan lists in their order until they have together as many rows as are wanted."""
    starts, (tail, tail_starts) = snapshot.lists.starts, snapshot.tail
    enough = int(np.searchsorted(np.cumsum(sizes[order]), wanted)) + 1
    chosen = np.sort(order[:enough])
    chosen = chosen[sizes[chosen] > 0]
    rows, products = [], []
    for start, end in _stretches(starts[chosen], starts[chosen + 1]):
        rows.append(np.arange(start, end))
        products.append(scanner(snapshot.codes[start:end], coded.digits))
    if len(tail):
        late = np.concatenate([tail[tail_starts[i] : tail_starts[i + 1]] for i in chosen])
        rows.append(late)
        products.append(scanner(snapshot.codes[late], coded.digits))
    return np.concatenate(rows), coded.scores(np.concatenate(products))


def _stretches(starts: IntArray, ends: IntArray) -> list[tuple[int, int]]:
    """Join lists that follow each other.

    >>> _stretches(np.array([0, 5, 9]), np.array([5, 7, 12]))
    [(0, 7), (9, 12)]
    """
    if len(starts) == 0:
        return []
    breaks = np.flatnonzero(starts[1:] != ends[:-1]) + 1
    firsts = starts[np.concatenate([[0], breaks])]
    lasts = ends[np.concatenate([breaks - 1, [len(ends) - 1]])]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def _top(scores: Float32Array, count: int) -> IntArray:
    """Return where the highest scores are, in any order."""
    if count >= len(scores):
        return np.arange(len(scores))
    return np.argpartition(scores, -count)[-count:]


def _exact(
    snapshot: Snapshot, rows: IntArray, scores: Float32Array, coded: CodedQuery
) -> Float32Array:
    exact = np.empty(len(rows), dtype=np.float32)
    # In blocks: a query that thousands of rows are equally near to must not fill the memory.
    for start in range(0, len(rows), BLOCK):
        block = slice(start, start + BLOCK)
        exact[block] = coded.with_rests(scores[block], snapshot.packed(rows[block]))
    return exact
