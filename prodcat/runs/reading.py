"""Runs as reports know them: by the files in their directories, and nothing else.

A directory that is broken, unfinished or older is told with its reason and stops nothing.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prodcat.errors import AnalyzeError
from prodcat.measures.metrics import accuracy, macro_f1, mean
from prodcat.runs.files import (
    EVERYTHING,
    flat_settings,
    read_cost,
    read_history,
    read_json,
    read_measures,
    read_selections,
    read_settings,
    read_train_products,
)
from prodcat.runs.format import GOALS, SIDES
from prodcat.runs.predictions import FORMAT, Predictions, Side, read_predictions
from prodcat.runs.records import Cost, History, Selection, SkippedRun
from prodcat.wording import clean, one_line

RUN_FILES = (
    "config.yaml",
    "environment.json",
    "history.csv",
    "predictions.parquet",
    "metrics.json",
)
TOLERANCE = 1e-6
"""How far a measure may be from what the predictions say."""


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run."""

    name: str
    """Its folder's; with as much of the folders above as sets it apart from other runs."""
    path: Path
    config: Mapping[str, Any]
    """As it stands in ``config.yaml``."""
    environment: Mapping[str, Any]
    history: History
    metrics: Mapping[str, Any]
    predictions: Predictions

    @property
    def fingerprint(self) -> str:
        """Of the corpus."""
        return str(self.environment["corpus_fingerprint"])

    @property
    def corpus(self) -> str | None:
        """Where the corpus file was."""
        found = self.environment.get("corpus")
        return found if isinstance(found, str) and found else None

    @property
    def settings(self) -> dict[str, str]:
        """Every setting by its full name, as text."""
        return flat_settings(self.config)

    @property
    def cost(self) -> Cost:
        """What it took."""
        return read_cost(self.metrics)

    @property
    def train_products(self) -> dict[str, int]:
        """Training products of each category's path."""
        return read_train_products(self.metrics)

    def selections(self, side: str) -> tuple[Selection, ...]:
        """Measures of a side, with all parts given first."""
        return read_selections(self.metrics, side)


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
    seen: set[Path] = set()
    for path in paths:
        folders, reason = _find(Path(path))
        if reason:
            skipped.append(Skipped(Path(path), reason))
        for folder in folders:
            whole = Path(os.path.realpath(folder))
            if whole in seen:
                continue
            seen.add(whole)
            try:
                runs.append(read_run(folder))
            except (AnalyzeError, OSError) as error:
                skipped.append(Skipped(folder, one_line(error)))
    return _named_apart(runs), skipped


def read_run(folder: Path) -> Run:
    """Read one run directory.

    Raises:
        AnalyzeError: If it is unfinished, older, or something in it cannot be.
    """
    for name in ("config.yaml", "environment.json", "predictions.parquet", "metrics.json"):
        if not (folder / name).is_file():
            what = "unfinished" if name in ("predictions.parquet", "metrics.json") else "incomplete"
            raise AnalyzeError(f"is {what}: it has no {name}")
    environment = read_json(folder / "environment.json")
    found = environment.get("format", 1)
    if str(found) != FORMAT:
        raise AnalyzeError(f"is of format {clean(str(found), 20)}; this version reads {FORMAT}")
    if not isinstance(environment.get("corpus_fingerprint"), str):
        raise AnalyzeError("environment.json does not say which corpus it was trained on")
    try:
        predictions = read_predictions(folder / "predictions.parquet")
    except AnalyzeError as error:
        raise AnalyzeError(f"predictions.parquet {error}") from error
    run = Run(
        name=clean(Path(os.path.realpath(folder)).name),
        path=folder,
        config=read_settings(folder / "config.yaml"),
        environment=environment,
        history=read_history(folder / "history.csv"),
        metrics=read_json(folder / "metrics.json"),
        predictions=predictions,
    )
    for side in SIDES:
        _check_together(run, side)
    return run


def _find(path: Path) -> tuple[list[Path], str]:
    """The run directories at or in a path; or why there are none."""
    try:
        if not path.exists():
            return [], "does not exist"
        if not path.is_dir():
            return [], "is a file, not a run directory"
        if _looks_like_run(path):
            return [path], ""
        inside = sorted(folder for folder in path.iterdir() if folder.is_dir())
        found = [folder for folder in inside if _looks_like_run(folder)]
        deeper = [] if found else [folder for folder in inside if _holds_runs(folder)]
    except OSError as error:
        return [], f"cannot be read ({error.strerror})"
    if deeper:
        names = ", ".join(clean(folder.name) for folder in deeper[:5])
        return [], f"holds no run, but folders in it do: {names}"
    return found, "" if found else "holds no run"


def _holds_runs(folder: Path) -> bool:
    return any(_looks_like_run(inside) for inside in folder.iterdir() if inside.is_dir())


def _looks_like_run(folder: Path) -> bool:
    return any((folder / name).is_file() for name in RUN_FILES)


def _check_together(run: Run, side: str) -> None:
    """Refuse measures that are not those of the predictions beside them."""
    rows = run.predictions.side(side)
    selections = run.selections(side)
    told = selections[0].n if selections else 0
    if told != len(rows):
        raise AnalyzeError(
            f"metrics.json tells of {told:,} {side} products, predictions.parquet of {len(rows):,}"
        )
    if not selections:
        return
    stored = read_measures(run.metrics[side][EVERYTHING])
    for name, value in _measured(rows):
        found = stored[name].value if name in stored else None
        if found is None or abs(found - value) > TOLERANCE:
            raise AnalyzeError(
                f"metrics.json has {name} {found if found is None else round(found, 4)} on {side},"
                f" predictions.parquet {value:.4f}"
            )


def _measured(rows: Side) -> Iterator[tuple[str, float]]:
    yield "accuracy", accuracy(rows.labels, rows.best)
    yield "macro_f1", macro_f1(rows.labels, rows.best)
    for goal in GOALS:
        yield f"coverage_at_{100 * goal:g}", mean(rows.answered(goal))


def _named_apart(runs: Sequence[Run]) -> list[Run]:
    """Put folders above before names that are alike, until they differ."""
    parts = [Path(os.path.realpath(run.path)).parts for run in runs]
    depth = 1
    names = [run.name for run in runs]
    while len(set(names)) < len(names) and depth < max(map(len, parts)):
        depth += 1
        twice = {name for name in names if names.count(name) > 1}
        names = [
            clean("/".join(own[-depth:]), 1000) if name in twice else name
            for name, own in zip(names, parts, strict=True)
        ]
    return [replace(run, name=name) for run, name in zip(runs, names, strict=True)]
