"""A run that is killed goes on; two processes train one model."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
import yaml

from tests.training.runs import toy_settings

pytestmark = pytest.mark.slow


@contextmanager
def training(corpus, config, run, *settings):
    changes = [word for setting in settings for word in ("--set", setting)]
    command = [sys.executable, "-m", "prodcat", "train", str(corpus), "--config", str(config)]
    process = subprocess.Popen(
        [*command, "--out", str(run), *changes],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def read_history(run):
    with (run / "history.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def config(tmp_path, toy_encoder):
    file = tmp_path / "toy.yaml"
    settings = toy_settings(toy_encoder, max_epochs=5, patience=5, checkpoint_minutes=0.002)
    file.write_text(yaml.safe_dump(settings))
    return file


def test_a_killed_run_goes_on_to_the_same_end(tmp_path, toy_corpus, config):
    run = tmp_path / "run"
    began = time.monotonic()
    with training(toy_corpus, config, run) as first:
        while not (run / "history.csv").is_file() or len(read_history(run)) < 3:
            assert first.poll() is None, first.communicate()[0]
            time.sleep(0.05)
        first.send_signal(signal.SIGKILL)
        first.communicate()
    assert not (run / "metrics.json").is_file()

    with training(toy_corpus, config, run) as second:
        output = second.communicate()[0]

    assert second.returncode == 0, output
    assert "Going on from the last checkpoint" in output
    assert "epoch 1:" not in output
    assert [int(row["epoch"]) for row in read_history(run)] == list(range(1, 6))
    described = json.loads((run / "metrics.json").read_text())["training"]
    assert described["epochs"] == 5
    assert described["seconds"] < time.monotonic() - began


def test_two_processes_train_one_model(tmp_path, toy_corpus, config):
    run = tmp_path / "run"
    changes = ("devices=2", "strategy=ddp", "max_epochs=4", "patience=4")
    with training(toy_corpus, config, run, *(f"train.{change}" for change in changes)) as process:
        output = process.communicate()[0]
    assert process.returncode == 0, output
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["test"]["everything"]["accuracy"]["value"] > 0.4
    assert len(read_history(run)) == 4
