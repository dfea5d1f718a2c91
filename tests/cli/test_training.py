import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from prodcat.measures.interval import Interval
from prodcat.measures.measure import SetMeasures
from prodcat.runs.records import RunMetrics, Selection
from prodcat.training.presets import load_preset
from tests.cli.test_commands import run


def fake_training(monkeypatch, **result):
    """Stand in for torch and the training, which other tests run."""
    calls = []

    def train(source, run_dir, config, *, reading, again, on_message, on_progress):
        assert not again
        calls.append((source, config, run_dir, reading))
        on_message("epoch 1 of 2")
        return SimpleNamespace(run_dir=run_dir, **result)

    modules = {"torch": ModuleType("torch"), "pytorch_lightning": ModuleType("pytorch_lightning")}
    modules["prodcat.training.from_tables"] = ModuleType("prodcat.training.from_tables")
    modules["prodcat.training.from_tables"].train_on = train
    modules["torch"].set_num_threads = calls.append
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return calls


def test_train_hands_on_the_settings_and_shows_the_measures(monkeypatch, tmp_path):
    intervals = {"accuracy": Interval(0.9751, 0.0, 1.0), "macro_f1": Interval()}
    everything = Selection("everything", SetMeasures(40, intervals=intervals))
    calls = fake_training(monkeypatch, metrics=RunMetrics(sides={"test": (everything,)}))
    (tmp_path / "run.yaml").write_text("train: {max_epochs: 9}")

    result = run(
        *("train", "shop.csv", "--out", tmp_path / "run", "--config", tmp_path / "run.yaml"),
        *("--set", "train.lr=1e-2", "--set", "text.encoder=none", "--threads", 3),
        *("--preset", "best", "--column", "name=Titel", "--category", "Gruppe,Art"),
    )

    threads, (source, config, run_dir, reading) = calls
    assert (threads, source, run_dir) == (3, Path("shop.csv"), tmp_path / "run")
    assert (config.train.max_epochs, config.train.lr, config.text.encoder) == (9, 0.01, "none")
    assert config.image.height == load_preset("best").image.height
    assert reading["columns"] == {"name": "Titel", "category": "Gruppe,Art"}
    assert "epoch 1 of 2" in result.stderr
    assert "97.5%" in result.stdout
    assert str(tmp_path / "run" / "model") in result.stdout


def test_train_refuses_a_misspelt_setting(tmp_path):
    output = run(
        "train", "shop.db", "--out", tmp_path, "--set", "train.pacience=2", status=1
    ).output

    assert "train.patience" in output


def test_train_lists_the_presets_where_it_does_not_know_one(tmp_path):
    output = run("train", "shop.csv", "--out", tmp_path, "--preset", "turbo", status=1).output

    assert "Choose one of: fast, default, best" in output


@pytest.mark.parametrize("library", ["torch", "pytorch_lightning"])
def test_train_says_what_to_install(monkeypatch, tmp_path, library):
    fake_training(monkeypatch)
    monkeypatch.setitem(sys.modules, library, None)

    output = run("train", "shop.db", "--out", tmp_path, status=1).output

    assert "pip install 'prodcat[train]'" in output
