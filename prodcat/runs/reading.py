"""Runs as reports know them: by the files in their directories, and nothing else.

A directory that is broken, unfinished or older is told with its reason and stops nothing.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from prodcat.decision.accuracies import ACCURACIES, measure_at
from prodcat.errors import AnalyzeError, one_line
from prodcat.measures.metrics import macro_f1, mean
from prodcat.runs.directory import RunDir
from prodcat.runs.environment import Environment
from prodcat.runs.files import flat_settings, read_json, read_settings
from prodcat.runs.format import ERROR_LENGTH, FORMAT, READ_FORMATS, SIDES
from prodcat.runs.history import History, read_history
from prodcat.runs.predictions import read_predictions
from prodcat.runs.records import RunMetrics, Selection
from prodcat.runs.side import Predictions, Side
from prodcat.wording import clean

TOLERANCE = 1e-6
"""How far a measure may be from what the predictions say."""


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run."""

    name: str
    """Its folder's; with as much of the folders above as sets it apart from other runs."""
    path: Path
    config: Mapping[object, object]
    """As it stands in ``config.yaml``: a later version may know settings that we do not."""
    environment: Environment
    history: History
    metrics: RunMetrics
    predictions: Predictions

    @property
    def fingerprint(self) -> str:
        """Of the corpus."""
        return self.environment.corpus_fingerprint

    @property
    def settings(self) -> dict[str, str]:
        """Every setting by its full name, as text."""
        return flat_settings(self.config)

    def selections(self, side: str) -> tuple[Selection, ...]:
        """Measures of a side, with all parts given first."""
        return self.metrics.selections(side)


@dataclass(frozen=True)
class SkippedRun:
    """A folder that is not reported, and why, as a report may show it."""

    path: str
    """Its last two names."""
    reason: str


@dataclass(frozen=True)
class Skipped:
    """A folder that cannot be reported, and why, in one line."""

    path: Path
    reason: str

    def shown(self) -> SkippedRun:
        """Return what a report may show of it."""
        return SkippedRun(clean("/".join(self.path.parts[-2:])), self.reason)


def read_runs(paths: Iterable[Path]) -> tuple[list[Run], list[Skipped]]:
    """Read run directories, and those in folders of run directories, sorted by name.

    Returns:
        The runs in the order given, each once, with distinct names; and what was no
        readable run.
    """
    runs: list[Run] = []
    skipped: list[Skipped] = []
    read: set[Path] = set()
    for path in paths:
        folders, reason = _run_folders(Path(path))
        if reason:
            skipped.append(Skipped(Path(path), reason))
        for folder in folders:
            # A link to a run is that run: it would win against itself by nothing.
            real = Path(os.path.realpath(folder))
            if real in read:
                continue
            read.add(real)
            try:
                runs.append(read_run(folder))
            except (AnalyzeError, OSError) as error:
                skipped.append(Skipped(folder, clean(one_line(error, ERROR_LENGTH))))
    return _named_apart(runs), skipped


def read_run(folder: Path) -> Run:
    """Read one run directory.

    Raises:
        AnalyzeError: If it is unfinished, older, or something in it cannot be.
    """
    run_dir = RunDir(folder)
    written_last = (run_dir.predictions, run_dir.metrics)
    # The history is none of them: a baseline has no epochs.
    for file in (run_dir.config, run_dir.environment, *written_last):
        if not file.is_file():
            what = "unfinished" if file in written_last else "incomplete"
            raise AnalyzeError(f"is {what}: it has no {file.name}")
    # The format first: of an older run everything else would be called broken.
    environment = read_json(run_dir.environment)
    # Runs of the first format do not name theirs.
    stored = str(environment.get("format", 1))
    if stored not in READ_FORMATS:
        raise AnalyzeError(f"is of format {clean(stored, 20)}; this version reads {FORMAT}")
    described = Environment.from_dict(environment)
    try:
        predictions = read_predictions(run_dir.predictions)
    except AnalyzeError as error:
        raise AnalyzeError(f"{run_dir.predictions.name} {error}") from error
    run = Run(
        # The folder's own name, which `.` and a link to it do not have.
        name=clean(Path(os.path.realpath(folder)).name),
        path=folder,
        config=read_settings(run_dir.config),
        environment=described,
        history=read_history(run_dir.history),
        metrics=RunMetrics.from_dict(read_json(run_dir.metrics)),
        predictions=predictions,
    )
    # Numbers of other predictions than those beside them would be believed all the same.
    for side in SIDES:
        _check_together(run, side)
    return run


