"""What a sweep remembers, and the lock on its folder."""

import json

import pytest

from experiments.sweep.record import Entry, Record, locked
from prodcat.errors import RunError


def test_what_is_written_is_read(tmp_path):
    record = Record(tmp_path / "sweep.json")
    record["one"].state = "failed"
    record["one"].error = ["Error: ü"]
    record["two"].seconds = 3.5
    record.write()
    assert Record(tmp_path / "sweep.json").entries == record.entries


def test_a_run_that_was_at_work_when_the_sweep_was_killed_was_interrupted(tmp_path):
    record = Record(tmp_path / "sweep.json")
    record["one"].state = "running"
    record.write()
    assert Record(tmp_path / "sweep.json")["one"].state == "interrupted"


def test_a_record_of_a_later_version_is_read_as_far_as_it_is_known(tmp_path):
    file = tmp_path / "sweep.json"
    file.write_text(json.dumps({"format": 1, "runs": {"one": {"state": "failed", "mood": "low"}}}))
    assert Record(file)["one"] == Entry(state="failed")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"runs": []}', '{"runs": {"a": 3}}', '{"runs": {"a": {"state": "odd"}}}'],
)
def test_what_is_no_record_is_told(tmp_path, text):
    file = tmp_path / "sweep.json"
    file.write_text(text)
    with pytest.raises(RunError, match="not the record of a sweep"):
        Record(file)


def test_a_folder_has_one_sweep_at_a_time(tmp_path):
    with locked(tmp_path / "out", patience_s=0), pytest.raises(RunError, match="Another sweep"):
        locked(tmp_path / "out", patience_s=0).__enter__()


def test_a_folder_is_free_again_after_a_sweep(tmp_path):
    for _ in range(2):
        with locked(tmp_path, patience_s=0):
            pass
