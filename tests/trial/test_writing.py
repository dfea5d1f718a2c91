import json

import pytest

from prodcat.errors import InputError
from prodcat.trial.writing import check_outputs, write_evaluation


def test_a_file_is_of_the_kind_that_its_name_says(odd, tmp_path):
    for name in ("check.xlsx", "check.HTML", "check.json"):
        write_evaluation(odd, tmp_path / name)

    assert (tmp_path / "check.xlsx").read_bytes().startswith(b"PK")
    assert (tmp_path / "check.HTML").read_text("utf-8").startswith("<!doctype html>")
    assert json.loads((tmp_path / "check.json").read_text("utf-8"))["products"] == 10


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("check.csv", "neither .xlsx, .html nor .json"),
        ("nowhere/check.html", "there is no folder"),
        ("folder.json", "is a folder"),
        ("labelled.json", "is the table to read"),
    ],
)
def test_what_cannot_be_written_is_told_beforehand(tmp_path, name, told):
    (tmp_path / "folder.json").mkdir()

    with pytest.raises(InputError, match=told):
        check_outputs([tmp_path / name], tmp_path / "labelled.json")


def test_a_disk_that_refuses_is_told_in_one_line(odd, tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write_evaluation(odd, tmp_path / "nowhere" / "check.json")
