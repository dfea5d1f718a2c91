"""Work that is killed where it writes ends as if nothing had been: a few places of each kind.

``python -m tests.kill_runs KIND`` comes to all of them.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kill_runs.forked import run_forked
from tests.kill_runs.killing import KillRuns
from tests.kill_runs.kind import KINDS, Kind, make_folder
from tests.kill_runs.places import Watch

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc"),
    # The children of these tests take no lock that a thread of pytest's could hold.
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]
REPOSITORY = Path(__file__).resolve().parents[2]
SHORT = {"import": 3, "categorize": 3, "crawl": 3}
"""Kinds → kills at places; the others take minutes."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHORT)
def test_what_is_killed_at_a_write_ends_as_what_is_not(kind):
    command = [sys.executable, "-m", "tests.kill_runs", kind, "--moments", "1"]
    # Not here: a process with threads, as pytest's has, cannot be forked.
    done = subprocess.run(
        [*command, "--most", str(SHORT[kind])],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{SHORT[kind] + 1} runs" in done.stdout


def test_each_kind_has_a_short_form_or_is_run_by_hand():
    assert set(KINDS) - set(SHORT) == {"export", "fit", "processes", "ray", "train"}


def lines(file):
    return file.read_text().splitlines() if file.exists() else []


def append(inputs, out):
    """Write three lines one after the other; careless, if there is a file that says so."""
    careless = (inputs / "careless").exists()
    for number in range(len(lines(out / "all")), 3):
        written = [*lines(out / "all"), str(number)]
        target = out / ("all" if careless else "part")
        target.write_text("\n".join(written))
        if not careless:
            target.replace(out / "all")


def kill_runs(tmp_path, run=append):
    kind = Kind(lambda inputs: None, run, lambda _, out: lines(out / "all"), (), None, make_folder)
    return KillRuns(kind, tmp_path)


@pytest.fixture
def careful(tmp_path):
    runs = kill_runs(tmp_path)
    runs.undisturbed()
    return runs


def test_the_places_that_write_are_counted(careful):
    assert careful.places == 3 * [("open", "part"), ("os.rename", "all")]
    assert [str(kill) for kill in careful.at_places()][:4] == [
        "before place 1",
        "half place 1",
        "before place 2",
        "before place 3",
    ]


def test_a_work_that_goes_on_where_it_was_killed_ends_equal(careful):
    killed = list(careful.killed(careful.at_places()))
    assert [done.problem for done in killed] == [""] * 9
    assert all(done.is_killed for done in killed)


def test_a_file_that_is_written_in_its_place_is_found(tmp_path):
    runs = kill_runs(tmp_path)
    (runs.inputs / "careless").touch()
    runs.undisturbed()
    problems = {str(done.kill): done.problem for done in runs.killed(runs.at_places())}
    assert not problems["before place 2"]
    assert "another end: [0]: '0', then 'half of it'" in problems["half place 1"]


def test_a_file_that_is_left_is_found(tmp_path):
    def run(inputs, out):
        if not (out / "all").exists():
            (out / "rest").write_text("")
            (out / "all").write_text("")
            (out / "rest").unlink()

    runs = kill_runs(tmp_path, run)
    runs.undisturbed()
    *_, last = runs.killed(runs.at_places())
    assert str(last.kill) == "before place 3"
    assert last.problem.startswith("files that are too many: ['rest']; that are missing: []")


def test_a_child_that_outlives_its_parent_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.kill_runs.forked.CHILDREN_S", 0.2)

    def work():
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        os.kill(os.getpid(), signal.SIGKILL)

    ended = run_forked(work, tmp_path / "log")
    assert (ended.exit_code, len(ended.children)) == (-signal.SIGKILL, 1)


def test_what_is_written_elsewhere_does_not_count(tmp_path):
    watch = Watch(tmp_path / "out")
    watch._come("open", str(tmp_path / "outside"))
    watch._come("open", str(tmp_path / "out" / "inside"))
    assert watch.places == [("open", "inside")]
