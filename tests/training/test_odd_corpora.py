"""Corpora that lack something train to the end, export and are measured."""

import json
import shutil

import pytest

from prodcat.config import config_from_dict
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import ModelError
from prodcat.inference.predictor import Predictor
from prodcat.taxonomy.paths import split_path
from prodcat.taxonomy.tree import Taxonomy
from prodcat.training.fit import train
from tests.toy import draw_picture
from tests.training.runs import toy_settings

# Each exports a graph, which takes seconds.
pytestmark = pytest.mark.slow

LEAVES = ("Bags", "Women > Dresses")
NAMES = {"Bags": "Acme bag", "Women > Dresses": "Acme dress"}


def fill_corpus(file, *, names=True, pictures=False, odd=()):
    """Twelve products of two leaves on each side; *odd* are (name, description, side) more."""
    with Corpus.open(file, create=True) as corpus:
        corpus.upsert_categories("shop", Taxonomy.from_paths(map(split_path, LEAVES)))
        rows = []
        for number in range(72):
            leaf, side = LEAVES[number % 2], ("train", "val", "test")[number % 3]
            image = corpus.images.put(draw_picture(leaf, number)) if pictures else None
            name = f"{NAMES[leaf]} {number}" if names else ""
            rows.append(product(number, leaf, side, name=name, image_sha256=image))
        for number, (name, description, side) in enumerate(odd, len(rows)):
            rows.append(product(number, LEAVES[0], side, name=name, description=description))
        corpus.upsert_products(rows)
    return file


def product(number, category, split, **fields):
    return NewProduct(
        source="shop", source_id=str(number), category_id=category, split=split, **fields
    )


def run_of(corpus, encoder, folder, **sections):
    settings = toy_settings(encoder, max_epochs=1, patience=1)
    settings["data"]["min_products"] = 1
    for name, values in sections.items():
        settings.setdefault(name, {}).update(values)
    train(corpus, config_from_dict(settings), folder)
    return json.loads((folder / "metrics.json").read_text())


def test_a_corpus_without_any_picture_is_trained_on(tmp_path, toy_encoder):
    corpus = fill_corpus(tmp_path / "shop.db")
    metrics = run_of(corpus, toy_encoder, tmp_path / "run")
    assert metrics["cost"]["peak_memory_mb"] > 30
    assert metrics["test"]["everything"]["n"] == 24


def test_a_corpus_without_any_text_is_trained_on(tmp_path, toy_encoder):
    corpus = fill_corpus(tmp_path / "shop.db", names=False, pictures=True)
    metrics = run_of(corpus, toy_encoder, tmp_path / "run", text={"encoder": "none"})
    assert metrics["cost"]["peak_memory_mb"] > 30
    assert list(metrics["test"]) == ["everything"]


def test_texts_that_say_nothing_end_no_training(tmp_path, toy_encoder):
    dashes = [
        ("-", "", "val"),
        ("Acme bag", "-", "val"),
        ("–", "...", "train"),
        ("-", "bag", "test"),
    ]
    corpus = fill_corpus(tmp_path / "shop.db", odd=dashes)
    metrics = run_of(corpus, toy_encoder, tmp_path / "run", image={"encoder": "none"})
    assert metrics["val"]["everything"]["n"] == 25
    assert Predictor.load(tmp_path / "run" / "model").predict(name="-", desc="bag").used == (
        "description",
    )


def test_graphs_of_integers_need_no_picture(tmp_path, toy_encoder):
    corpus = fill_corpus(tmp_path / "shop.db", pictures=True)
    with Corpus.open(corpus) as opened:
        shutil.rmtree(opened.images.root)
    metrics = run_of(corpus, toy_encoder, tmp_path / "run", export={"quantize": "int8"})
    assert metrics["export"]["largest_difference"].keys() == {"float32", "int8"}
    assert "image" in Predictor.load(tmp_path / "run" / "model").readable


def test_a_graph_that_answers_otherwise_is_refused_with_the_product(tmp_path, toy_encoder):
    corpus = fill_corpus(tmp_path / "shop.db")
    with pytest.raises(ModelError, match=r"for product shop:\d+, more than export\.tolerance"):
        run_of(corpus, toy_encoder, tmp_path / "run", export={"tolerance": 1e-30})
