"""Work in a process of its own, which may be killed, and whose children are looked for."""

import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

MARK = "PRODCAT_KILL_RUN"
TICK_S = 0.005
MOST_S = 600.0
CHILDREN_S = 120.0
"""In which the children of a killed process have to be gone."""


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    exit_code: int
    """Negative for the signal that killed it."""
    seconds: float
    children: list[int]
    """Those that were still there long after."""


def run_forked(work: Callable[[], Any], log: Path, *, kill_after_s: float | None = None) -> Ended:
    """Run a function in a process forked from this one, which so has all imports already.

    Args:
        work: What it returns or exits with is the process's exit code.
        log: Gets what it prints.
        kill_after_s: Kill it with SIGKILL then.
    """
    mark, began = uuid4().hex, time.monotonic()
    child = os.fork()
    if child == 0:
        _be_child(work, log, mark)
    killed, status = False, 0
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        spent_s = time.monotonic() - began
        if spent_s > MOST_S or (kill_after_s is not None and spent_s > kill_after_s and not killed):
            os.kill(child, signal.SIGKILL)
            killed = True
        time.sleep(TICK_S)
    seconds = time.monotonic() - began
    left = _wait_for_children(child, mark)
    return Ended(os.waitstatus_to_exitcode(status), seconds, left)


def ask_forked(work: Callable[[], Any], folder: Path) -> Any:
    """Return what a function returns in a process of its own, which opens what this one must not.

    Libraries that have begun threads cannot be forked any more.
    """
    answer, log = folder / "answer.pickle", folder / "answer.log"
    ended = run_forked(lambda: answer.write_bytes(pickle.dumps(work())) and None, log)
    if ended.exit_code:
        raise RuntimeError(f"It ended with {ended.exit_code}: {log.read_text()}")
    return pickle.loads(answer.read_bytes())


def _be_child(work: Callable[[], Any], log: Path, mark: str) -> None:
    code = 1
    try:
        os.setsid()
        os.environ[MARK] = mark
        stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(stream, 1)
        os.dup2(stream, 2)
        try:
            code = work() or 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        for written in (sys.stdout, sys.stderr):
            written.flush()
        os._exit(code)


def _wait_for_children(group: int, mark: str) -> list[int]:
    end = time.monotonic() + CHILDREN_S
    while (left := _children(group, mark)) and time.monotonic() < end:
        time.sleep(TICK_S)
    for child in left:
        os.kill(child, signal.SIGKILL)
    return left


def _children(group: int, mark: str) -> list[int]:
    """Return the processes that an ended one began: of its group, or with its environment."""
    marked = f"{MARK}={mark}".encode()
    children = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # Behind the name, which may hold anything: state, parent, group.
            state, _, its_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            ours = int(its_group) == group or marked in (folder / "environ").read_bytes()
        except OSError:  # it has ended meanwhile, or is another user's
            continue
        if ours and state not in "ZX":
            children.append(int(folder.name))
    return children
