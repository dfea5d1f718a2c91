"""Counts where answers change when the picture is given, and tests it.

A group of products is tested by those that changed: McNemar's exact test, which for mix-ups
is called the sign test. Which groups are tested must not be chosen by the direction of their
change, or chance would look like an effect: the categories with the most mistakes without
the picture have fewer with it by luck alone. So categories are tested by their size, and
pairs by the products mixed up either way. `LEAST` is what a group must have to reach a p
below 0.05 at all.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from prodcat.arrays import BoolArray, Float64Array, IntArray
from prodcat.measures.bootstrap import resample
from prodcat.measures.significance import holm, mcnemar, paired_difference
from prodcat.measures.statistics import Statistic, measured

LEAST = 6
DRAWS = 10_000

Key = tuple[int, ...]
Mark = tuple[Key, bool, bool]
"""A group that a product is in, and whether it is a hit there without and with the picture."""


@dataclass(frozen=True)
class Outcomes:
    """The best leaves of the same products without and with the picture."""

    labels: IntArray
    """True leaf, (N,); -1 for one that the model does not have."""
    without: IntArray
    given: IntArray

    @property
    def right(self) -> tuple[BoolArray, BoolArray]:
        """Whether each is right, without and with, (N,) each."""
        return self.without == self.labels, self.given == self.labels


@dataclass(frozen=True)
class Change:
    """What the picture changed in a group of products."""

    key: Key
    """Leaves that the group is about."""
    n: int
    """Products of the group."""
    without: int
    """Hits without the picture."""
    given: int
    """Hits with it."""
    only_without: int
    only_given: int
    p: float | None = None
    """Corrected for all groups tested; None where too few to test."""
    significant: bool = False

    @property
    def difference(self) -> int:
        """Hits more with the picture."""
        return self.given - self.without


@dataclass(frozen=True)
class Gain:
    """A measure without and with the picture."""

    without: float
    given: float
    low: float
    """Least that the difference may be, at 95 %."""
    high: float

    @property
    def value(self) -> float:
        """The difference."""
        return self.given - self.without


def gain(without: Statistic, given: Statistic, products: int) -> Gain:
    """Compare a measure on the same draws of products, without and with the picture."""
    before, after = measured(without, products), measured(given, products)
    draws = resample({"without": without, "given": given}, products, n=DRAWS)
    low, high, _ = paired_difference(draws["without"], draws["given"], value=after - before)
    return Gain(before, after, low, high)


def in_all(outcomes: Outcomes) -> Change:
    """Count the right answers of all products, at least one."""
    return count_changes((((), *hits) for hits in _hits(outcomes)), least=1)[0]


def by_category(outcomes: Outcomes) -> list[Change]:
    """Count the right answers of each category, in the order of the leaves."""
    labelled = zip(outcomes.labels.tolist(), _hits(outcomes), strict=True)
    return count_changes(((label,), *hits) for label, hits in labelled if label >= 0)


def by_pair(outcomes: Outcomes) -> list[Change]:
    """Count the mix-ups of each two leaves, whichever of them is the true one.

    ``n`` are the products mixed up without or with the picture, or both.
    """
    return count_changes(_mix_ups(outcomes))


def _hits(outcomes: Outcomes) -> Iterator[tuple[bool, bool]]:
    before, after = outcomes.right
    return zip(before.tolist(), after.tolist(), strict=True)


def _mix_ups(outcomes: Outcomes) -> Iterator[Mark]:
    columns = (outcomes.labels, outcomes.without, outcomes.given)
    for label, *answers in zip(*(column.tolist() for column in columns), strict=True):
        before, after = (tuple(sorted((label, answer))) for answer in answers)
        for pair in sorted({before, after}):
            if label >= 0 and pair != (label, label):
                yield pair, pair == before, pair == after


def count_changes(marks: Iterable[Mark], *, least: int = LEAST) -> list[Change]:
    """Count hits group by group, and test the groups of enough products.

    >>> changed = count_changes([((0,), False, True)] * 6 + [((1,), True, True)])
    >>> [(c.n, c.without, c.given, c.p and round(c.p, 5)) for c in changed]
    [(6, 0, 6, 0.03125), (1, 1, 1, None)]
    """
    groups: dict[Key, Counter[tuple[bool, bool]]] = defaultdict(Counter)
    for key, *hits in marks:
        groups[key][hits[0], hits[1]] += 1
    tested = [key for key in sorted(groups) if groups[key].total() >= least]
    plain = [mcnemar(groups[key][True, False], groups[key][False, True]) for key in tested]
    corrected = dict(zip(tested, holm_p(plain).tolist(), strict=True))
    significant = dict(zip(tested, holm(plain).tolist(), strict=True))
    return [
        Change(
            key=key,
            n=found.total(),
            without=found[True, True] + found[True, False],
            given=found[True, True] + found[False, True],
            only_without=found[True, False],
            only_given=found[False, True],
            p=corrected.get(key),
            significant=significant.get(key, False),
        )
        for key, found in sorted(groups.items())
    ]


def holm_p(p: Sequence[float]) -> Float64Array:
    """Correct p values for how many were asked at once, after Holm 1979.

    >>> holm_p([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(len(values), 0, -1)
    found = np.empty_like(values)
    found[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return found
