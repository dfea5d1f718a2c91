"""How often a product shares a fact with those that look most like it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.baselines.nearest import FILE
from experiments.benchmarks.alike.facts import Fact
from prodcat.arrays import Float64Array
from prodcat.errors import RunError, require
from prodcat.measures.bootstrap import interval, resample
from prodcat.measures.interval import Interval
from prodcat.measures.significance import paired_difference
from prodcat.measures.statistics import Statistic, measured, ratio_of

DRAWS = 2000
LEAST = 10
"""Products that must have a neighbour with the fact for a share to be told."""

Neighbours = Mapping[str, Sequence[str]]
"""Id of a product → ids of the training products that are most like it, the nearest first."""


@dataclass(frozen=True)
class Share:
    """Of all neighbours that a fact is known of, the share that have the product's own value."""

    same: Float64Array
    """Neighbours with the same value, of each product, (N,)."""
    known: Float64Array
    """Neighbours with any, of each product that has one itself, (N,)."""

    @property
    def products(self) -> int:
        """Those that count: they have the fact, and so has a neighbour."""
        return int((self.known > 0).sum())

    @property
    def statistic(self) -> Statistic:
        """The share as a statistic of how often each product was drawn."""
        return ratio_of(self.same, self.known)

    @property
    def value(self) -> float:
        """The share itself."""
        return measured(self.statistic, len(self.same))


@dataclass(frozen=True)
class Difference:
    """By how much one share is larger than another, on the same products."""

    value: float
    low: float
    high: float
    """Ends of the 95 % interval."""
    p: float


def read_neighbours(run: Path) -> dict[tuple[str, str], dict[str, list[str]]]:
    """Return the neighbours of a run's products, by the category looked within and the split.

    Raises:
        RunError: If the run has none, or they cannot be read.
    """
    parquet = require("pyarrow.parquet", extra="bulk")
    columns = ("within", "split", "id", "rank", "neighbour")
    try:
        table = parquet.read_table(run / FILE, columns=list(columns)).to_pydict()
        values = [table[column] for column in columns]
    except (OSError, ValueError, KeyError) as error:
        raise RunError(
            f"{run / FILE} cannot be read ({error}). Make the run with the sweep"
            " experiments/dresses.yaml."
        ) from error
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    # In the order of ranks, whatever that of the file.
    for within, split, id, _, neighbour in sorted(
        zip(*values, strict=True), key=lambda row: row[3]
    ):
        found.setdefault((within, split), {}).setdefault(id, []).append(neighbour)
    return found


def share_of(neighbours: Neighbours, fact: Fact, ids: Sequence[str]) -> Share:
    """Count neighbours that share a fact with their product.

    >>> colours = {"a": "Red", "b": "Red", "c": "Blue"}
    >>> share_of({"a": ["b", "c", "unknown"], "d": ["b"]}, colours, ["a", "d"]).value
    0.5
    """
    same, known = np.zeros(len(ids)), np.zeros(len(ids))
    for place, id in enumerate(ids):
        if id in fact:
            values = [fact[other] for other in neighbours[id] if other in fact]
            known[place] = len(values)
            same[place] = values.count(fact[id])
    return Share(same, known)


def chance_of(asked: Iterable[str], pool: Iterable[str], fact: Fact) -> float | None:
    """Return the share that neighbours drawn blindly would have; None where nothing is known.

    Args:
        asked: Ids of the products.
        pool: Ids of the training products that are drawn from.
        fact: What is shared.

    >>> chance_of(["a"], ["b", "c"], {"a": "Red", "b": "Red", "c": "Blue"})
    0.5
    """
    counts = Counter(fact[id] for id in pool if id in fact)
    shares = [counts[fact[id]] / counts.total() for id in asked if id in fact and counts]
    return float(np.mean(shares)) if shares else None


def interval_of(share: Share) -> Interval:
    """Return a share with its 95 % interval; without any where too few products count."""
    if share.products < LEAST:
        return Interval()
    draws = resample({"share": share.statistic}, len(share.same), n=DRAWS)["share"]
    low, high = interval(draws, value=share.value)
    return Interval(share.value, low, high)


def difference(first: Share, second: Share) -> Difference | None:
    """Return by how much the second share is larger; None where too few products count.

    Both must be of the same products.
    """
    if min(first.products, second.products) < LEAST:
        return None
    statistics = {"first": first.statistic, "second": second.statistic}
    draws = resample(statistics, len(first.same), n=DRAWS)
    value = second.value - first.value
    low, high, p = paired_difference(draws["first"], draws["second"], value=value)
    return Difference(value, low, high, p)
