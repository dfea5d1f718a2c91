"""A run that is killed goes on; two processes train one model."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import yaml

from tests.training.runs import toy_settings

pytestmark = pytest.mark.slow


def start_training(corpus, config, run, *settings):
    changes = [word for setting in settings for word in ("--set", setting)]
    command = [sys.executable, "-m", "prodcat", "train", str(corpus), "--config", str(config)]
    return subprocess.Popen(
        [*command, "--out", str(run), *changes],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def read_history(run):
    with (run / "history.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def config(tmp_path, toy_encoder):
    file = tmp_path / "toy.yaml"
    settings = toy_settings(toy_encoder, max_epochs=30, patience=30, checkpoint_minutes=0.002)
    file.write_text(yaml.safe_dump(settings))
    return file


def test_a_killed_run_goes_on_to_the_same_end(tmp_path, toy_corpus, config):
    run = tmp_path / "run"
    first = start_training(toy_corpus, config, run)
    deadline = time.monotonic() + 240
    while not (run / "history.csv").is_file() or len(read_history(run)) < 3:
        assert first.poll() is None, first.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    stopped_at = len(read_history(run))
    assert not (run / "metrics.json").is_file()

    second = start_training(toy_corpus, config, run)
    output = second.communicate(timeout=300)[0]

    assert second.returncode == 0, output
    assert "Going on from the last checkpoint" in output
    assert f"epoch {stopped_at}:" not in output or "epoch 1:" not in output
    assert [int(row["epoch"]) for row in read_history(run)] == list(range(1, 31))
    assert json.loads((run / "metrics.json").read_text())["training"]["epochs"] == 30


def test_two_processes_train_one_model(tmp_path, toy_corpus, config):
    run = tmp_path / "run"
    process = start_training(
        toy_corpus,
        config,
        run,
        "train.devices=2",
        "train.strategy=ddp",
        "train.max_epochs=6",
        "train.patience=6",
    )
    output = process.communicate(timeout=400)[0]
    assert process.returncode == 0, output
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["test"]["everything"]["accuracy"]["value"] > 0.4
    assert len(read_history(run)) == 6
