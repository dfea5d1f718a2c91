"""From runs to a `Summary`: every number of a report is computed here, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from prodcat.analyze.findings.categories import category_rows, class_sizes
from prodcat.analyze.findings.comparable import check_comparable, lacking
from prodcat.analyze.findings.compare import MAX_COMPARED, best_in, compare_runs
from prodcat.analyze.findings.curves import coverage_curves, reliability_bins
from prodcat.analyze.findings.matrices import confused_pairs, confusion_matrices
from prodcat.analyze.findings.mistakes import find_mistakes
from prodcat.analyze.findings.promises import Doubt, doubts_of, fallen_short
from prodcat.analyze.findings.seeds import group_by_seed, spread_over_seeds
from prodcat.analyze.findings.summary import (
    Comparison,
    ProductFacts,
    Reliability,
    RunSummary,
    Summary,
)
from prodcat.analyze.findings.taught import taught_facts
from prodcat.decision.accuracies import measure_at
from prodcat.errors import AnalyzeError
from prodcat.measures.interval import Interval
from prodcat.runs.format import SIDES
from prodcat.runs.reading import Run, Skipped
from prodcat.runs.records import Selection
from prodcat.runs.side import Side

ON_SHARED_PRODUCTS = (
    "Pairs of runs are compared on the products that both have with the same label."
)


@dataclass(frozen=True)
class _Shown:
    """What a report shows of a product beside its label, as far as any run knows it."""

    name: str | None = None
    image_sha256: str | None = None


def summarize(
    runs: Sequence[Run],
    skipped: Sequence[Skipped] = (),
    *,
    force: bool = False,
    side: str = "test",
) -> Summary:
    """Work out everything that a report of these runs shows.

    Args:
        runs: As `prodcat.runs.reading.read_runs` returns them.
        skipped: Likewise.
        force: Report runs side by side that differ in more than the model, marked.
        side: ``test``, or ``val``.

    Raises:
        AnalyzeError: If no run has products on that side, or runs differ and *force* is
            not given.
    """
    if side not in SIDES:
        raise AnalyzeError(f"Unknown side {side!r}. Choose one of: test, val.")
    empty = [run for run in runs if not len(run.predictions.side(side))]
    skipped = [*skipped, *(Skipped(run.path, f"has no {side} products") for run in empty)]
    runs = [run for run in runs if run not in empty]
    if not runs:
        reasons = (f"{folder.path} {folder.reason}" for folder in skipped[:5])
        why = "; ".join(reasons) or "none was given"
        raise AnalyzeError(f"There is no run to report: {why}.")
    marks = check_comparable(runs, force=force)
    doubts = {run.name: doubts_of(run) for run in runs}
    untrusted = {name for name in doubts if _is_broken(doubts[name])}
    groups = group_by_seed(runs)
    chosen = _compared(runs)
    comparisons = compare_runs(chosen, side, untrusted=untrusted)
    siblings = {name: number for number, names in enumerate(groups) for name in names}
    best = best_in(comparisons, [run.name for run in runs], siblings)
    pictured = with_pictures(runs, side)
    described = [
        describe_run(run, pictured[run.name], side, doubts=doubts[run.name], best=best[run.name])
        for run in runs
    ]
    measures = {run.name: run.measures for run in described}
    return Summary(
        title=f"Run {runs[0].name}" if len(runs) == 1 else f"{len(runs)} runs compared",
        side=side,
        n=max(run.n for run in described),
        classes=max(run.classes for run in described),
        marks=tuple([*marks, ON_SHARED_PRODUCTS] if marks else ()),
        notes=tuple(_notes(runs, side, compared=len(chosen))),
        skipped=tuple(folder.shown() for folder in skipped),
        differing=differing_settings([run.settings for run in runs]),
        runs=tuple(described),
        comparisons=comparisons,
        seed_groups=tuple(spread_over_seeds(names, measures) for names in groups),
        products=_products(described, comparisons),
    )


def describe_run(
    run: Run,
    rows: Side,
    side: str,
    *,
    doubts: Sequence[Doubt],
    best: Sequence[str],
) -> RunSummary:
    """Work out what is told of one run.

    Args:
        run: The run.
        rows: Its products of that side, with their pictures.
        side: ``test`` or ``val``.
        doubts: As `prodcat.analyze.findings.promises.doubts_of` returns them.
        best: Measures in which it is the best.
    """
    is_trusted = not _is_broken(doubts)
    selections = run.selections(side)
    if not is_trusted:
        selections = tuple(map(_without_coverage, selections))
    # After the above: a run that is not trusted has its warning, and no coverage to fall short.
    shortfalls = fallen_short(selections[0].measures)
    # To answer more is no merit where fewer of the answers are right than promised.
    no_merit = {measure_at("coverage", doubt.accuracy) for doubt in shortfalls}
    data = run.metrics.data
    facts, many = taught_facts(run, side)
    return RunSummary(
        name=run.name,
        n=len(rows),
        classes=data.categories or len(rows.paths),
        reads=run.predictions.reads,
        measures=selections[0].measures,
        selections=selections,
        settings=run.settings,
        facts={**run.environment.facts(), **facts},
        training=run.metrics.training,
        cost=run.metrics.cost,
        best_in=tuple(measure for measure in best if measure not in no_merit),
        warnings=(*(doubt.message for doubt in (*doubts, *shortfalls)), *many),
        history=run.history,
        curves=coverage_curves(run, side, trusted=is_trusted),
        reliability=Reliability(
            before=reliability_bins(rows.raw_probability, rows.right),
            after=reliability_bins(rows.probability, rows.right),
        ),
        categories=category_rows(rows, data.train_products),
        class_sizes=class_sizes(rows, data.train_products),
        matrices=confusion_matrices(rows),
        confused=confused_pairs(rows),
        mistakes=find_mistakes(rows),
        corpus=run.environment.corpus,
        side=rows,
    )


def differing_settings(settings: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Find the settings that tell runs apart.

    A setting that only some runs have, as those of a network beside a baseline, counts
    only where these differ in it; but which kind of baseline a run is always counts.

    >>> differing_settings([{"lr": "1", "clip": "1"}, {"lr": "2", "clip": "1"}, {"k": "3"}])
    ('lr',)
    """
    names = dict.fromkeys(name for of_run in settings for name in of_run)
    differing = []
    for name in names:
        values = [of_run.get(name) for of_run in settings]
        distinct = set(values) - {None}
        if len(distinct) > 1 or (None in values and name.rpartition(".")[2] == "kind"):
            differing.append(name)
    return tuple(differing)


