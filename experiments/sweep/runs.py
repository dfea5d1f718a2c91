"""What stands in a sweep's folder: which runs are finished, begun, or of other settings."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from experiments.sweep.child import Child
from experiments.sweep.jobs import Job
from experiments.sweep.record import Entry
from prodcat.config import config_from_dict
from prodcat.errors import ConfigError
from prodcat.runs.directory import RunDir
from prodcat.settings import config_to_dict, read_settings

MACHINE_PATHS = ("text.encoder", "image.weights", "baseline.weights")
"""Settings that may name the same thing by another path."""


@dataclass
class Running:
    """A job at work."""

    job: Job
    run: RunDir
    child: Child
    slot: Mapping[str, str]
    """What its environment has beside ours."""
    seconds_before: float
    """Of its attempts before."""


@dataclass(frozen=True)
class Verdict:
    """What is to be done about a run."""

    action: Literal["start", "continue", "start anew", "skip", "refuse"]
    reason: str = ""


def judge(
    job: Job, run: RunDir, entry: Entry, *, retry_failed: bool, corpus_fingerprint: str
) -> Verdict:
    """Tell what is to be done about a run, from its folder and what the sweep remembers."""
    changed = _changed(job, run, finished=run.finished)
    if run.finished:
        if changed:
            return Verdict(
                "refuse",
                f"it is finished with other settings ({changed}). Remove {run.root} to run it"
                " anew, or give --out another folder.",
            )
        if not _same_corpus(run, corpus_fingerprint):
            return Verdict(
                "refuse",
                "it is finished on another corpus, or on this one before it changed. Remove"
                f" {run.root} to run it anew, or give --out another folder.",
            )
        if old := [
            name
            for name, then in entry.made_of.items()
            if then != fingerprint_of_run(RunDir(run.root.parent / name))
        ]:
            return Verdict(
                "refuse",
                f"it was made of an earlier {old[0]}. Remove {run.root} to make it anew.",
            )
        return Verdict("skip", "finished")
    if entry.state == "failed" and entry.settings == job.fingerprint and not retry_failed:
        return Verdict("skip", "failed before; --retry-failed tries again")
    if changed:
        return Verdict("start anew", f"what was begun has other settings: {changed}")
    if run.config.is_file():
        return Verdict("continue", "was interrupted" if entry.state != "failed" else "failed")
    return Verdict("start")


def fingerprint_of_run(run: RunDir) -> str:
    """Return what changes when a run is made anew; empty for one that is not finished."""
    if not run.finished:
        return ""
    return hashlib.sha256(run.metrics.read_bytes()).hexdigest()[:16]


def put_aside(run: RunDir) -> Path:
    """Move a run that was begun with other settings out of the way; return where it is."""
    folder = run.root.parent / "replaced"
    folder.mkdir(exist_ok=True)
    number = 1
    while (folder / f"{run.root.name}-{number}").exists():
        number += 1
    return run.root.rename(folder / f"{run.root.name}-{number}")


def read_results(run: RunDir, entry: Entry) -> None:
    """Note the chief measures of a finished run; what cannot be read stays unknown."""
    try:
        metrics = json.loads(run.metrics.read_text(encoding="utf-8"))
        measures = metrics["val"]["everything"]
        entry.val_macro_f1 = float(measures["macro_f1"]["value"])
        entry.val_accuracy = float(measures["accuracy"]["value"])
        training = metrics["training"]
        entry.epochs = training.get("epochs")
        if not entry.seconds:  # it was not made by this sweep
            entry.seconds = float(training.get("seconds") or 0.0)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return


def _changed(job: Job, run: RunDir, *, finished: bool) -> str:
    """Say in which settings the run in the folder differs; empty when in none."""
    if not run.config.is_file():
        return ""
    try:
        there = read_settings(run.config)
        if not job.is_baseline:
            there = config_to_dict(config_from_dict(there))
    except ConfigError as error:
        return str(error)
    before, now = flat(there), flat(job.settings)
    keys = sorted(key for key in now if before.get(key) != now[key])
    if finished:
        keys = [key for key in keys if not _same_place(key, before.get(key), now[key])]
    if job.is_baseline != ("baseline" in there):
        return "one is a baseline, the other a network"
    return ", ".join(f"{key} is {before.get(key)} there and {now[key]} here" for key in keys)


def flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings by their full names.

    >>> flat({"train": {"lr": 0.1}})
    {'train.lr': 0.1}
    """
    found: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def _same_place(key: str, a: object, b: object) -> bool:
    return key in MACHINE_PATHS and Path(str(a)).name == Path(str(b)).name


def _same_corpus(run: RunDir, fingerprint: str) -> bool:
    try:
        environment = json.loads(run.environment.read_text(encoding="utf-8"))
        return bool(environment["corpus_fingerprint"] == fingerprint)
    except (OSError, ValueError, KeyError, TypeError):
        return False
