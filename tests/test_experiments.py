"""The settings in ``experiments/`` are ones that a run accepts."""

from pathlib import Path

import pytest
import yaml

from experiments.baselines.config import load_baseline
from experiments.sweep.jobs import Machine
from experiments.sweep.plan import FORMS, read_sweep
from prodcat.config import load_config

EXPERIMENTS = Path(__file__).resolve().parent.parent / "experiments"


def files(kind):
    """The YAML files of a kind: of networks, of baselines, or of sweeps over them."""
    return [file for file in sorted(EXPERIMENTS.rglob("*.yaml")) if kind_of(file) == kind]


def kind_of(file):
    settings = yaml.safe_load(file.read_text("utf-8")) or {}
    if any(key in settings for key in FORMS):
        return "sweep"
    return "baseline" if "baseline" in settings else "network"


def each(kind):
    return pytest.mark.parametrize("file", files(kind), ids=lambda file: file.stem)


def test_the_bundled_model_has_its_settings():
    assert EXPERIMENTS / "fashion.yaml" in files("network")


@each("network")
def test_the_settings_of_an_experiment_load(file):
    load_config(file)


@each("baseline")
def test_the_settings_of_a_baseline_load(file):
    load_baseline(file)


@each("sweep")
def test_the_runs_of_a_sweep_load(file):
    sweep = read_sweep(file)
    assert sweep.search or sweep.jobs(Machine())


def test_there_is_a_sweep_of_each_form():
    forms = {key for file in files("sweep") for key in yaml.safe_load(file.read_text("utf-8"))}
    assert set(FORMS) <= forms


def test_the_sweep_of_baselines_names_each_of_them_once():
    entries = yaml.safe_load((EXPERIMENTS / "baselines.yaml").read_text("utf-8"))["list"]
    files = [EXPERIMENTS / entry["config"] for entry in entries]
    assert sorted(files) == sorted((EXPERIMENTS / "baselines").glob("*.yaml"))
    assert [entry["name"] for entry in entries] == [file.stem for file in files]


def test_late_fusion_comes_after_the_runs_that_it_fuses():
    entries = yaml.safe_load((EXPERIMENTS / "baselines.yaml").read_text("utf-8"))["list"]
    names = [entry["name"] for entry in entries]
    fused = load_baseline(EXPERIMENTS / "baselines" / "late_fusion.yaml").baseline.runs
    assert [name for name in fused if name not in names[: names.index("late_fusion")]] == []
