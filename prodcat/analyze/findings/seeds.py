"""Runs that differ in their seed alone: how much of a difference is the luck of training."""

from collections.abc import Mapping, Sequence
from statistics import mean, stdev

from prodcat.analyze.findings.summary import SeedGroup, Spread
from prodcat.measures.interval import Interval
from prodcat.runs.reading import Run

SEEDS = ("train.seed", "baseline.seed")


def group_by_seed(runs: Sequence[Run]) -> list[tuple[str, ...]]:
    """Find the groups of two or more runs with the same corpus and settings but the seed.

    Returns:
        Names of runs, group by group, in their order.
    """
    alike: dict[tuple[object, ...], list[str]] = {}
    for run in runs:
        settings = {key: value for key, value in run.settings.items() if key not in SEEDS}
        alike.setdefault((run.fingerprint, *sorted(settings.items())), []).append(run.name)
    return [tuple(names) for names in alike.values() if len(names) > 1]


def spread_over_seeds(
    names: Sequence[str], measures: Mapping[str, Mapping[str, Interval]]
) -> SeedGroup:
    """Return mean and standard deviation of each measure that any of the runs has.

    Args:
        names: Of the group's runs.
        measures: Run → its measures.
    """
    values_of: dict[str, list[float]] = {}
    for name in names:
        for measure, interval in measures[name].items():
            if interval.value is not None:
                values_of.setdefault(measure, []).append(interval.value)
    return SeedGroup(
        runs=tuple(names),
        measures={
            # Only some of the runs may have a measure, such as a coverage that is believed.
            measure: Spread(mean(values), stdev(values) if len(values) > 1 else 0.0, len(values))
            for measure, values in values_of.items()
        },
    )
