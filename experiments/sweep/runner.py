"""Runs the jobs of a sweep as child processes, and records what became of them."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import yaml

from experiments.sweep.child import Child
from experiments.sweep.display import Screen
from experiments.sweep.jobs import Job
from experiments.sweep.record import Entry, Record
from experiments.sweep.runs import Running, fingerprint_of_run, judge, put_aside, read_results
from prodcat.files import write_text
from prodcat.runs.directory import RunDir

REPOSITORY = Path(__file__).resolve().parents[2]
POLL_S = 0.2
WRITE_EVERY_S = 30.0
ERROR_LINES = 12


class Source(Protocol):
    """Where jobs come from: a list, or a search that invents them."""

    def next(self) -> Job | None:
        """Return a job to run now; None where there is none, or none yet."""

    def stops(self, job: Job, run: RunDir) -> bool:
        """Tell whether to break off a job that is running, as it will not be among the best."""

    def done(self, job: Job, entry: Entry) -> None:
        """Take note that a job has ended."""

    def waiting(self) -> Sequence[Job | None]:
        """Return the jobs that are still to come; None for one that is not known yet."""

    def names(self) -> list[str]:
        """Return the names of all jobs, as far as they are known."""

    def summary(self) -> str:
        """Say what there is to say at the end; empty for nothing."""


@dataclass(frozen=True)
class Options:
    """What holds for all runs of a sweep."""

    out: Path
    corpus: Path
    corpus_fingerprint: str
    slots: tuple[Mapping[str, str], ...] = ({},)
    """The environment of each run that runs at the same time as others."""
    retry_failed: bool = False
    lock: tuple[int, ...] = ()


class Runner:
    """Runs what a source gives."""

    def __init__(self, options: Options, record: Record, screen: Screen) -> None:
        self.options, self.record, self.screen = options, record, screen
        self.running: list[Running] = []
        self._written = time.monotonic()

    def run(self, source: Source) -> None:
        """Run everything; stop all that is running where this is interrupted."""
        try:
            while True:
                self._fill(source)
                if not self.running:
                    return
                time.sleep(POLL_S)
                for running in list(self.running):
                    self._look_at(running, source)
                self._keep_current()
                self.screen.update(self.running, source.waiting(), self.record)
        finally:
            self._stop_all()

    def _fill(self, source: Source) -> None:
        """Start jobs until every slot has one."""
        while len(self.running) < len(self.options.slots):
            job = source.next()
            if job is None:
                return
            if not self._start(job):
                source.done(job, self.record[job.name])

    def _start(self, job: Job) -> bool:
        """Start a job, unless there is nothing to do for it or it must not be run."""
        run, entry = RunDir(self.options.out / job.name), self.record[job.name]
        entry.kind = job.kind
        verdict = judge(
            job,
            run,
            entry,
            retry_failed=self.options.retry_failed,
            corpus_fingerprint=self.options.corpus_fingerprint,
        )
        if verdict.action == "skip":
            if run.finished:
                entry.state, entry.error = "finished", []
                read_results(run, entry)
            self._tell(job, f"skipped: {verdict.reason}")
            return False
        if verdict.action == "refuse":
            entry.state, entry.error, entry.settings = "failed", [verdict.reason], ""
            self._tell(job, f"not run: {verdict.reason}")
            return False
        if verdict.action == "start anew":
            self._tell(job, f"{verdict.reason}; that is now in {put_aside(run)}")
        if verdict.action != "continue":
            entry = self.record.entries[job.name] = Entry(kind=job.kind, note=entry.note)
        slot = next(s for s in self.options.slots if all(s is not r.slot for r in self.running))
        child = Child(
            run_command(job, self.options),
            self.options.out / "logs" / f"{job.name}.log",
            environment={**slot, "PYTHONPATH": _python_path()},
            keep_open=self.options.lock,
        )
        self.running.append(Running(job, run, child, slot, entry.seconds))
        entry.state, entry.settings, entry.error = "running", job.fingerprint, []
        entry.attempts += 1
        entry.exit_code = None
        entry.made_of = {
            name: fingerprint_of_run(RunDir(self.options.out / name)) for name in job.needs
        }
        went_on = f"going on, as it {verdict.reason}" if verdict.action == "continue" else "started"
        self._tell(job, went_on)
        return True

    def _look_at(self, running: Running, source: Source) -> None:
        """See whether a job has ended, or is to be broken off."""
        job, entry = running.job, self.record[running.job.name]
        code = running.child.exit_code
        pruned = code is None and source.stops(job, running.run)
        if pruned:
            running.child.stop()
        elif code is None:
            return
        self.running.remove(running)
        entry.seconds = running.seconds_before + running.child.seconds
        read_epochs(running.run, entry)
        if running.run.finished:  # the measures are written last
            entry.state, entry.exit_code = "finished", code
            read_results(running.run, entry)
            self._tell(job, f"finished {describe(entry)}")
        elif pruned:
            entry.state = "pruned"
            self._tell(job, f"broken off after {entry.epochs} epochs: others are better")
        else:
            entry.state, entry.exit_code = "failed", code
            entry.error = running.child.last_lines(ERROR_LINES)
            last = entry.error[-1] if entry.error else "it said nothing"
            self._tell(job, f"failed with exit code {code}{_meaning(code)}: {last}")
        source.done(job, entry)

    def _keep_current(self) -> None:
        """Keep the record so that a kill of the sweep loses little of it."""
        for running in self.running:
            entry = self.record[running.job.name]
            entry.seconds = running.seconds_before + running.child.seconds
            read_epochs(running.run, entry)
        if time.monotonic() - self._written > WRITE_EVERY_S:
            self.record.write()
            self._written = time.monotonic()

    def _stop_all(self) -> None:
        for running in self.running:
            running.child.ask_to_stop()
        for running in self.running:
            running.child.stop()
            entry = self.record[running.job.name]
            entry.state = "finished" if running.run.finished else "interrupted"
            entry.seconds = running.seconds_before + running.child.seconds
            read_epochs(running.run, entry)
            read_results(running.run, entry)
        self.running.clear()
        self.record.write()

    def _tell(self, job: Job, line: str) -> None:
        self.record.write()
        self.screen.say(f"{job.name}: {line}")


class Queue:
    """The jobs of a list or a grid, in order, each after the runs that it needs."""

    def __init__(self, jobs: Sequence[Job], out: Path, record: Record, screen: Screen) -> None:
        self.out, self.record, self.screen = out, record, screen
        self._waiting = list(jobs)
        self._names = [job.name for job in jobs]
        self._running: set[str] = set()

    def next(self) -> Job | None:
        """Return the first job whose needs are met; block those whose needs never will be."""
        for job in list(self._waiting):
            missing = [name for name in job.needs if not self._is_there(name)]
            coming = self._running | {waiting.name for waiting in self._waiting}
            if lost := [name for name in missing if name not in coming]:
                self._waiting.remove(job)
                entry = self.record[job.name]
                entry.state = "blocked"
                entry.error = [f"it needs the run {lost[0]}, which is not finished"]
                self.record.write()
                self.screen.say(f"{job.name}: not run: {entry.error[0]}")
            elif not missing:
                self._waiting.remove(job)
                self._running.add(job.name)
                return job
        return None

    def _is_there(self, name: str) -> bool:
        """Tell whether a run that another needs is finished, and is the one that is meant."""
        failed = self.record[name].state in ("failed", "blocked")
        return not failed and name not in self._running and RunDir(self.out / name).finished

    def stops(self, job: Job, run: RunDir) -> bool:  # noqa: ARG002
        """Tell that no job of a list is broken off."""
        return False

    def done(self, job: Job, entry: Entry) -> None:  # noqa: ARG002
        """Take note that a job has ended."""
        self._running.discard(job.name)

    def waiting(self) -> Sequence[Job | None]:
        """Return the jobs that are still to come."""
        return self._waiting

    def names(self) -> list[str]:
        """Return the names of all jobs."""
        return self._names

    def summary(self) -> str:
        """Say nothing more than the table does."""
        return ""


def run_command(job: Job, options: Options) -> list[str]:
    """Write the settings of a job and return what to call."""
    for folder in ("configs", "logs"):
        (options.out / folder).mkdir(parents=True, exist_ok=True)
    config = options.out / "configs" / f"{job.name}.yaml"
    write_text(config, yaml.safe_dump(job.settings, sort_keys=False, allow_unicode=True))
    module = ["experiments.baselines"] if job.is_baseline else ["prodcat", "train"]
    command = [sys.executable, "-m", *module, str(options.corpus)]
    return [*command, "--config", str(config), "--out", str(options.out / job.name)]


def read_epochs(run: RunDir, entry: Entry) -> None:
    """Note how many epochs a run has gone through, where it counts them."""
    entry.epochs = len(run.read_history()) or entry.epochs


def describe(entry: Entry) -> str:
    """Tell how long a finished run took and how good it is."""
    words = [f"after {entry.seconds / 60:.1f} min"]
    if entry.val_macro_f1 is not None:
        words.append(f"validation macro-F1 {entry.val_macro_f1:.4f}")
    if entry.val_accuracy is not None:
        words.append(f"accuracy {entry.val_accuracy:.4f}")
    return ", ".join(words)


def _python_path() -> str:
    """The path by which a child finds the same prodcat and experiments as this process."""
    return os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))


def _meaning(code: int | None) -> str:
    return " (killed; often for want of memory)" if code == 137 else ""
