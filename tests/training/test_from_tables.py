import csv
import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from click.testing import CliRunner

import prodcat
from prodcat.cli.commands import main
from prodcat.corpus.store import Corpus
from prodcat.errors import ConfigError, CorpusError, InputError, RunError, TableError
from tests.model_files import build_model_dir, encoded
from tests.training.shop_table import CATEGORY, COLUMNS, KINDS, draw_rows

FAST = {"preset": "fast", "columns": COLUMNS, "category": CATEGORY}
RUGS = ("Home", "Rugs")


def test_wrong_settings_are_told_before_the_table_is_read(tmp_path):
    with pytest.raises(ConfigError, match="Unknown preset"):
        prodcat.train(tmp_path / "missing.csv", tmp_path / "run", preset="quickest")
    with pytest.raises(ConfigError, match="pacience"):
        prodcat.train(tmp_path / "missing.csv", tmp_path / "run", settings=["train.pacience=3"])
    assert not list(tmp_path.iterdir())


def test_a_table_without_any_product_is_told_with_the_reason(tmp_path):
    frame = pd.DataFrame({"name": ["-", None], "category": ["Bags", "Shoes"]})
    with pytest.raises(CorpusError, match=r"No product of a data frame.*no name, description"):
        prodcat.train(frame, tmp_path / "run", preset="fast")
    assert not (tmp_path / "run").exists()


def test_what_is_no_table_is_told(tmp_path):
    with pytest.raises(InputError, match="list is no table"):
        prodcat.train([{"name": "Boots"}], tmp_path / "run", preset="fast")
    with pytest.raises(TableError, match=r"missing\.csv"):
        prodcat.train(tmp_path / "missing.csv", tmp_path / "run", preset="fast")


def test_columns_of_a_corpus_are_not_chosen_again(tmp_path):
    with Corpus.open(tmp_path / "shop.db", create=True):
        pass
    with pytest.raises(InputError, match=r"is a corpus.*leave columns out"):
        prodcat.train(tmp_path / "shop.db", tmp_path / "run", category="type")


def test_a_folder_that_holds_something_else_stops_before_the_import(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("years of work")
    with pytest.raises(RunError, match="holds no run"):
        prodcat.train(pd.DataFrame(draw_rows(9)), tmp_path / "run", **FAST)
    assert not (tmp_path / "run.db").exists()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the shop and the encoders that it is learnt with are."""
    folder = tmp_path_factory.mktemp("shop")
    build_model_dir(folder / "encoders", size=(24, 16))
    return folder


def learn(data, out, place, **changes):
    settings = [f"model.encoders={place / 'encoders'}", "train.batch_size=16", "train.lr=0.05"]
    return prodcat.train(data, out, settings=settings, **{**FAST, **changes})


@pytest.fixture(scope="module")
def said():
    return []


@pytest.fixture(scope="module")
def result(place, said):
    return learn(pd.DataFrame(draw_rows()), place / "runs" / "shop", place, on_message=said.append)


@pytest.mark.slow
def test_a_frame_becomes_a_corpus_and_a_run_beside_each_other(result, place, said):
    assert result.run_dir == place / "runs" / "shop"
    assert result.corpus == place / "runs" / "shop.db"
    assert result.imported.rows == 120
    assert result.imported.added == 120 - result.imported.dropped
    assert "name ← Titel" in result.told[0]
    assert "not read: Lager" in result.told[0]
    assert result.told[0] in said
    assert any("120 rows of a data frame are" in line for line in said)
    files = {file.name for file in result.run_dir.iterdir()}
    assert {"config.yaml", "metrics.json", "history.csv", "predictions.parquet", "model"} <= files
    assert "weights.safetensors" not in files


@pytest.mark.slow
def test_a_word_that_the_encoder_does_not_tell_apart_is_learnt(result):
    answer = result.predictor.predict("blue no 7")
    assert answer.alternatives[0].path == RUGS


@pytest.mark.slow
@pytest.mark.parametrize("path", KINDS)
def test_each_part_alone_is_answered(result, path):
    word, colour = KINDS[path]
    for part in ({"name": f"{word} no 5"}, {"desc": f"a {word} of ours"}, {"image": colour}):
        given = {k: encoded(v) if k == "image" else v for k, v in part.items()}
        assert result.predictor.predict(**given).alternatives[0].path == path


@pytest.mark.slow
def test_the_run_is_one_like_any_other(result):
    metrics = json.loads((result.run_dir / "metrics.json").read_text())
    assert metrics["test"]["everything"]["accuracy"]["value"] == 1.0
    assert metrics["export"]["largest_difference"]["float32"] < 1e-3
    with (result.run_dir / "history.csv").open(newline="") as stream:
        losses = [float(row["val_loss"]) for row in csv.DictReader(stream)]
    assert min(losses) < losses[0]
    card = (result.run_dir / "model" / "MODEL_CARD.md").read_text()
    assert "a linear classifier of both, and of the word pieces" in card
    assert not (result.run_dir / "checkpoints" / "answers.tmp").exists()


@pytest.mark.slow
def test_the_same_again_changes_nothing(result, place):
    before = (result.run_dir / "metrics.json").stat().st_mtime_ns
    again = learn(pl.DataFrame(draw_rows()), result.run_dir, place)
    assert again.already_finished
    assert again.imported.unchanged == result.imported.added
    assert (result.run_dir / "metrics.json").stat().st_mtime_ns == before


@pytest.mark.slow
def test_another_state_of_the_table_is_refused_or_learnt_anew_beside_the_first(place):
    out = place / "two" / "shop"
    learn(pd.DataFrame(draw_rows(90)), out, place)
    changed = pd.DataFrame(draw_rows(105))
    with pytest.raises(RunError, match=r"shop.db holds the products of a data frame as it was"):
        learn(changed, out, place)
    result = learn(changed, out, place, again=True)
    assert result.imported.added == 105
    assert {file.name for file in out.parent.iterdir()} >= {
        *("shop", "shop.db", "shop.1", "shop.1.db"),
    }
    with Corpus.open(out.parent / "shop.1.db", read_only=True) as first:
        assert first.db["products"].count == 90


@pytest.mark.slow
def test_two_trainings_are_the_same(result, place):
    other = learn(pd.DataFrame(draw_rows()), place / "same" / "shop", place)
    products = [{"name": "bag"}, {"name": "blue", "image": encoded("lime")}]
    np.testing.assert_array_equal(
        other.predictor.probabilities(products), result.predictor.probabilities(products)
    )


@pytest.mark.slow
def test_the_command_trains_on_a_table(tmp_path, place):
    rows = draw_rows()
    with (tmp_path / "shop.csv").open("w", newline="", encoding="utf-8") as stream:
        names = [name for name in rows[0] if name != "Foto"]
        writer = csv.DictWriter(stream, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    words = ["train", str(tmp_path / "shop.csv"), "--out", str(tmp_path / "runs" / "shop")]
    words += ["--preset", "fast", "--set", f"model.encoders={place / 'encoders'}"]
    words += ["--category", CATEGORY]
    words += [f"--column={field}={column}" for field, column in COLUMNS.items() if field != "image"]
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "name ← Titel" in done.stderr
    assert "left out" in done.stderr
    assert "No training product has a picture, so the model will read none." in done.stderr
    assert "measures of the test products" in done.stdout
    assert not (tmp_path / "runs" / "shop" / "model" / "image.onnx").exists()
    assert (tmp_path / "runs" / "shop.db").is_file()
