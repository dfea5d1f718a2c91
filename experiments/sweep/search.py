"""A search: runs whose settings Optuna draws, in the light of those that are finished."""

import json
import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.sweep.display import Screen
from experiments.sweep.jobs import Job, Machine, fingerprint
from experiments.sweep.plan import grid_name
from experiments.sweep.record import Entry, Record
from experiments.sweep.runs import MACHINE_PATHS, flat
from experiments.sweep.space import Choice, Search
from prodcat.errors import ConfigError, RunError, require
from prodcat.runs.directory import RunDir

STUDY = "sweep"
RETRIED = "retried"
MADE_WITH = "made_with"


class SearchSource:
    """The runs of a search, kept in a study that outlives this process.

    A run that was at work when the sweep ended is still at work in the study, and is the first
    to go on.
    """

    def __init__(
        self, search: Search, machine: Machine, out: Path, record: Record, screen: Screen
    ) -> None:
        """Open the study, or begin it.

        Raises:
            RunError: If it was made with other settings, or is no study.
            MissingDependencyError: If Optuna is not installed.
        """
        self.search, self.machine, self.out = search, machine, out
        self.record, self.screen = record, screen
        self.study = open_study(search, machine, out)
        self._trials: dict[str, Any] = {}
        self._unfinished = [
            trial.number for trial in self.study.get_trials(deepcopy=False) if _is(trial, "RUNNING")
        ]

    def retry_failed(self) -> None:
        """Have the settings of failed runs tried again, each in a new run."""
        done = list(self.study.user_attrs.get(RETRIED, []))
        for trial in self.study.get_trials(deepcopy=False):
            if _is(trial, "FAIL") and trial.number not in done:
                self.study.enqueue_trial(trial.params)
                done.append(trial.number)
        self.study.set_user_attr(RETRIED, done)

    def next(self) -> Job | None:
        """Return a run that was interrupted, else a new one, until there are enough."""
        while self._unfinished or self._left() > 0:
            trial = self._go_on_with(self._unfinished.pop(0)) if self._unfinished else self._ask()
            name = run_name(trial.number)
            values = suggest(trial, self.search)
            self.record[name].note = grid_name({k: _short(v) for k, v in values.items()})
            try:
                job = self.search.job(name, values, self.machine)
            except ConfigError as error:
                entry = self.record[name]
                entry.state, entry.error = "failed", [str(error)]
                self.study.tell(trial.number, state=_state("FAIL"))
                self.screen.say(f"{name}: not run: {error}")
                continue
            self._trials[name] = trial
            return job
        return None

    def stops(self, job: Job, run: RunDir) -> bool:
        """Tell the study of new epochs; stop a run that is worse than others were by then."""
        trial, last = self._trials[job.name], job.settings.get("train", {}).get("max_epochs")
        # After the last epoch only measuring is left, which is soon done.
        return any(epoch != last and trial.should_prune() for epoch in self._report(trial, run))

    def done(self, job: Job, entry: Entry) -> None:
        """Tell the study how good a run became."""
        trial = self._trials.pop(job.name)
        number, run = trial.number, RunDir(self.out / job.name)
        list(self._report(trial, run))
        if entry.state in ("finished", "pruned"):
            # Half a gigabyte each for a large network, and there are many runs.
            shutil.rmtree(run.checkpoints, ignore_errors=True)
        if entry.state == "pruned":
            self.study.tell(number, state=_state("PRUNED"))
            return
        if entry.state == "finished":
            value = read_value(run, self.search.how.metric)
            if value is not None:
                self.study.tell(number, value)
                return
            entry.state = "failed"
            entry.error = [f"its metrics.json has no {self.search.how.metric}"]
            self.record.write()
        self.study.tell(number, state=_state("FAIL"))

    def waiting(self) -> Sequence[Job | None]:
        """Return a None for each run that is still to come."""
        return [None] * (len(self._unfinished) + max(0, self._left()))

    def names(self) -> list[str]:
        """Return the names of all runs so far."""
        trials = self.study.get_trials(deepcopy=False)
        return [run_name(trial.number) for trial in trials if not _is(trial, "WAITING")]

    def summary(self) -> str:
        """Tell which run is best, and where its settings are."""
        if not any(_is(trial, "COMPLETE") for trial in self.study.get_trials(deepcopy=False)):
            return "No run of the search has finished."
        best = self.study.best_trial
        return (
            f"Best of {len(self.names())}: {run_name(best.number)},"
            f" {self.search.how.metric} {best.value:.4f} with"
            f" {', '.join(f'{key} {_short(value)}' for key, value in best.params.items())}."
            f" Its settings are in {self.out / 'configs' / run_name(best.number)}.yaml."
        )

    def _report(self, trial: Any, run: RunDir) -> Iterator[int]:
        """Tell the study of each new epoch of a run, and yield its number."""
        metric = self.search.how.metric
        told = self.study.get_trials(deepcopy=False)[trial.number].intermediate_values
        for row in run.read_history():
            if row.get(metric) and int(row["epoch"]) not in told:
                trial.report(float(row[metric]), int(row["epoch"]))
                yield int(row["epoch"])

    def _left(self) -> int:
        """How many runs are still to be begun."""
        begun = [t for t in self.study.get_trials(deepcopy=False) if not _is(t, "WAITING")]
        return self.search.how.trials + len(self.study.user_attrs.get(RETRIED, [])) - len(begun)

    def _ask(self) -> Any:
        # A sampler of its own for each run: drawing does not depend on interruptions.
        number = len(self.study.get_trials(deepcopy=False))
        seed = np.random.SeedSequence([self.search.how.seed, number]).generate_state(1)[0]
        self.study.sampler = require("optuna", extra="sweep").samplers.TPESampler(seed=int(seed))
        return self.study.ask()

    def _go_on_with(self, number: int) -> Any:
        optuna = require("optuna", extra="sweep")
        frozen = self.study.get_trials(deepcopy=False)[number]
        return optuna.trial.Trial(self.study, frozen._trial_id)