def with_pictures(runs: Sequence[Run], side: str) -> dict[str, Side]:
    """Give each run's products the name and picture that any run on the same corpus knows.

    A model that does not look at pictures leaves them out of its predictions.

    Returns:
        Run → its rows.
    """
    # Ids of another corpus may name other products.
    by_corpus: dict[str, dict[str, _Shown]] = {run.fingerprint: {} for run in runs}
    for run in runs:
        rows, products = run.predictions.side(side), by_corpus[run.fingerprint]
        for id, name, picture in zip(rows.ids, rows.names, rows.image_sha256, strict=True):
            before = products.get(id, _Shown())
            products[id] = _Shown(before.name or name, before.image_sha256 or picture)
    filled = {}
    for run in runs:
        rows = run.predictions.side(side)
        shown = [by_corpus[run.fingerprint][id] for id in rows.ids]
        filled[run.name] = replace(
            rows,
            names=tuple(product.name for product in shown),
            image_sha256=tuple(product.image_sha256 for product in shown),
        )
    return filled


def _compared(runs: Sequence[Run]) -> list[Run]:
    """The runs to hold against each other: of very many, the best on validation."""
    if len(runs) <= MAX_COMPARED:
        return list(runs)

    def on_validation(run: Run) -> float:
        selections = run.selections("val")
        f1 = selections[0].measures.get("macro_f1", Interval()) if selections else Interval()
        # Without validation products a run comes last: nothing says that it should be compared.
        return -1.0 if f1.value is None else f1.value

    # On validation: to choose by test what is compared on test would flatter the chosen.
    best = sorted(runs, key=lambda run: -on_validation(run))[:MAX_COMPARED]
    # In the order given, as everywhere else in the report.
    return [run for run in runs if run in best]


def _notes(runs: Sequence[Run], side: str, *, compared: int) -> list[str]:
    notes = lacking(runs, side)
    if side == "val":
        notes.append(
            "These are the validation products, on which epochs and thresholds were chosen:"
            " all measures are too good here."
        )
    if compared < len(runs):
        notes.append(
            f"Of {len(runs)} runs, the {compared} with the best macro-F1 on validation are"
            " compared in pairs, and no run is marked as the best."
        )
    # Of one tree, too, runs may name other leaves in their answers: then the sizes are equal.
    if len({run.predictions.side(side).paths for run in runs}) > 1:
        sizes = sorted({run.metrics.data.categories or 0 for run in runs})
        if len(sizes) > 1:
            notes.append(f"The models know {sizes[0]:,} to {sizes[-1]:,} categories.")
    return notes


def _is_broken(doubts: Sequence[Doubt]) -> bool:
    return any(doubt.breaks for doubt in doubts)


def _without_coverage(selection: Selection) -> Selection:
    """Leave out what hangs on thresholds, of leaves and of paths, whatever the accuracy."""
    intervals = {name: value for name, value in selection.measures.items() if "_at_" not in name}
    return replace(selection, measured=replace(selection.measured, intervals=intervals))


def _products(
    runs: Sequence[RunSummary], comparisons: Sequence[Comparison]
) -> dict[str, ProductFacts]:
    """Facts of the products that anything refers to.

    A run that reads the name alone does not know the picture, so each fact is that of the
    first run that has it.
    """
    named = {mistake.id for run in runs for mistake in run.mistakes}
    named |= {product.id for pair in comparisons for product in pair.disagreements}
    products: dict[str, ProductFacts] = {}
    for run in runs:
        rows = run.side
        for row, id in enumerate(rows.ids):
            if id not in named:
                continue
            name, picture = rows.names[row], rows.image_sha256[row]
            if before := products.get(id):
                name, picture = before.name or name, before.image_sha256 or picture
                products[id] = replace(before, name=name, image_sha256=picture)
            else:
                products[id] = ProductFacts(id, name, rows.paths[rows.labels[row]], picture)
    return dict(sorted(products.items()))
