import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from prodcat.analyze import ReportOptions, report
from prodcat.cli.commands import main
from prodcat.errors import AnalyzeError, MissingDependencyError
from tests.analyze.run_files import draw_side, write_run

LIGHT = ReportOptions(formats=("csv",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name, right in (("a", 0.9), ("b", 0.7)):
        write_run(folder / name, test=draw_side(60, right=right, seed=3))
    return folder


def files_in(folder):
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.mark.slow
def test_a_report_is_all_of_its_files_and_the_same_each_time(folder, tmp_path):
    made = report([folder], tmp_path / "one")
    report([folder], tmp_path / "two")

    names = [path.name for path in made.files]
    assert names == ["report.html", "report.md", "report.xlsx", "mistakes.csv"]
    files = files_in(tmp_path / "one")
    assert files == files_in(tmp_path / "two")
    assert {*names, "charts/coverage-leaf.svg"} <= set(files)
    text = files["report.md"].decode()
    assert "](charts/coverage-leaf.svg)" in text
    assert str(folder).encode() not in b"".join(files.values())


def test_a_report_may_be_of_some_formats(folder, tmp_path):
    made = report(folder, tmp_path / "out", options=ReportOptions(formats=("xlsx", "csv")))

    assert sorted(files_in(made.folder)) == ["mistakes.csv", "report.xlsx"]


def test_spreadsheets_know_the_alphabet_of_the_mistakes(folder, tmp_path):
    report([folder], tmp_path, options=LIGHT)

    assert (tmp_path / "mistakes.csv").read_bytes().startswith(b"\xef\xbb\xbfid,name,label")


def test_what_is_left_out_is_told(folder, tmp_path):
    said = []

    made = report([folder, tmp_path / "none"], tmp_path, options=LIGHT, on_message=said.append)

    assert said[0] == f"Left out: {tmp_path / 'none'} does not exist."
    assert said[1] == "2 runs read."
    assert made.summary.skipped[0].reason == "does not exist"


def test_an_unknown_format_is_refused():
    with pytest.raises(AnalyzeError, match="Unknown format 'pdf'"):
        ReportOptions(formats=("html", "pdf"))


def test_a_file_where_the_report_should_go_is_told(folder, tmp_path):
    (tmp_path / "out").write_text("mine")

    with pytest.raises(AnalyzeError, match=r"out is a file\. Give --out a folder"):
        report([folder], tmp_path / "out", options=LIGHT)
    assert (tmp_path / "out").read_text() == "mine"


def test_a_corpus_that_is_not_there_is_told(folder, tmp_path):
    with pytest.raises(AnalyzeError, match="There is no corpus at"):
        report([folder], tmp_path, options=replace(LIGHT, corpus=Path("gone.db")))


def test_a_missing_library_is_told_before_anything_is_read(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)

    with pytest.raises(MissingDependencyError, match=r"prodcat\[analyze\]"):
        report([folder], tmp_path / "out", options=ReportOptions(formats=("xlsx",)))
    assert not (tmp_path / "out").exists()


def run(*words):
    return CliRunner().invoke(main, ["analyze", *map(str, words)])


@pytest.mark.slow
def test_the_command_says_where_the_report_is(folder, tmp_path):
    done = run(folder, "--out", tmp_path / "out", "--no-pictures")

    assert done.exit_code == 0, done.output
    assert done.stdout == f"The report is in {tmp_path / 'out' / 'report.html'}.\n"
    assert "2 runs read." in done.stderr


def test_the_command_tells_in_one_line_why_runs_cannot_be_compared(folder, tmp_path):
    other = write_run(tmp_path / "other", fingerprint="f" * 16)

    done = run(folder, other, "--out", tmp_path / "out")

    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith("Error: These runs cannot be held side by side")
    assert not (tmp_path / "out").exists()


def test_the_command_tells_when_there_is_no_run(tmp_path):
    done = run(tmp_path, "--out", tmp_path / "out")

    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == (
        f"Error: There is no run to report: {tmp_path} holds no run."
    )


@pytest.mark.slow
def test_a_run_of_training_is_reported(toy_run, tmp_path):
    made = report([toy_run], tmp_path)

    [summary] = made.summary.runs
    measured = json.loads((toy_run / "metrics.json").read_text("utf-8"))
    told = summary.measures["accuracy"].value
    assert told == measured["test"]["everything"]["accuracy"]["value"]
    assert summary.history.epochs
    assert summary.class_sizes
