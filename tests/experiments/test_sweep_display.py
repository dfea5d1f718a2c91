"""The time that is left, and the table at the end."""

import pytest

from experiments.sweep_display import sweep_table, time_left
from experiments.sweep_record import Entry, Record

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
