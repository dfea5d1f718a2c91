import json
from dataclasses import replace

import pytest
import yaml

from prodcat.config import RunConfig, TrainConfig, config_from_dict, load_config
from prodcat.errors import RunError
from prodcat.files import write_json, write_text
from prodcat.runs.directory import RunDir
from prodcat.runs.environment import Environment
from prodcat.runs.records import RunMetrics, TrainingFacts

CONFIG = RunConfig()


@pytest.fixture
def run(tmp_path):
    return RunDir(tmp_path / "runs" / "first")


def test_a_new_run_gets_its_folder_and_all_its_settings(run):
    run.prepare(CONFIG)
    assert run.checkpoints.is_dir()
    assert config_from_dict(yaml.safe_load(run.config.read_text())) == CONFIG
    assert "max_epochs: 5" in run.config.read_text()
    assert sorted(path.name for path in run.root.iterdir()) == ["checkpoints", "config.yaml"]


def test_an_empty_folder_will_do(run):
    run.root.mkdir(parents=True)
    run.prepare(CONFIG)
    assert load_config(run.config) == CONFIG


def test_a_run_with_the_same_settings_goes_on(run):
    run.prepare(CONFIG)
    (run.checkpoints / "last.ckpt").write_bytes(b"there")
    run.prepare(CONFIG)
    assert (run.checkpoints / "last.ckpt").read_bytes() == b"there"


def test_other_settings_are_told_one_by_one(run):
    run.prepare(CONFIG)
    other = replace(CONFIG, train=TrainConfig(lr=0.5, seed=3))
    with pytest.raises(RunError) as caught:
        run.prepare(other)
    message = str(caught.value)
    assert "train.lr is 0.001 there and 0.5 here, train.seed is 0 there and 3 here" in message
    assert load_config(run.config) == CONFIG


def test_a_file_is_no_folder_for_a_run(tmp_path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(RunError, match=r"run is a file\. Give --out a folder for the run"):
        RunDir(tmp_path / "run").prepare(CONFIG)


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match="is not empty and holds no run"):
        RunDir(tmp_path).prepare(CONFIG)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_a_start_that_was_killed_left_is_gone_on_with(run):
    run.checkpoints.mkdir(parents=True)
    (run.root / f"config.yaml.{'0' * 32}.tmp").write_text("train: {")
    run.prepare(CONFIG)
    assert run.config.is_file()


@pytest.mark.parametrize("name", ["checkpoints/last.ckpt", "notes.tmp", "metrics.json"])
def test_rests_are_not_taken_for_those_of_a_start(run, name):
    (run.root / name).parent.mkdir(parents=True)
    (run.root / name).write_text("mine")
    with pytest.raises(RunError, match="is not empty and holds no run"):
        run.prepare(CONFIG)


def test_links_are_no_rests_of_a_start(run, tmp_path):
    run.root.mkdir(parents=True)
    run.checkpoints.symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(RunError, match="is not empty and holds no run"):
        run.prepare(CONFIG)


@pytest.mark.parametrize("text", ["train: {", "trian: {lr: 1}", "", "- a list"])
def test_settings_that_cannot_be_read_are_told(run, text):
    run.prepare(CONFIG)
    run.config.write_text(text)
    with pytest.raises(RunError, match=r"config\.yaml cannot be read .* cannot go on") as caught:
        run.prepare(CONFIG)
    assert "\n" not in str(caught.value)


def test_the_environment_stays_that_of_the_beginning(run):
    run.prepare(CONFIG)
    run.write_environment(Environment(corpus_fingerprint="abc", seed=1))
    run.write_environment(Environment(corpus_fingerprint="abc", seed=2))
    assert json.loads(run.environment.read_text())["seed"] == 1


def test_a_corpus_that_has_changed_is_told(run):
    run.prepare(CONFIG)
    run.write_environment(Environment(corpus_fingerprint="abc"))
    with pytest.raises(RunError, match=r"The corpus has changed since the run in .* began"):
        run.write_environment(Environment(corpus_fingerprint="xyz"))


def test_the_history_is_read_as_it_was_written(run):
    run.prepare(CONFIG)
    assert run.read_history() == []
    run.write_history([{"epoch": 1, "val_loss": 0.5}, {"epoch": 2, "val_loss": 0.25}])
    assert run.read_history() == [
        {"epoch": "1", "val_loss": "0.5"},
        {"epoch": "2", "val_loss": "0.25"},
    ]
    run.write_history([{"epoch": 1, "val_loss": 0.125}])
    assert run.read_history() == [{"epoch": "1", "val_loss": "0.125"}]
    assert [path.name for path in run.root.glob("*.tmp")] == []


def test_a_run_is_finished_when_its_measures_are_written(run):
    run.prepare(CONFIG)
    assert not run.finished
    metrics = RunMetrics(training=TrainingFacts(epochs=3))
    run.write_metrics(metrics)
    assert run.finished
    assert run.read_metrics() == metrics


def test_a_file_that_cannot_be_written_whole_is_not_written(tmp_path):
    file = tmp_path / "metrics.json"
    write_json(file, {"a": "ü"})
    with pytest.raises(ValueError, match="JSON"):
        write_json(file, {"a": float("nan")})
    with pytest.raises(UnicodeEncodeError):
        write_text(file, "half \ud800")
    assert file.read_text(encoding="utf-8") == '{\n  "a": "ü"\n}\n'
