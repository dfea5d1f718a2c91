"""The shares of all runs as tables and charts of a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.baselines.nearest import EVERYWHERE
from experiments.benchmarks.alike.facts import BOTH, COLOUR, LEAF, PATTERN, Facts
from experiments.benchmarks.alike.shares import (
    Difference,
    Neighbours,
    Share,
    chance_of,
    difference,
    interval_of,
    share_of,
)
from experiments.benchmarks.section import Section
from prodcat.analyze.charts.chart import Axis, Chart, Series
from prodcat.measures.interval import Interval, percent_range
from prodcat.measures.significance import LEVEL, holm
from prodcat.runs.records import RunMetrics
from prodcat.taxonomy.paths import split_path
from prodcat.wording import ABSENT, number

OF_ALL = (LEAF, COLOUR, BOTH, "brand", "season", "usage", PATTERN)
OF_ONE = tuple(fact for fact in OF_ALL if fact not in (LEAF, BOTH))
"""Within one category all have its leaf."""
MEASURES = {"accuracy": "accuracy", "macro_f1": "macro-F1", "top_5_accuracy": "top-5 accuracy"}


@dataclass(frozen=True)
class StudiedRun:
    """One run's neighbours and measures."""

    name: str
    metrics: RunMetrics
    neighbours: Mapping[tuple[str, str], Neighbours]
    """By the category looked within and the split; none of a network's own run."""


@dataclass(frozen=True)
class Study:
    """All runs on one side of the split."""

    runs: Sequence[StudiedRun]
    facts: Facts
    side: str
    training: Sequence[str]
    """Ids of the training products with a picture."""

    def asked(self, within: str) -> list[str]:
        """Ids of the products whose neighbours are known, within a category or all."""
        return sorted(self.searching[0].neighbours.get((within, self.side), {}))

    @property
    def searching(self) -> list[StudiedRun]:
        """The runs that have neighbours."""
        return [run for run in self.runs if run.neighbours]

    @property
    def categories(self) -> list[str]:
        """The categories that were looked within."""
        found = {within for within, side in self.searching[0].neighbours if side == self.side}
        return sorted(found - {EVERYWHERE})

    def share(self, run: StudiedRun, within: str, fact: str) -> Share:
        """Return a run's share of neighbours with the same value of a fact."""
        neighbours = run.neighbours[within, self.side]
        return share_of(neighbours, self.facts.by_name[fact], self.asked(within))

    def chance(self, within: str, fact: str) -> float | None:
        """Return what neighbours drawn blindly would share."""
        leaves = self.facts.by_name[LEAF]
        pool = [id for id in self.training if within in (EVERYWHERE, leaves.get(id))]
        return chance_of(self.asked(within), pool, self.facts.by_name[fact])


def lay_out(study: Study, *, against: str) -> list[Section]:
    """Return all tables.

    Args:
        study: The runs.
        against: Name of the run that the others are held against.
    """
    scopes = [EVERYWHERE, *study.categories]
    return [
        answers(study),
        *(shares(study, within) for within in scopes),
        differences(study, against, [EVERYWHERE, *study.categories]),
    ]


def answers(study: Study) -> Section:
    """Show how well the neighbours' categories answer, beside networks that do so themselves."""
    rows = []
    for run in study.runs:
        selections = run.metrics.selections(study.side)
        measures = selections[0].measures if selections else {}
        rows.append([run.name, *(_cell(measures.get(name, Interval())) for name in MEASURES)])
    products = max((run.metrics.selections(study.side)[0].n for run in study.runs), default=0)
    return Section(
        "The neighbours' category as an answer",
        f"All {products:,} labelled {study.side} products with a picture, in per cent with 95 %"
        " intervals; those of categories that were not taught count as wrong where a leaf is"
        " answered for them. A run without neighbours is a network that answers by itself.",
        ("run", *MEASURES.values()),
        rows,
    )


def shares(study: Study, within: str) -> Section:
    """Show what neighbours have in common with their product, run by run."""
    facts = OF_ALL if within == EVERYWHERE else OF_ONE
    blind = ["drawn blindly", *(_cell(Interval(study.chance(within, fact))) for fact in facts)]
    counted = {fact: study.share(study.searching[0], within, fact).products for fact in facts}
    rows = [
        [run.name, *(_cell(interval_of(study.share(run, within, fact))) for fact in facts)]
        for run in study.searching
    ]
    return Section(
        f"Within {within}" if within else "Among all training products",
        f"{len(study.asked(within)):,} {study.side} products; of their nearest training products"
        " the share with the same value, in per cent with 95 % intervals, of those whose value is"
        " known. Products that count, in the first run: "
        + ", ".join(f"{fact} {count:,}" for fact, count in counted.items())
        + ".",
        ("run", *facts),
        [blind, *rows],
    )


