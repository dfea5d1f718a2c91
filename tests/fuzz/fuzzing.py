"""Runs seed after seed in a child process, within limits of time and memory."""

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
FINDINGS = REPOSITORY / "build" / "fuzz"
TICK_S = 0.02
START_S = 120.0
"""To load what a kind needs, and to make one input."""
INPUTS_PER_CHILD = 2000
"""Then a fresh one: what leaks a little in each input is no finding of one of them."""


@dataclass(frozen=True)
class Limits:
    """What one input may take."""

    seconds: float = 20.0
    bytes: int = 2 << 30
    """Of memory, what the libraries take included."""


@dataclass(frozen=True)
class Finding:
    """An input that did what none may do."""

    seed: int
    outcome: str
    """``traceback``, ``hang``, ``memory`` or ``died``."""
    message: str
    place: str = ""
    """Where it happened, to tell findings apart."""
    folder: Path | None = None
    """The input, with the message in ``finding.txt``."""


@dataclass
class Outcome:
    """What came of a number of inputs."""

    counts: Counter[str] = field(default_factory=Counter)
    """Inputs by outcome."""
    findings: list[Finding] = field(default_factory=list)
    """The first of each place."""
    slowest_s: float = 0.0
    slowest_seed: int | None = None
    most_bytes: int = 0


def fuzz(
    module: str,
    seeds: Iterable[int],
    *,
    limits: Limits | None = None,
    minutes: float | None = None,
    keep: Path | None = None,
) -> Iterator[Outcome]:
    """Run inputs, and yield what came of all so far after each of them.

    Args:
        module: Of the kind, see `tests.fuzz.kind`.
        seeds: What the inputs are made from.
        limits: For each input.
        minutes: After which no further input is begun; None for all seeds.
        keep: Where findings are kept, in a folder for each.
    """
    limits, outcome = limits or Limits(), Outcome()
    end = time.monotonic() + (60 * minutes if minutes is not None else float("inf"))
    places: set[str] = set()
    with tempfile.TemporaryDirectory() as temporary, Child(module) as child:
        for seed in seeds:
            if time.monotonic() >= end:
                return
            folder = Path(temporary) / f"{seed}"
            finding = child.run(seed, folder, limits, outcome)
            if finding is not None:
                place = f"{finding.outcome} {finding.place}"
                if place not in places:
                    places.add(place)
                    outcome.findings.append(kept(finding, folder, keep))
            # A killed child may have left folders that nobody may enter.
            shutil.rmtree(folder, ignore_errors=True)
            yield outcome


class Child:
    """The process that runs inputs; started again where it was killed."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._inputs = 0
        self._rest = b""

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()

    def run(self, seed: int, folder: Path, limits: Limits, outcome: Outcome) -> Finding | None:
        """Run one input, count what came of it, and return what is wrong with it."""
        process = self._started()
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.write(f"{seed} {folder}\n".encode())
            process.stdin.flush()
        begun = self._answer(START_S, limits, outcome)
        if begun["outcome"] != "begun":
            raise RuntimeError(f"No input could be made from seed {seed}: {begun}")
        began = time.monotonic()
        told = self._answer(limits.seconds, limits, outcome)
        taken_s = time.monotonic() - began
        if taken_s > outcome.slowest_s:
            outcome.slowest_s, outcome.slowest_seed = taken_s, seed
        outcome.counts[told["outcome"]] += 1
        if told["outcome"] in ("taken", "refused"):
            return None
        return Finding(seed, told["outcome"], told.get("message", ""), told.get("place", ""))

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._inputs >= INPUTS_PER_CHILD:
            self._kill()
        self._inputs += 1
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.child", self._module],
                cwd=REPOSITORY,
                env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Some libraries write to it by themselves, for each input.
                stderr=subprocess.DEVNULL,
                # A group of its own, so that its children can be ended with it.
                start_new_session=True,
            )
            assert self._process.stdout is not None
            os.set_blocking(self._process.stdout.fileno(), False)
        return self._process

    def _answer(self, seconds: float, limits: Limits, outcome: Outcome) -> dict[str, str]:
        """Wait for the next line of the child, and watch it meanwhile."""
        process, end = self._process, time.monotonic() + seconds
        assert process is not None
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if selector.select(TICK_S):
                    block = process.stdout.read(65536)
                    if block == b"":
                        self._kill()
                        return {"outcome": "died", "place": f"exit code {process.returncode}"}
                    self._rest += block or b""
                used = resident_bytes(process.pid)
                outcome.most_bytes = max(outcome.most_bytes, used)
                if used > limits.bytes:
                    self._kill()
                    return {"outcome": "memory", "message": f"over {limits.bytes:,} bytes"}
                if time.monotonic() > end:
                    self._kill()
                    return {"outcome": "hang", "message": f"over {seconds:g} seconds"}
        line, _, self._rest = self._rest.partition(b"\n")
        answer: dict[str, str] = json.loads(line)
        return answer

    def _kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]
        self._process, self._inputs, self._rest = None, 0, b""


def resident_bytes(pid: int) -> int:
    """Return the memory of a process; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def kept(finding: Finding, folder: Path, keep: Path | None) -> Finding:
    """Keep the input of a finding, and what happened."""
    if keep is None:
        return finding
    place = keep / f"{finding.seed}"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder, place, symlinks=True)
    text = f"seed {finding.seed}: {finding.outcome} {finding.place}\n\n{finding.message}\n"
    (place / "finding.txt").write_text(text)
    return Finding(finding.seed, finding.outcome, finding.message, finding.place, place)
