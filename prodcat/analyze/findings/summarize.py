"""From runs to a `Summary`: every number of a report is computed here, once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from prodcat.analyze.findings.categories import category_rows, class_sizes
from prodcat.analyze.findings.comparable import check_comparable, lacking
from prodcat.analyze.findings.compare import MAX_COMPARED, best_in, compare_runs
from prodcat.analyze.findings.curves import coverage_curves, reliability
from prodcat.analyze.findings.matrices import confused_pairs, confusion_matrices
from prodcat.analyze.findings.mistakes import find_mistakes
from prodcat.analyze.findings.promises import doubts
from prodcat.analyze.findings.seeds import group_by_seed, spread_over_seeds
from prodcat.analyze.findings.summary import Comparison, ProductFacts, RunSummary, Summary
from prodcat.errors import AnalyzeError
from prodcat.measures.interval import Interval
from prodcat.runs.files import flat_settings, read_classes
from prodcat.runs.format import GOALS, SIDES
from prodcat.runs.predictions import Side
from prodcat.runs.reading import Run, Skipped

KEPT_APART = "Pairs of runs are compared on the products that both have with the same label."


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
        why = "; ".join(f"{one.path} {one.reason}" for one in skipped[:5]) or "none was given"
        raise AnalyzeError(f"There is no run to report: {why}.")
    marks = check_comparable(runs, force=force)
    doubted = {run.name: doubts(run) for run in runs}
    untrusted = {name for name, (broken, _) in doubted.items() if broken}
    groups = group_by_seed(runs)
    chosen = _compared(runs)
    comparisons = compare_runs(chosen, side, untrusted=untrusted)
    siblings = {name: number for number, names in enumerate(groups) for name in names}
    best = best_in(comparisons, [run.name for run in runs], siblings)
    pictured = with_pictures(runs, side)
    told = [
        describe_run(
            run,
            pictured[run.name],
            side,
            doubts=doubted[run.name],
            best=best[run.name],
        )
        for run in runs
    ]
    measures = {run.name: run.measures for run in told}
    return Summary(
        title=f"Run {runs[0].name}" if len(runs) == 1 else f"{len(runs)} runs compared",
        side=side,
        n=max(run.n for run in told),
        classes=max(run.classes for run in told),
        marks=tuple([*marks, KEPT_APART] if marks else ()),
        notes=tuple(_notes(runs, side, compared=len(chosen))),
        skipped=tuple(one.shown() for one in skipped),
        differing=differing_settings([run.settings for run in runs]),
        runs=tuple(told),
        comparisons=comparisons,
        seed_groups=tuple(spread_over_seeds(names, measures) for names in groups),
        products=_products(told, comparisons),
    )


def describe_run(
    run: Run,
    rows: Side,
    side: str,
    *,
    doubts: tuple[Sequence[str], Sequence[str]],
    best: tuple[str, ...],
) -> RunSummary:
    """Work out what is told of one run.

    Args:
        run: The run.
        rows: Its products of that side, with their pictures.
        side: ``test`` or ``val``.
        doubts: What `prodcat.analyze.findings.promises.doubts` found.
        best: Measures in which it is the best.
    """
    broken, odd = doubts
    selections = [
        replace(one, measures=_shown(one.measures, trusted=not broken))
        for one in run.selections(side)
    ]
    short = fallen_short(selections[0].measures)
    facts = {k: v for k, v in run.environment.items() if k not in ("corpus", "format")}
    return RunSummary(
        name=run.name,
        n=len(rows),
        classes=read_classes(run.metrics) or len(rows.paths),
        reads=run.predictions.reads,
        measures=selections[0].measures,
        selections=tuple(selections),
        settings=run.settings,
        facts=flat_settings(facts),
        cost=run.cost,
        best_in=tuple(name for name in best if name not in short),
        warnings=(*broken, *odd, *short.values()),
        history=run.history,
        curves=coverage_curves(run, side, trusted=not broken),
        reliability={
            "before": reliability(rows.raw_probability, rows.right),
            "after": reliability(rows.probability, rows.right),
        },
        categories=category_rows(rows, run.train_products),
        class_sizes=class_sizes(rows, run.train_products),
        matrices=confusion_matrices(rows),
        confused=confused_pairs(rows),
        mistakes=find_mistakes(rows),
        corpus=run.corpus,
        side=rows,
    )


def fallen_short(measures: Mapping[str, Interval]) -> dict[str, str]:
    """Find the coverages whose answers are right less often than promised.

    Thresholds keep their promise on validation; elsewhere they do so about. Where even the
    upper end of what was reached lies below, more coverage is no merit.

    Returns:
        Name of the coverage → what to say.

    >>> fallen_short({"accuracy_at_98": Interval(0.96, 0.95, 0.97)})
    {'coverage_at_98': 'What it answers at 98% is right in 96.0% only, on these products.'}
    """
    found = {}
    for goal in GOALS:
        at = f"at_{100 * goal:g}"
        reached = measures.get(f"accuracy_{at}", Interval())
        if reached.value is not None and reached.high is not None and reached.high < goal:
            found[f"coverage_{at}"] = (
                f"What it answers at {goal:.0%} is right in {reached.value:.1%} only, on these"
                " products."
            )
    return found


def differing_settings(settings: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Find the settings that tell runs apart.

    A setting that only some runs have, as those of a network beside a baseline, counts
    only where these differ in it; but which kind of baseline a run is always counts.

    >>> differing_settings([{"lr": "1", "clip": "1"}, {"lr": "2", "clip": "1"}, {"k": "3"}])
    ('lr',)
    """
    names = dict.fromkeys(name for own in settings for name in own)
    found = []
    for name in names:
        values = [own.get(name) for own in settings]
        known = {value for value in values if value is not None}
        if len(known) > 1 or (None in values and name.rpartition(".")[2] == "kind"):
            found.append(name)
    return tuple(found)