def differences(study: Study, against: str, scopes: Sequence[str]) -> Section:
    """Hold each run against one of them, on the same draws of products."""
    reference = next(run for run in study.searching if run.name == against)
    others = [run for run in study.searching if run is not reference]
    measured = [(w, f) for w in scopes for f in ((LEAF, COLOUR) if w == EVERYWHERE else (COLOUR,))]
    told = {
        (run.name, *what): change
        for run in others
        for what in measured
        if (change := difference(study.share(reference, *what), study.share(run, *what)))
    }
    passed = holm([change.p for change in told.values()]).tolist()
    cells = {
        key: f"{_points(change)}{' *' if significant else ''}"
        for (key, change), significant in zip(told.items(), passed, strict=True)
    }
    rows = [
        [run.name, *(cells.get((run.name, *what), ABSENT) for what in measured)] for run in others
    ]
    return Section(
        f"Against {against}",
        "Percentage points more than that run, with 95 % intervals of the paired bootstrap."
        f" Significant ones (p ≤ {LEVEL}, corrected after Holm for all {len(told)}) have a star.",
        ("run", *(f"{fact}, {_short(within)}" for within, fact in measured)),
        rows,
    )


def leaf_and_colour(study: Study) -> Chart:
    """Draw each run by the share of neighbours of the same leaf and of the same colour."""
    series = []
    for place, run in enumerate(study.searching):
        leaf, colour = (interval_of(study.share(run, EVERYWHERE, fact)) for fact in (LEAF, COLOUR))
        if leaf.value is not None and colour.value is not None:
            series.append(
                Series(
                    run.name,
                    (leaf.value,),
                    (colour.value,),
                    "points",
                    place,
                    low=(colour.low,),
                    high=(colour.high,),
                    legend=run.name,
                )
            )
    return Chart(
        "leaf-and-colour",
        "The same kind, the same colour",
        Axis("neighbours of the same leaf", "share"),
        Axis("neighbours of the same colour", "share"),
        tuple(series),
        note=f"{len(study.asked(EVERYWHERE)):,} {study.side} products, six neighbours each among"
        " all training products, 95 % intervals of the colour.",
    )


def colour_within(study: Study) -> Chart:
    """Draw the share of neighbours of the same colour within each category."""
    categories = study.categories
    series = []
    for place, run in enumerate(study.searching):
        found = [interval_of(study.share(run, within, COLOUR)) for within in categories]
        # Beside each other, so that no interval hides another.
        step = 0.8 / len(study.searching)
        x = tuple(i - 0.4 + (place + 0.5) * step for i in range(len(categories)))
        series.append(
            Series(
                run.name,
                x,
                tuple(f.value for f in found),
                "points",
                place,
                low=tuple(f.low for f in found),
                high=tuple(f.high for f in found),
                legend=run.name,
            )
        )
    names = [f"{_short(w)} ({len(study.asked(w)):,})" for w in categories]
    return Chart(
        "colour-within",
        "The same colour within one category",
        Axis("category and its products", names=tuple(names)),
        Axis("neighbours of the same colour", "share"),
        tuple(series),
        note=f"{study.side} products, six neighbours each among the category's training"
        " products, 95 % intervals.",
    )


def _short(within: str) -> str:
    """Name a category by its last word and its first.

    >>> _short("Men > Apparel > Shirts"), _short("")
    ('Shirts (Men)', 'all')
    """
    path = split_path(within) if within else ()
    return f"{path[-1]} ({path[0]})" if len(path) > 1 else within or "all"


def _cell(interval: Interval) -> str:
    if interval.value is None:
        return ABSENT
    ends = percent_range(interval)
    return number(100 * interval.value) + (f" ({ends})" if ends else "")


def _points(change: Difference) -> str:
    value, low, high = (
        number(100 * share, signed=True) for share in (change.value, change.low, change.high)
    )
    return f"{value} ({low} to {high})"
