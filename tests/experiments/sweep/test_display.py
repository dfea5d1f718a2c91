"""What is shown while a sweep works: the bar, the time that is left, the table at the end."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from experiments.sweep.display import Screen, sweep_table, time_left
from experiments.sweep.jobs import Machine, build_job
from experiments.sweep.record import Entry, Record

NETWORK, BASELINE = "network", "tfidf_svc"


def test_nothing_is_said_about_time_before_anything_is_known():
    assert time_left([NETWORK], [(NETWORK, 50.0, 0.0)], []) is None


def test_a_kind_takes_as_long_as_it_did():
    finished = [(NETWORK, 100.0), (NETWORK, 200.0), (BASELINE, 10.0)]
    assert time_left([NETWORK, BASELINE], [], finished) == pytest.approx(150 + 10)


def test_a_kind_that_is_not_known_takes_as_long_as_the_others_did():
    assert time_left(["bag_of_words"], [], [(NETWORK, 100.0), (BASELINE, 10.0)]) == 55


def test_a_run_at_work_takes_what_its_epochs_foretell():
    assert time_left([], [(NETWORK, 30.0, 0.25)], [(NETWORK, 50.0)]) == pytest.approx(90)


def test_a_run_that_takes_longer_than_others_is_nearly_done():
    assert time_left([], [(NETWORK, 80.0, 0.0)], [(NETWORK, 50.0)]) == 0


def test_runs_at_the_same_time_share_what_is_left():
    running = [(NETWORK, 50.0, 0.5), (NETWORK, 50.0, 0.5)]
    assert time_left([NETWORK, NETWORK], running, [], slots=2) == pytest.approx(150)


def test_the_time_left_is_no_less_than_that_of_the_slowest():
    assert time_left([], [(NETWORK, 50.0, 0.5), (NETWORK, 90.0, 0.9)], [], slots=2) == 50


def test_the_table_says_what_became_of_each_run(tmp_path):
    record = Record(tmp_path / "sweep.json")
    record.entries["good"] = Entry(
        state="finished", seconds=90.0, val_macro_f1=0.5, val_accuracy=0.75
    )
    record.entries["bad"] = Entry(state="failed", error=["first", "Error: last"])
    table = sweep_table(["good", "bad", "later"], record)
    cells = list(zip(*(map(str, column.cells) for column in table.columns), strict=True))
    assert cells == [
        ("good", "0.5", "0.75", "1.5", "finished", ""),
        ("bad", "–", "–", "–", "failed", "Error: last"),
        ("later", "–", "–", "–", "waiting", ""),
    ]


@pytest.fixture
def record(tmp_path):
    record = Record(tmp_path / "sweep.json")
    record.entries["first"] = Entry(state="finished", kind=NETWORK, seconds=600.0)
    record.entries["second"] = Entry(state="running", kind=NETWORK, epochs=1)
    return record


def at_work(name, line):
    child = SimpleNamespace(seconds=300.0, last_lines=lambda: [line])
    job = build_job(name, {"train": {"max_epochs": 4}}, Machine())
    return SimpleNamespace(job=job, child=child, seconds_before=0.0)


def screen(total, *, terminal):
    out = io.StringIO()
    return Screen(total, Console(file=out, force_terminal=terminal, width=200)), out


def test_a_terminal_shows_how_far_all_is_and_what_the_runs_at_work_say(record):
    shown, out = screen(3, terminal=True)
    with shown:
        shown.update([at_work("second", "epoch 2/4 [/b]")], [None], record)
    # The second needs 900 s more; the third as long as 600 s and 1200 s on average.
    assert "1 of 3 runs done, about 30 min left" in out.getvalue()
    assert "5 min  epoch 2/4 [/b]" in out.getvalue()


def test_a_run_that_has_ended_leaves_the_bar(record):
    shown, out = screen(3, terminal=True)
    with shown:
        shown.update([at_work("second", "busy")], [None], record)
        shown.update([], [None], record)
        out.truncate(0)
    assert "second" not in out.getvalue()


def test_a_log_has_a_line_now_and_then(record, monkeypatch):
    shown, out = screen(3, terminal=False)
    with shown:
        shown.update([at_work("second", "busy")], [None], record)
        assert out.getvalue() == ""
        monkeypatch.setattr("experiments.sweep.display.LINE_EVERY_S", 0.0)
        shown.update([at_work("second", "busy")], [None], record)
    assert "second: busy" in out.getvalue()
    assert "1 of 3 runs done" in out.getvalue()
