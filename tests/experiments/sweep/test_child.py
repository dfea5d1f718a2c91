"""A child process ends when it is stopped, and when whoever started it is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments.sweep.child import Child, last_lines
from tests.experiments.sweeps import REPOSITORY

PATIENCE_S = 30.0

SLEEP = "import os, time; print(os.getpid(), flush=True); time.sleep(300)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
PARENT = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {SLEEP!r}])
time.sleep(300)
"""
ENDS_BEFORE_ITS_CHILD = f"""
import subprocess, sys
left = subprocess.Popen([sys.executable, "-c", {STUBBORN!r}], stdout=subprocess.PIPE)
print(int(left.stdout.readline()))
"""


def start(code: str, log: Path) -> Child:
    return Child([sys.executable, "-c", code], log)


def wait_for(condition):
    give_up = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < give_up
        time.sleep(0.01)
    return found


def said_pid(log: Path) -> int:
    def read():
        lines = last_lines(log, 1)
        return lines and lines[0].isdigit() and int(lines[0])

    return wait_for(read)


def lives(pid: int) -> bool:
    """Whether a process is there; one that has ended and is not yet waited for is not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return not Path("/proc").is_dir()
    return state != "Z"


@pytest.fixture
def log(tmp_path):
    return tmp_path / "child.log"


def wait(child: Child) -> int:
    wait_for(lambda: child.exit_code is not None)
    return child.exit_code


@pytest.mark.parametrize(("code", "expected"), [("", 0), ("exit(3)", 3)])
def test_a_child_has_the_exit_code_of_its_command(code, expected, log):
    assert wait(start(code, log)) == expected


def test_output_and_errors_are_in_the_log(log):
    child = start("import sys; print('one'); print('two', file=sys.stderr)", log)
    wait(child)
    assert child.last_lines(5) == ["one", "two"]


def test_the_last_lines_are_of_this_start(log):
    wait(start("print('first')", log))
    second = start("", log)
    wait(second)
    assert second.last_lines(5) == []
    assert "first" in log.read_text()


def test_a_bar_that_is_drawn_over_again_is_lines(log):
    log.write_bytes(b"  10 %\r  20 %\r\n\n\xff done \n")
    assert last_lines(log, 2) == ["20 %", "� done"]


def test_what_colours_a_line_is_no_part_of_it(log):
    log.write_bytes("\x1b[1m\x1b[32mdone\x1b[0m\x1b[K \x07[bold]\x9b".encode())
    assert last_lines(log, 1) == ["done [bold]"]


def test_no_log_has_no_lines(tmp_path):
    assert last_lines(tmp_path / "gone", 3) == []


def test_a_child_has_the_environment_that_it_is_given(log):
    command = [sys.executable, "-c", "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])"]
    child = Child(command, log, environment={"CUDA_VISIBLE_DEVICES": "7"})
    wait(child)
    assert child.last_lines() == ["7"]


def test_a_child_that_is_stopped_is_gone(log):
    child = start(SLEEP, log)
    pid = said_pid(log)
    child.stop()
    assert not lives(pid)
    assert child.exit_code == 128 + signal.SIGTERM


def test_a_child_is_stopped_with_all_that_it_has_started(log):
    child = start(PARENT, log)
    pid = said_pid(log)
    child.stop()
    wait_for(lambda: not lives(pid))


def test_what_a_child_leaves_behind_ends_with_it(log):
    child = start(ENDS_BEFORE_ITS_CHILD, log)
    wait(child)
    pid = said_pid(log)
    wait_for(lambda: not lives(pid))


@pytest.mark.slow
def test_a_child_that_will_not_stop_is_killed(log):
    child = start(STUBBORN, log)
    pid = said_pid(log)
    child.stop()
    assert not lives(pid)
    assert child.exit_code == 128 + signal.SIGKILL


PARENT_OF_A_CHILD = """
import sys, time
from pathlib import Path
from experiments.sweep.child import Child
child = Child([sys.executable, "-c", sys.argv[1]], Path(sys.argv[2]))
time.sleep(300)
"""


def kill_parent(code: str, log: Path) -> int:
    """Start a process that starts a child, kill the process, and return the child's id."""
    command = [sys.executable, "-c", PARENT_OF_A_CHILD, code, str(log)]
    with subprocess.Popen(command, cwd=REPOSITORY) as parent:
        pid = said_pid(log)
        parent.send_signal(signal.SIGKILL)
    return pid


def test_a_child_ends_when_its_parent_is_killed(log):
    pid = kill_parent(SLEEP, log)
    wait_for(lambda: not lives(pid))


@pytest.mark.slow
def test_a_child_that_will_not_stop_ends_when_its_parent_is_killed(log):
    pid = kill_parent(STUBBORN, log)
    assert lives(pid)
    wait_for(lambda: not lives(pid))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Only Linux can promise this.")
def test_a_child_ends_when_its_keeper_is_killed(log):
    child = start(SLEEP, log)
    pid = said_pid(log)
    child._keeper.kill()
    wait_for(lambda: not lives(pid))
    assert wait(child) == -signal.SIGKILL
