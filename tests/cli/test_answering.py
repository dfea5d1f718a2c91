"""What `prodcat categorize` prints."""

import json

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from prodcat.cli.commands import main
from tests.bulk.tables import write_jsonl
from tests.cli.running import run


def test_the_command_explains_its_errors(tmp_path, model_dir):
    rows = [{"name": "boots", "image": f"{i}.jpg"} for i in range(7)]
    source = write_jsonl(tmp_path / "in.jsonl", [{"name": "bag"}, *rows])
    words = ["categorize", str(source), "--model", str(model_dir), "-o"]

    shown = CliRunner().invoke(main, [*words, str(tmp_path / "1.parquet")]).output
    printed = CliRunner().invoke(main, [*words, str(tmp_path / "2.csv"), "--json"]).stdout

    assert "picture file missing" in shown
    assert "rows 2, 3, 4, 5, 6, …" in shown
    assert "7.jpg" not in shown
    told = json.loads(printed)
    assert told["problems"][0]["count"] == 7
    assert told["problems"][0]["rows"] == [2, 3, 4, 5, 6]
    assert (told["rows"], told["answered"], told["errors"]) == (8, 8, 7)


def test_names_of_columns_and_files_reach_no_terminal(tmp_path, model_dir):
    (tmp_path / "in\x1b[31m.csv").write_text("od\x1b]0;d\x07,nothing\n1,2\n")
    (tmp_path / "good.csv").write_text("id,name,image\n1,bag,\x1b[2J.jpg\n")
    words = ("categorize", tmp_path / "good.csv", "--model", model_dir, "-o")

    refused = run("categorize", tmp_path / "in\x1b[31m.csv", "-o", "out.csv", status=1).stderr
    shown = run(*words, tmp_path / "out\x1b[31m.csv").output
    imported = run("import", tmp_path / "good.csv", tmp_path / "shop.db").output

    assert r"in\x1b[31m.csv has no column" in refused
    assert r"out\x1b[31m.csv" in shown
    assert r"\x1b[2J.jpg" in imported
    assert not {*refused, *shown, *imported} & {"\x1b", "\x07"}


def test_a_table_without_rows_ends_with_an_exit_code_of_its_own(tmp_path, model_dir):
    (tmp_path / "none.csv").write_text("id,name\n")
    words = ("categorize", tmp_path / "none.csv", "--model", model_dir, "-o", tmp_path / "a.csv")
    assert "The table has no rows" in run(*words, status=4).stderr
    assert (tmp_path / "a.csv").read_text(encoding="utf-8-sig").startswith("id,name,category,")


@pytest.mark.parametrize("name", ["new.csv", "new.xlsx"])
def test_a_row_of_too_many_cells_keeps_what_it_has(tmp_path, model_dir, name):
    lines = [["id", "name"], ["1", "bag"], ["2", "boots", "x"]]
    if name == "new.csv":
        (tmp_path / name).write_text("".join(",".join(line) + "\n" for line in lines))
    else:
        book = Workbook()
        for line in lines:
            book.active.append(line)
        book.save(tmp_path / name)
    run("categorize", tmp_path / name, "--model", model_dir, "-o", tmp_path / "a.jsonl")
    answers = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert [(row["id"], row["name"]) for row in answers] == [("1", "bag"), ("2", "boots")]
    # Nothing is read from cells that may stand in a wrong column.
    assert (answers[1]["category"], answers[1]["error"]) == (None, "3 cells under 2 column names")
