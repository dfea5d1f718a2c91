import csv
import json
import shutil
import stat
from pathlib import Path

import pytest
import torch
import yaml

from prodcat.config import config_from_dict
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import ConfigError, CorpusError, RunError
from prodcat.inference.predictor import Predictor
from prodcat.settings import config_to_dict
from prodcat.training.fit import train
from tests.toy import draw_corpus, draw_picture
from tests.training.runs import toy_config, toy_settings

# A whole run exports a graph, which takes seconds however small the network is.
pytestmark = pytest.mark.slow


def read_json(file):
    return json.loads(file.read_text(encoding="utf-8"))


def read_history(run):
    with (run / "history.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_run_learns_what_the_parts_tell(toy_run):
    test = read_json(toy_run / "metrics.json")["test"]
    assert test["everything"]["accuracy"]["value"] > 0.8
    assert test["everything"]["accuracy"]["value"] > test["name only"]["accuracy"]["value"]
    assert set(test) == {
        "everything",
        "name only",
        "description only",
        "image only",
        "no image",
        "no description",
        "no name",
    }


def test_a_run_directory_holds_what_reports_need(toy_run):
    import pyarrow.parquet as pq

    names = {path.name for path in toy_run.iterdir()}
    assert names == {
        "config.yaml",
        "environment.json",
        "history.csv",
        "predictions.parquet",
        "metrics.json",
        "run.log",
        "checkpoints",
        "weights.safetensors",
        "model",
    }
    assert "Largest difference of a logit" in (toy_run / "run.log").read_text()
    history = read_history(toy_run)
    assert [int(row["epoch"]) for row in history] == list(range(1, len(history) + 1))
    assert float(history[-1]["train_loss"]) < float(history[0]["train_loss"])
    metrics = read_json(toy_run / "metrics.json")
    table = pq.read_table(toy_run / "predictions.parquet").to_pylist()
    assert len(table) == metrics["val"]["everything"]["n"] + metrics["test"]["everything"]["n"]
    right = [row["top"][0] == row["label"] for row in table if row["split"] == "test"]
    assert sum(right) / len(right) == metrics["test"]["everything"]["accuracy"]["value"]
    environment = read_json(toy_run / "environment.json")
    assert environment["versions"]["torch"] != "not installed"
    assert environment["threads"] >= 1
    assert environment["device"]
    settings = yaml.safe_load((toy_run / "config.yaml").read_text())
    assert config_to_dict(config_from_dict(settings)) == settings


def test_the_model_directory_answers_and_names_no_folder(toy_run, toy_encoder):
    predictor = Predictor.load(toy_run / "model")
    boots = ("Women", "Shoes", "Boots")
    answer = predictor.predict("ankle boots", image=draw_picture(boots, 9))
    assert answer.alternatives[0].path == boots
    places = (toy_encoder.parent, Path(__file__).parents[2], "site-packages")
    for file in (toy_run / "model").iterdir():
        data = file.read_bytes()
        assert not [place for place in places if str(place).encode() in data], file.name


def test_products_may_lack_any_part(toy_run):
    predictor = Predictor.load(toy_run / "model")
    picture = draw_picture(("Bags",), 1)
    for parts in ({"name": "bag"}, {"desc": "a shoulder bag"}, {"image": picture}):
        answer = predictor.predict(**parts)
        assert 0 < answer.alternatives[0].probability <= 1


def test_a_finished_run_is_not_repeated(toy_run, toy_corpus, toy_encoder):
    before = (toy_run / "metrics.json").stat().st_mtime_ns
    result = train(toy_corpus, toy_config(toy_encoder), toy_run)
    assert result.already_finished
    assert result.metrics.to_dict() == read_json(toy_run / "metrics.json")
    assert (toy_run / "metrics.json").stat().st_mtime_ns == before


def test_other_settings_do_not_go_on_with_a_run(toy_run, toy_corpus, toy_encoder):
    with pytest.raises(RunError, match=r"train.max_epochs is 12 there and 9 here"):
        train(toy_corpus, toy_config(toy_encoder, max_epochs=9), toy_run)


def test_a_folder_with_other_things_is_left_alone(tmp_path, toy_corpus, toy_encoder):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RunError, match="is not empty and holds no run"):
        train(toy_corpus, toy_config(toy_encoder), tmp_path)


def test_a_changed_corpus_does_not_go_on_with_a_run(tmp_path, toy_encoder):
    corpus = draw_corpus(tmp_path / "shop")
    run = tmp_path / "run"
    # Lightning ends the process where it is interrupted within an epoch.
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        train(corpus, toy_config(toy_encoder), run, on_message=interrupt_after_an_epoch)
    change(corpus)
    with pytest.raises(RunError, match="The corpus has changed"):
        train(corpus, toy_config(toy_encoder), run)


def change(corpus):
    with Corpus.open(corpus) as opened:
        opened.upsert_products([NewProduct(source="toy", source_id="new", name="new boots")])


def interrupt(message):
    raise KeyboardInterrupt


def interrupt_after_an_epoch(message):
    if message.startswith("epoch 2"):
        raise KeyboardInterrupt


def test_a_finished_run_says_that_its_corpus_has_changed_and_is_kept_beside(
    tmp_path, toy_run, toy_corpus, toy_encoder
):
    run = shutil.copytree(toy_run, tmp_path / "run")
    corpus = shutil.copytree(toy_corpus.parent, tmp_path / "shop") / toy_corpus.name
    change(corpus)
    with pytest.raises(RunError, match=r"changed since.*--again.*another folder"):
        train(corpus, toy_config(toy_encoder), run)
    with pytest.raises(KeyboardInterrupt):
        train(corpus, toy_config(toy_encoder), run, again=True, on_message=interrupt)
    assert not run.exists()
    assert read_json(tmp_path / "run.1" / "metrics.json") == read_json(toy_run / "metrics.json")


