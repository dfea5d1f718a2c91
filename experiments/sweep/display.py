"""What a sweep shows: a bar with the time left, lines in a log, a table at the end."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from experiments.sweep.jobs import Job
from experiments.sweep.record import Entry, Record
from experiments.sweep.runs import Running
from prodcat.screen import build_table
from prodcat.wording import shorten

LINE_EVERY_S = 300.0
"""How often a sweep without a terminal says where it is."""


class Screen:
    """Standard error, a terminal or not."""

    def __init__(self, total: int, console: Console | None = None) -> None:
        self.total = total
        self.console = console or Console(stderr=True, highlight=False, markup=False, emoji=False)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[note]}", markup=False),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self._rows: dict[str, TaskID] = {}
        self._said = time.monotonic()

    def __enter__(self) -> "Screen":
        self._bar.start()
        self._all = self._bar.add_task("runs", total=self.total, note="")
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def say(self, line: str) -> None:
        """Write a line that stays."""
        self.console.print(f"{time.strftime('%H:%M:%S')} {line}", soft_wrap=True)

    def update(
        self, running: Sequence[Running], waiting: Sequence[Job | None], record: Record
    ) -> None:
        """Show how far everything is."""
        if self.console.is_terminal:
            self._draw(running, waiting, record)
        elif time.monotonic() - self._said > LINE_EVERY_S:
            self._said = time.monotonic()
            for one in running:
                self.say(f"{one.job.name}: {' '.join(one.child.last_lines())}")
            self.say(self._summary(running, waiting, record))

    def _draw(
        self, running: Sequence[Running], waiting: Sequence[Job | None], record: Record
    ) -> None:
        done = self.total - len(waiting) - len(running)
        self._bar.update(self._all, completed=done, note=self._summary(running, waiting, record))
        for name in set(self._rows) - {one.job.name for one in running}:
            self._bar.remove_task(self._rows.pop(name))
        for one in running:
            name = one.job.name
            if name not in self._rows:
                self._rows[name] = self._bar.add_task(name, total=1.0, note="")
            line = shorten(" ".join(one.child.last_lines()), 90)
            note = f"{minutes(one.child.seconds)}  {line}"
            self._bar.update(self._rows[name], completed=_share(one, record), note=note)

    def _summary(
        self, running: Sequence[Running], waiting: Sequence[Job | None], record: Record
    ) -> str:
        left = time_left(
            [job.kind if job else "" for job in waiting],
            [
                (one.job.kind, one.seconds_before + one.child.seconds, _share(one, record))
                for one in running
            ],
            [(e.kind, e.seconds) for e in record.entries.values() if e.state == "finished"],
            slots=max(1, len(running)),
        )
        done = self.total - len(waiting) - len(running)
        after = "" if not left else f", about {minutes(left)} left"
        return f"{done} of {self.total} runs done{after}"


def time_left(
    waiting: Sequence[str],
    running: Sequence[tuple[str, float, float]],
    finished: Sequence[tuple[str, float]],
    *,
    slots: int = 1,
) -> float | None:
    """Estimate the seconds until the last run ends, from those that have ended.

    Args:
        waiting: The kind of each run to come.
        running: Of each run at work its kind, its seconds so far, and the share that is done.
        finished: Of each finished run its kind and its seconds.
        slots: How many run at the same time.

    Returns:
        None where nothing is known yet.

    >>> time_left(["network"], [("network", 60.0, 0.5)], [("baseline", 10.0)])
    180.0
    """
    known = list(finished)
    known += [(kind, seconds / share) for kind, seconds, share in running if share > 0]
    if not known:
        return None

    def expect(kind: str) -> float:
        same = [seconds for other, seconds in known if other == kind]
        chosen = same or [seconds for _, seconds in known]
        return sum(chosen) / len(chosen)

    rest = [
        max(0.0, (seconds / share if share > 0 else expect(kind)) - seconds)
        for kind, seconds, share in running
    ]
    return max([sum([*rest, *map(expect, waiting)]) / slots, *rest])


def sweep_table(names: Iterable[str], record: Record) -> Table:
    """What became of each run."""
    rows: list[Sequence[Any]] = []
    for name in names:
        entry = record.entries.get(name) or Entry()
        taken = round(entry.seconds / 60, 1) if entry.seconds else None
        why = shorten(entry.error[-1], 70) if entry.error else entry.note
        rows.append((name, entry.val_macro_f1, entry.val_accuracy, taken, entry.state, why))
    headings = ("run", "val macro-F1", "val accuracy", "minutes", "state", "")
    return build_table(headings, rows)


def minutes(seconds: float) -> str:
    """Write a duration for people.

    >>> minutes(42), minutes(600), minutes(7500)
    ('42 s', '10 min', '2 h 5 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    whole = round(seconds / 60)
    return f"{whole} min" if whole < 100 else f"{whole // 60} h {whole % 60} min"


def _share(running: Running, record: Record) -> float:
    """The share of a run's epochs that is done; early stopping may make it end before."""
    epochs = running.job.settings.get("train", {}).get("max_epochs")
    return (record[running.job.name].epochs or 0) / epochs if epochs else 0.0
