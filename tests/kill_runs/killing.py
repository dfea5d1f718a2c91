"""Does a work undisturbed, then again and again, killed once each time and gone on with."""

import importlib
import json
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from prodcat.files import STALE_S, TEMPORARY
from tests.kill_runs.forked import Ended, ask_forked, run_forked
from tests.kill_runs.kind import Kind
from tests.kill_runs.places import BEFORE, HALF, Watch, has_half

Places = list[tuple[str, str]]


@dataclass(frozen=True)
class Kill:
    """When a work is killed: at a place, or at a moment."""

    number: int | None = None
    """Of the place, the first is 1."""
    how: str = BEFORE
    after_s: float | None = None

    def __str__(self) -> str:
        if self.number is None:
            return f"after {self.after_s:.3f} s"
        return f"{self.how} place {self.number}"


@dataclass(frozen=True)
class Killed:
    """What came of a work that was killed and gone on with."""

    kill: Kill
    is_killed: bool
    """False where it was over before."""
    problem: str = ""
    """Empty where it ended as the undisturbed one."""
    folder: Path | None = None
    """Kept where it did not."""


class KillRuns:
    """One kind of work in a folder of its own.

    Args:
        kind: What is done.
        folder: An empty one.
    """

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.inputs = folder / "inputs"
        self.inputs.mkdir()
        for module in kind.imports:
            importlib.import_module(module)

    def prepare(self) -> None:
        """Write the inputs."""
        ask_forked(partial(self.kind.prepare, self.inputs), self.folder)

    def undisturbed(self) -> None:
        """Do the work once, for its places, its time and its end."""
        ended, self.places = self._run("whole", Kill())
        assert ended.exit_code == 0, (self.folder / "whole.log").read_text()
        self.seconds = ended.seconds
        self.outcome = self._outcome("whole")
        self.files = self._files("whole")

    def at_places(self, most: int | None = None) -> list[Kill]:
        """Return the kills at all places, or at so many of them, evenly spread."""
        kills = [
            Kill(number, how)
            for number, (what, _) in enumerate(self.places, 1)
            for how in (BEFORE, HALF)
            if how == BEFORE or has_half(what)
        ]
        if most is None or len(kills) <= most:
            return kills
        return [kills[int(place * len(kills) / most)] for place in range(most)]

    def at_moments(self, count: int, seed: int) -> list[Kill]:
        """Return kills at random moments of the time that the undisturbed work took."""
        draw = random.Random(seed)
        return [Kill(after_s=draw.uniform(0, self.seconds)) for _ in range(count)]

    def killed(self, kills: list[Kill]) -> Iterator[Killed]:
        """Do the work for each kill, kill it, go on with it, and compare the end."""
        for number, kill in enumerate(kills):
            name = f"killed-{number}"
            first, _ = self._run(name, kill)
            problem, is_killed = "", first.exit_code == -9
            if first.children:
                problem = f"{len(first.children)} of its processes did not end with it"
            elif not is_killed and first.exit_code != 0:
                problem = f"it was not killed, and ended with {first.exit_code}"
            elif is_killed:
                age(self.folder / name)
                again, _ = self._run(name, None)
                problem = self._problem(name, again)
            else:
                problem = self._problem(name, first)
            out, log = self.folder / name, self.folder / f"{name}.log"
            if problem:
                yield Killed(kill, is_killed, f"{problem}\n{log.read_text()[-700:]}", out)
                continue
            shutil.rmtree(out)
            log.unlink()
            yield Killed(kill, is_killed)

    def _problem(self, name: str, ended: Ended) -> str:
        if ended.exit_code:
            return f"going on ended with {ended.exit_code}"
        if (outcome := self._outcome(name)) != self.outcome:
            return f"another end: {difference(self.outcome, outcome)}"
        if (files := self._files(name)) != self.files:
            more, less = sorted(files - self.files), sorted(self.files - files)
            return f"files that are too many: {more}; that are missing: {less}"
        return ""

    def _run(self, name: str, kill: Kill | None) -> tuple[Ended, Places]:
        """Do the work in a folder; begin there if it is to be killed, else go on."""
        out, places = self.folder / name, self.folder / "places.json"
        if kill is not None:
            ask_forked(partial(self.kind.begin, self.inputs, out), self.folder)

        def work() -> int | None:
            watch = Watch(out, kill.number if kill else None, kill.how if kill else BEFORE)
            watch.begin()
            try:
                return self.kind.run(self.inputs, out)
            finally:
                watch.save(places)

        log = self.folder / f"{name}.log"
        ended = run_forked(work, log, kill_after_s=kill.after_s if kill else None)
        if ended.exit_code:
            return ended, []
        return ended, [(what, path) for what, path in json.loads(places.read_text())]

    def _outcome(self, name: str) -> Any:
        return ask_forked(partial(self.kind.outcome, self.inputs, self.folder / name), self.folder)

    def _files(self, name: str) -> set[str]:
        out = self.folder / name
        return {path.relative_to(out).as_posix() for path in out.rglob("*")}


def age(folder: Path) -> None:
    """Let a day pass for temporary files: only then nobody can be writing them any more."""
    long_ago = time.time() - STALE_S - 1
    for file in folder.rglob("*.tmp"):
        if TEMPORARY.fullmatch(file.name):
            os.utime(file, (long_ago, long_ago))


def difference(wanted: Any, found: Any) -> str:
    """Tell in a few words where two outcomes differ.

    >>> difference({"a": [1, 2], "b": 1}, {"a": [1, 3], "b": 1})
    "['a'][1]: 2, then 3"
    """
    if isinstance(wanted, dict) and isinstance(found, dict) and wanted.keys() == found.keys():
        parts: list[tuple[Any, Any, Any]] = [(key, wanted[key], found[key]) for key in wanted]
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        parts = [(place, *pair) for place, pair in enumerate(zip(wanted, found, strict=True))]
    else:
        return f": {wanted!r:.300}, then {found!r:.300}"
    for key, before, after in parts:
        if before != after:
            return f"[{key!r}]{difference(before, after)}"
    return ""


def counted(places: Places) -> str:
    """Tell how many places of each kind there are.

    >>> counted([("open", "a"), ("fsync", "a"), ("open", "b")])
    '3 places: 2 open, 1 fsync'
    """
    kinds = Counter(what for what, _ in places)
    names = ", ".join(f"{number} {what}" for what, number in kinds.most_common())
    return f"{len(places)} places: {names}"