def test_a_missing_corpus_is_an_error_for_a_finished_run_too(tmp_path, toy_run, toy_encoder):
    with pytest.raises(CorpusError, match=r"nowhere\.db"):
        train(tmp_path / "nowhere.db", toy_config(toy_encoder), toy_run)


@pytest.mark.parametrize("existed", [False, True])
def test_a_run_that_never_began_to_learn_leaves_nothing(tmp_path, toy_corpus, toy_encoder, existed):
    run = tmp_path / "run"
    if existed:
        run.mkdir()
    with pytest.raises(KeyboardInterrupt):
        train(toy_corpus, toy_config(toy_encoder), run, on_message=interrupt)
    bad = toy_settings(toy_encoder, max_epochs=1)
    bad["text"]["max_tokens"] = 4096
    with pytest.raises(ConfigError, match="max_tokens"):
        train(toy_corpus, config_from_dict(bad), run)
    assert run.exists() == existed
    assert not existed or list(run.iterdir()) == []


def test_an_empty_corpus_says_what_to_do(tmp_path, toy_encoder):
    with Corpus.open(tmp_path / "empty.db", create=True):
        pass
    with pytest.raises(CorpusError, match="prodcat import"):
        train(tmp_path / "empty.db", toy_config(toy_encoder), tmp_path / "run")


def test_a_missing_encoder_is_told_in_one_line(tmp_path, toy_corpus):
    with pytest.raises(ConfigError, match="no such folder") as caught:
        train(toy_corpus, toy_config(tmp_path / "nowhere"), tmp_path / "run")
    assert "\n" not in str(caught.value)


def test_frozen_encoders_are_run_once(tmp_path, toy_encoder):
    corpus = draw_corpus(tmp_path / "shop")
    settings = toy_settings(toy_encoder, max_epochs=3)
    for part in ("text", "image"):
        settings[part] |= {"frozen": True}
    said = []
    train(corpus, config_from_dict(settings), tmp_path / "first", on_message=said.append)
    assert any(line.startswith("Embedding") for line in said)
    said.clear()
    settings["train"]["lr"] = 1e-2
    train(corpus, config_from_dict(settings), tmp_path / "second", on_message=said.append)
    assert not any(line.startswith("Embedding") for line in said)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (
            "both, every other setting",
            {
                "model": {"fusion": "attention", "dim": 16},
                "train": {
                    "loss": "hierarchical",
                    "class_weights": 0.5,
                    "sampler": "balanced",
                    "precision": "bf16",
                    "ema": 0.9,
                    "max_epochs": 2,
                },
                "text": {"mask_name": 0.5},
                "image": {"augment": "strong"},
                "export": {"quantize": "int8", "keep_weights": False, "name_view": 0.0},
            },
        ),
        (
            "text only",
            {"image": {"encoder": "none"}, "train": {"max_epochs": 3, "best_by": "val_macro_f1"}},
        ),
        (
            "image only",
            {"text": {"encoder": "none"}, "model": {"fusion": "gated"}, "train": {"max_epochs": 2}},
        ),
    ],
)
def test_other_kinds_of_run_come_to_their_end(tmp_path, toy_corpus, toy_encoder, kind, changes):
    settings = toy_settings(toy_encoder)
    for section, values in changes.items():
        settings[section] = settings.get(section, {}) | values
    result = train(toy_corpus, config_from_dict(settings), tmp_path / "run")
    assert result.metrics.export.largest_difference["float32"] < 1e-3
    assert result.metrics.selections("test")[0].n > 0
    has_weights = (tmp_path / "run" / "weights.safetensors").is_file()
    assert has_weights == settings.get("export", {}).get("keep_weights", True)
    assert not (tmp_path / "run" / "model" / "weights.safetensors").exists()
    for path in (tmp_path / "run" / "model").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o644, path
    assert_kept_the_best_epoch(tmp_path / "run", settings["train"].get("best_by", "val_loss"))
    weight = Predictor.load(tmp_path / "run" / "model").model.name_view
    reads = settings.get("text", {}).get("encoder") != "none"
    assert weight == (settings.get("export", {}).get("name_view", 1.0) if reads else 0.0)


def assert_kept_the_best_epoch(run, measure):
    choose = min if measure == "val_loss" else max
    best = choose(read_history(run), key=lambda row: float(row[measure]))["epoch"]
    kept = torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)["epoch"]
    assert read_json(run / "metrics.json")["training"]["best_epoch"] == best == str(kept + 1)


def test_training_starts_from_another_model(tmp_path, toy_run, toy_corpus, toy_encoder):
    settings = toy_settings(toy_encoder, max_epochs=1, lr=1e-6, text_lr=1e-6, image_lr=1e-6)
    settings["model"]["start"] = str(toy_run)
    result = train(toy_corpus, config_from_dict(settings), tmp_path / "run")
    learnt = read_json(toy_run / "metrics.json")["val"]["everything"]["accuracy"]["value"]
    assert result.metrics.selections("val")[0].measures["accuracy"].value > learnt - 0.15


def test_a_lost_checkpoint_is_told(tmp_path, toy_run, toy_corpus, toy_encoder):
    copy = tmp_path / "run"
    shutil.copytree(toy_run, copy)
    (copy / "metrics.json").unlink()
    (copy / "checkpoints" / "best.ckpt").unlink()
    with pytest.raises(RunError, match=r"best.ckpt is missing"):
        train(toy_corpus, toy_config(toy_encoder), copy)
