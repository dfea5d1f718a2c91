import json
import random
from pathlib import Path

import numpy as np
import pytest

from prodcat.runs.reading import read_runs
from tests.analyze.run_files import Answered, forget_accuracy, read_rows, write_rows, write_run


def reasons(*paths):
    _, skipped = read_runs(paths)
    return [one.reason for one in skipped]


def test_a_run_is_read(tmp_path):
    write_run(tmp_path / "run")

    [run], skipped = read_runs([tmp_path / "run"])

    assert not skipped
    assert run.name == "run"
    assert run.settings["train.lr"] == "0.001"
    assert run.fingerprint == "0123456789abcdef"
    assert run.history.columns["train_loss"] == (0.5,)
    assert run.metrics.training.seconds == 61.5
    assert len(run.predictions.side("test")) == 60
    assert [selection.name for selection in run.selections("val")] == ["everything", "name only"]


def test_a_folder_of_runs_stands_for_all_of_them_by_name(tmp_path):
    for name in ("b", "c", "a"):
        write_run(tmp_path / name)
    (tmp_path / "logs").mkdir()
    (tmp_path / "sweep.json").write_text("{}")

    runs, skipped = read_runs([tmp_path])

    assert [run.name for run in runs] == ["a", "b", "c"]
    assert not skipped


def test_a_run_named_twice_is_read_once(tmp_path):
    write_run(tmp_path / "a")
    (tmp_path / "link").symlink_to(tmp_path / "a")

    runs, _ = read_runs([tmp_path / "a", tmp_path, tmp_path / "link", tmp_path / "b" / ".." / "a"])

    assert len(runs) == 1


def test_equal_names_are_told_apart_by_the_folders_above(tmp_path):
    for folder in ("x/one/run", "y/one/run", "y/two/run", "other"):
        write_run(tmp_path / folder)

    runs, _ = read_runs(tmp_path / p for p in ("x/one/run", "y/one/run", "y/two/run", "other"))

    assert [run.name for run in runs] == ["x/one/run", "y/one/run", "two/run", "other"]


def test_what_is_no_run_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")

    assert reasons(tmp_path / "none", tmp_path / "empty", tmp_path / "file") == [
        "does not exist",
        "holds no run",
        "is a file, not a run directory",
    ]


def test_runs_deeper_down_are_pointed_to(tmp_path):
    write_run(tmp_path / "sweep" / "one")

    assert reasons(tmp_path) == ["holds no run, but folders in it do: sweep"]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("metrics.json", "is unfinished: it has no metrics.json"),
        ("predictions.parquet", "is unfinished: it has no predictions.parquet"),
        ("config.yaml", "is incomplete: it has no config.yaml"),
        ("environment.json", "is incomplete: it has no environment.json"),
    ],
)
def test_a_missing_file_is_told(tmp_path, file, reason):
    (write_run(tmp_path / "run") / file).unlink()

    assert reasons(tmp_path / "run") == [reason]


def change_json(file, change):
    found = json.loads(file.read_text("utf-8"))
    change(found)
    file.write_text(json.dumps(found), "utf-8")


def test_an_older_run_is_told(tmp_path):
    run = write_run(tmp_path / "run")
    change_json(run / "environment.json", lambda found: found.pop("format"))

    assert reasons(run) == ["is of format 1; this version reads 3"]


def test_a_run_without_its_corpus_fingerprint_is_told(tmp_path):
    run = write_run(tmp_path / "run")
    change_json(run / "environment.json", lambda found: found.update(corpus_fingerprint=None))

    assert "which corpus" in reasons(run)[0]


def test_predictions_of_an_older_version_are_told(tmp_path):
    run = write_run(tmp_path / "run")
    write_rows(run / "predictions.parquet", read_rows(run / "predictions.parquet"), version="1")

    assert "predictions.parquet has an older format" in reasons(run)[0]


@pytest.mark.parametrize("measure", ["accuracy", "macro_f1", "coverage_at_95", "coverage_at_98"])
def test_measures_that_are_not_those_of_the_predictions_are_refused(tmp_path, measure):
    run = write_run(tmp_path / "run")

    def better(found):
        found["test"]["everything"][measure]["value"] += 0.01

    change_json(run / "metrics.json", better)

    assert f"metrics.json has {measure}" in reasons(run)[0]


def test_a_run_from_before_an_accuracy_was_asked_for_is_read(tmp_path):
    run = write_run(tmp_path / "run")
    forget_accuracy(run, 98)

    [read], skipped = read_runs([run])

    assert not skipped
    assert read.predictions.accuracies == (0.95,)
    assert "coverage_at_98" not in read.selections("test")[0].measures


def test_coverage_that_no_threshold_bears_out_is_refused(tmp_path):
    run = write_run(tmp_path / "run")
    measured = json.loads((run / "metrics.json").read_text("utf-8"))["test"]["everything"]
    forget_accuracy(run, 98)
    change_json(
        run / "metrics.json",
        lambda found: found["test"]["everything"].update(coverage_at_98=measured["coverage_at_98"]),
    )

    assert "metrics.json has a coverage_at_98 on test" in reasons(run)[0]


def test_measures_of_another_number_of_products_are_refused(tmp_path):
    run = write_run(tmp_path / "run")
    write_rows(run / "predictions.parquet", read_rows(run / "predictions.parquet")[:-1])

    assert reasons(run) == ["metrics.json tells of 60 test products, predictions.parquet of 59"]


def test_a_run_without_test_products_is_a_run(tmp_path):
    empty = Answered(np.empty((0, 3)), np.empty(0, dtype=int))
    write_run(tmp_path / "run", test=empty)

    runs, skipped = read_runs([tmp_path])

    assert len(runs) == 1
    assert not skipped


def test_broken_runs_do_not_keep_others_from_being_read(tmp_path):
    for name in ("a", "b", "c"):
        write_run(tmp_path / name)
    (tmp_path / "b" / "metrics.json").write_text("{")

    runs, skipped = read_runs([tmp_path])

    assert [run.name for run in runs] == ["a", "c"]
    assert [one.path.name for one in skipped] == ["b"]
    assert "\n" not in skipped[0].reason


@pytest.mark.parametrize(
    "file",
    ["config.yaml", "environment.json", "history.csv", "metrics.json", "predictions.parquet"],
)
def test_whatever_a_file_holds_is_a_reason_at_most(tmp_path, file):
    run = write_run(tmp_path / "run")
    good, chance = (run / file).read_bytes(), random.Random(0)
    for _ in range(60):
        data = bytearray(good)
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        (run / file).write_bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])

        runs, skipped = read_runs([run])

        assert len(runs) + len(skipped) == 1


def test_a_report_shows_two_names_of_a_skipped_folder(tmp_path):
    _, [skipped] = read_runs([Path("/home/me/runs/none")])

    assert skipped.shown().path == "runs/none"