def open_study(search: Search, machine: Machine, out: Path) -> Any:
    """Open the study in a sweep's folder, or begin one.

    Raises:
        RunError: If it was made with other settings, or is no study.
        MissingDependencyError: If Optuna is not installed.
    """
    optuna = require("optuna", extra="sweep")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    file = out / "study.db"
    how = search.how
    pruner = (
        optuna.pruners.MedianPruner(n_startup_trials=how.startup, n_warmup_steps=how.warmup)
        if how.pruner == "median"
        else optuna.pruners.NopPruner()
    )
    try:
        study = optuna.create_study(
            study_name=STUDY,
            storage=f"sqlite:///{file.resolve()}",
            direction="minimize" if search.minimizes else "maximize",
            pruner=pruner,
            load_if_exists=True,
        )
    except Exception as error:  # of SQLAlchemy, which is Optuna's affair
        reason = " ".join(str(error).split())[:200]
        raise RunError(f"{file} cannot be opened as a study of Optuna: {reason}") from error
    made_with = _made_with(search, machine)
    if study.user_attrs.setdefault(MADE_WITH, made_with) != made_with:
        raise RunError(
            f"{file} is the study of another search: its base, its settings or its metric differ."
            " Give --out another folder."
        )
    study.set_user_attr(MADE_WITH, made_with)
    return study


def suggest(trial: Any, search: Search) -> dict[str, Any]:
    """Return the values that a trial tries; the same again for one that was interrupted."""
    values: dict[str, Any] = {}
    for key, allowed in search.space.items():
        if isinstance(allowed, Choice):
            values[key] = trial.suggest_categorical(key, allowed.choices)
        elif allowed.whole:
            values[key] = trial.suggest_int(key, allowed.low, allowed.high, log=allowed.log)
        else:
            values[key] = trial.suggest_float(key, allowed.low, allowed.high, log=allowed.log)
    return values


def read_value(run: RunDir, metric: str) -> float | None:
    """Return how good a finished run is on the validation products; None if it does not say."""
    if metric == "val_loss":
        losses = [float(row[metric]) for row in run.read_history() if row.get(metric)]
        return min(filter(math.isfinite, losses), default=None)
    try:
        measures = json.loads(run.metrics.read_text(encoding="utf-8"))["val"]["everything"]
        value = float(measures[metric.removeprefix("val_")]["value"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return value if math.isfinite(value) else None


def run_name(number: int) -> str:
    """Return the name of a trial's run.

    >>> run_name(7)
    'trial-007'
    """
    return f"trial-{number:03d}"


def _made_with(search: Search, machine: Machine) -> str:
    """Fingerprint what must not change within a search."""
    first = {key: values.ends[0] for key, values in search.space.items()}
    settings: dict[str, Any] = flat(search.job("base", first, machine).settings)
    for key in MACHINE_PATHS:
        settings[key] = Path(str(settings.get(key))).name
    space: Mapping[str, str] = {key: repr(values) for key, values in search.space.items()}
    return fingerprint({"settings": settings, "space": space, "metric": search.how.metric})


def _short(value: Any) -> Any:
    return float(f"{value:.3g}") if isinstance(value, float) else value


def _state(name: str) -> Any:
    return require("optuna", extra="sweep").trial.TrialState[name]


def _is(trial: Any, state: str) -> bool:
    return bool(trial.state.name == state)
