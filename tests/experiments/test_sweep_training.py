"""Sweeps over real trainings on the toy corpus: killed, gone on with, broken off."""

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

from tests.experiments.sweeps import REPOSITORY
from tests.training.runs import toy_settings

pytestmark = pytest.mark.slow

PATIENCE_S = 900.0


@pytest.fixture
def settings(toy_encoder):
    return toy_settings(toy_encoder, max_epochs=5, patience=5, checkpoint_minutes=0.002)


@pytest.fixture
def write(tmp_path):
    def write(**data):
        file = tmp_path / "sweep.yaml"
        file.write_text(yaml.safe_dump(data, sort_keys=False))
        return file

    return write


@contextmanager
def sweeping(file, corpus, out, *options):
    command = [sys.executable, "-m", "experiments.sweep", str(file), "--corpus", str(corpus)]
    process = subprocess.Popen(
        [*command, "--out", str(out), *options],
        cwd=REPOSITORY,
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
        process.wait()
        process.stdout.close()


def states(out):
    runs = json.loads((out / "sweep.json").read_text())["runs"]
    return {name: entry["state"] for name, entry in runs.items()}


def read_epochs(run):
    with (run / "history.csv").open(newline="") as stream:
        return [int(row["epoch"]) for row in csv.DictReader(stream)]


def wait_for(condition, process):
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < give_up
        time.sleep(0.05)


def processes_of(out):
    """The processes that have the folder in their command."""
    done = subprocess.run(["ps", "-eo", "pid,stat,args"], capture_output=True, text=True)
    lines = [line.split(None, 2) for line in done.stdout.splitlines()]
    return [line[0] for line in lines if str(out) in line[-1] and not line[1].startswith("Z")]


def test_a_killed_sweep_goes_on_in_the_middle_of_a_run_and_leaves_no_process(
    tmp_path, toy_corpus, settings, write
):
    out = tmp_path / "out"
    svc = REPOSITORY / "experiments" / "baselines" / "tfidf_svc_name.yaml"
    entries = [
        {"name": "svc", "config": str(svc)},
        {"name": "bad", "set": {"image.encoder": "no_such_network"}},
        {"name": "network"},
    ]
    file = write(base=settings, list=entries)
    with sweeping(file, toy_corpus, out) as first:
        history = out / "network" / "history.csv"
        wait_for(lambda: history.is_file() and len(read_epochs(out / "network")) >= 3, first)
        first.send_signal(signal.SIGKILL)
        first.wait()
        give_up = time.monotonic() + 60
        while processes_of(out):
            assert time.monotonic() < give_up
            time.sleep(0.05)
    assert states(out) == {"svc": "finished", "bad": "failed", "network": "running"}

    with sweeping(file, toy_corpus, out) as second:
        said = second.communicate()[0]

    assert second.returncode == 1, said
    assert "svc: skipped: finished" in said
    assert "bad: skipped: failed before" in said
    assert "network: going on, as it was interrupted" in said
    assert states(out) == {"svc": "finished", "bad": "failed", "network": "finished"}
    log = (out / "logs" / "network.log").read_text()
    assert "Going on from the last checkpoint" in log
    assert log.count("\nepoch 1:") == 1
    assert read_epochs(out / "network") == list(range(1, 6))


def test_a_search_breaks_off_a_training_that_learns_nothing(tmp_path, toy_corpus, settings, write):
    out = tmp_path / "out"
    # This seed draws the rate that learns first, and then the one that does not.
    rates = {"train.lr": {"choices": [5e-3, 1e-9]}}
    settings["text"]["frozen"] = settings["image"]["frozen"] = True
    # So many that a quick machine has not learnt all before anybody looks.
    settings["train"] |= {"max_epochs": 60, "patience": 60}
    how = {"trials": 2, "startup": 1, "warmup": 2, "seed": 5}
    file = write(base=settings, search={"settings": rates, **how})

    with sweeping(file, toy_corpus, out) as process:
        said = process.communicate()[0]

    assert process.returncode == 0, said
    assert states(out)["trial-000"] == "finished"
    assert states(out)["trial-001"] == "pruned"
    assert 2 <= len(read_epochs(out / "trial-001")) < 60
    assert not (out / "trial-001" / "metrics.json").exists()
    config = yaml.safe_load((out / "trial-001" / "config.yaml").read_text())
    assert config["train"]["lr"] == 1e-9
    assert "train.lr 0.005" in said.split("Best of 2: ")[1].splitlines()[0]