def with_pictures(runs: Sequence[Run], side: str) -> dict[str, Side]:
    """Give each run's products the name and picture that any run on the same corpus knows.

    A model that does not look at pictures leaves them out of its predictions.

    Returns:
        Run → its rows.
    """
    known: dict[tuple[str, str], tuple[str | None, str | None]] = {}
    for run in runs:
        rows = run.predictions.side(side)
        for key, name, picture in zip(rows.ids, rows.names, rows.image_sha256, strict=True):
            before = known.get((run.fingerprint, key), (None, None))
            known[run.fingerprint, key] = (before[0] or name, before[1] or picture)
    filled = {}
    for run in runs:
        rows = run.predictions.side(side)
        found = [known[run.fingerprint, key] for key in rows.ids]
        filled[run.name] = replace(
            rows,
            names=tuple(name for name, _ in found),
            image_sha256=tuple(picture for _, picture in found),
        )
    return filled


def _compared(runs: Sequence[Run]) -> list[Run]:
    """The runs to hold against each other: of very many, the best on validation."""
    if len(runs) <= MAX_COMPARED:
        return list(runs)

    def on_validation(run: Run) -> float:
        selections = run.selections("val")
        found = selections[0].measures.get("macro_f1", Interval()) if selections else Interval()
        return -1.0 if found.value is None else found.value

    best = sorted(runs, key=lambda run: -on_validation(run))[:MAX_COMPARED]
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
    if len({run.predictions.side(side).paths for run in runs}) > 1:
        sizes = sorted({read_classes(run.metrics) or 0 for run in runs})
        if len(sizes) > 1:
            notes.append(f"The models know {sizes[0]:,} to {sizes[-1]:,} categories.")
    return notes


def _shown(measures: Mapping[str, Interval], *, trusted: bool) -> Mapping[str, Interval]:
    """Leave out what hangs on thresholds that cannot be trusted."""
    return {name: value for name, value in measures.items() if trusted or "_at_" not in name}


def _products(
    runs: Sequence[RunSummary], comparisons: Sequence[Comparison]
) -> dict[str, ProductFacts]:
    """Facts of the products that anything refers to.

    A run that reads the name alone does not know the picture, so each fact is that of the
    first run that has it.
    """
    named = {mistake.id for run in runs for mistake in run.mistakes}
    named |= {one.id for pair in comparisons for one in pair.disagreements}
    found: dict[str, ProductFacts] = {}
    for run in runs:
        rows = run.side
        for row, key in enumerate(rows.ids):
            if key not in named:
                continue
            name, picture = rows.names[row], rows.image_sha256[row]
            if key in found:
                known = found[key]
                name, picture = known.name or name, known.image_sha256 or picture
                found[key] = replace(known, name=name, image_sha256=picture)
            else:
                found[key] = ProductFacts(key, name, rows.paths[rows.labels[row]], picture)
    return dict(sorted(found.items()))