def _run_folders(path: Path) -> tuple[list[Path], str]:
    """The run directories at or in a path; or why there are none."""
    try:
        if not path.exists():
            return [], "does not exist"
        if not path.is_dir():
            return [], "is a file, not a run directory"
        if _looks_like_run(path):
            return [path], ""
        # Sorted, since systems list folders in any order, and equal runs give equal reports.
        inside = sorted(folder for folder in path.iterdir() if folder.is_dir())
        runs = [folder for folder in inside if _looks_like_run(folder)]
        deeper = [] if runs else [folder for folder in inside if _holds_runs(folder)]
    except OSError as error:
        return [], f"cannot be read ({error.strerror})"
    if deeper:
        names = ", ".join(clean(folder.name) for folder in deeper[:5])
        return [], f"holds no run, but folders in it do: {names}"
    return runs, "" if runs else "holds no run"


def _holds_runs(folder: Path) -> bool:
    return any(_looks_like_run(inside) for inside in folder.iterdir() if inside.is_dir())


def _looks_like_run(folder: Path) -> bool:
    # By any of its files: an unfinished run is told as one, not passed over.
    return any(file.is_file() for file in RunDir(folder).files)


def _check_together(run: Run, side: str) -> None:
    """Refuse measures that are not those of the predictions beside them."""
    rows = run.predictions.side(side)
    selections = run.selections(side)
    n = selections[0].n if selections else 0
    if n != len(rows):
        raise AnalyzeError(
            f"metrics.json tells of {n:,} {side} products, predictions.parquet of {len(rows):,}"
        )
    if not selections:
        return
    stored = selections[0].measures
    for measure, value in _recomputed(rows):
        written = stored[measure].value if measure in stored else None
        if written is None or abs(written - value) > TOLERANCE:
            raise AnalyzeError(
                f"metrics.json has {measure} {written if written is None else round(written, 4)}"
                f" on {side}, predictions.parquet {value:.4f}"
            )
    # These could not be worked out again, and would be believed unchecked.
    for coverage in (measure_at("coverage", a) for a in ACCURACIES if a not in rows.thresholds):
        if coverage in stored:
            raise AnalyzeError(
                f"metrics.json has a {coverage} on {side}, predictions.parquet no thresholds for it"
            )


def _recomputed(rows: Side) -> Iterator[tuple[str, float]]:
    # Enough to find predictions beside the measures of another run.
    yield "accuracy", mean(rows.right)
    yield "macro_f1", macro_f1(rows.leaves, rows.best)
    for goal in rows.thresholds:
        yield measure_at("coverage", goal), mean(rows.answered(goal))


def _named_apart(runs: Sequence[Run]) -> list[Run]:
    """Put folders above before names that are alike, until they differ."""
    parts = [Path(os.path.realpath(run.path)).parts for run in runs]
    depth = 1
    names = [run.name for run in runs]
    while len(set(names)) < len(names) and depth < max(map(len, parts)):
        depth += 1
        twice = {name for name in names if names.count(name) > 1}
        names = [
            clean("/".join(folders[-depth:]), 1000) if name in twice else name
            for name, folders in zip(names, parts, strict=True)
        ]
    return [replace(run, name=name) for run, name in zip(runs, names, strict=True)]
