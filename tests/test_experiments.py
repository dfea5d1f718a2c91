"""The settings in ``experiments/`` are ones that a run accepts."""

from pathlib import Path

import pytest

from prodcat.config import load_config

EXPERIMENTS = Path(__file__).resolve().parent.parent / "experiments"
FILES = sorted(EXPERIMENTS.rglob("*.yaml"))


def test_the_bundled_model_has_its_settings():
    assert EXPERIMENTS / "fashion.yaml" in FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_settings_of_an_experiment_load(file):
    load_config(file)
