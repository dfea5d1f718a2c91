"""The most similar training products answer, and are kept."""

import json
import shutil

import numpy as np
import pytest
from pyarrow import parquet

from experiments.baselines.__main__ import train_baseline
from experiments.baselines.config import NearestConfig, baseline_from_dict
from experiments.baselines.nearest import NearestProducts
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError
from prodcat.product import Product
from prodcat.runs.directory import RunDir

DRESSES = "Women > Dresses"
COLOURS = {"kind": "nearest", "features": ["colours"], "height": 32, "width": 24}


def config(**settings):
    return baseline_from_dict({"baseline": {**COLOURS, **settings}})


@pytest.fixture(scope="module")
def run(toy_corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nearest") / "colours"
    train_baseline(toy_corpus, config(within=[DRESSES]), folder)
    return folder


@pytest.fixture(scope="module")
def rows(run):
    return parquet.read_table(run / "neighbours.parquet").to_pylist()


@pytest.fixture(scope="module")
def products(toy_corpus):
    with Corpus.open(toy_corpus, read_only=True) as corpus:
        taxonomy = corpus.taxonomy()
        return {
            row.id: (row, taxonomy.path(row.category_id))
            for row in corpus.rows(with_category=True)
            if row.category_id in taxonomy.categories
        }


def test_neighbours_answer(run):
    metrics = json.loads((run / "metrics.json").read_text())
    # Of two of eight kinds the picture is the same; chance is 1 in 8.
    assert metrics["test"]["everything"]["accuracy"]["value"] > 0.6
    assert list(metrics["test"]) == ["everything"]


def test_each_product_has_its_neighbours_by_rank_among_other_sides(rows, products):
    asked = {}
    for row in rows:
        if row["within"] == "":
            asked.setdefault((row["split"], row["id"]), []).append(row)
    assert {split for split, _ in asked} == {"val", "test"}
    for found in asked.values():
        assert [row["rank"] for row in found] == [1, 2, 3, 4, 5, 6]
        cosines = [row["cosine"] for row in found]
        assert cosines == sorted(cosines, reverse=True)
    assert not {row["neighbour"] for row in rows} & {id for _, id in asked}
    assert all(products[id][0].image_sha256 for _, id in asked)


def test_within_a_category_all_are_of_it(rows, products):
    within = [row for row in rows if row["within"] == DRESSES]
    ids = {row["id"] for row in within} | {row["neighbour"] for row in within}
    assert within
    assert {products[id][1] for id in ids} == {("Women", "Dresses")}


@pytest.mark.slow
def test_a_run_lends_its_encoder(toy_corpus, toy_run, tmp_path):
    shutil.copytree(toy_run, tmp_path / "cnn")
    train_baseline(toy_corpus, config(features=["run"], runs=["cnn"]), tmp_path / "own")
    assert RunDir(tmp_path / "own").finished


def test_a_category_without_training_products_is_refused(toy_corpus, tmp_path):
    with pytest.raises(CorpusError, match=r"baseline\.within names 'Women > Coats'"):
        train_baseline(toy_corpus, config(within=["Women > Coats"]), tmp_path / "run")


class Given:
    """Features that are what the test says."""

    size = 0

    def __init__(self, vectors):
        self.vectors = np.array(vectors, dtype=np.float32)

    def embed(self, products):
        return self.vectors[: len(products)]


@pytest.fixture
def alike(tmp_path):
    built = NearestProducts(NearestConfig("nearest", ("colours",), 3, 10.0), 3, tmp_path, tmp_path)
    built.known = np.array([[1, 0], [0.8, 0.6], [0.6, 0.8], [0, 1]], dtype=np.float32)
    built.labels = np.array([0, 1, 1, 2])
    return built


def test_a_nearer_neighbour_counts_more_than_two_farther_ones(alike):
    alike.features = [Given([[2, 0]])]
    (logits,) = alike.logits([Product(id="a")])
    votes = np.array([1, np.exp(-2) + np.exp(-4), 0]) + 1e-6
    np.testing.assert_allclose(logits, np.log(votes / votes.sum()), rtol=1e-5)


def test_without_sharpness_all_count_alike(alike):
    alike.features = [Given([[2, 0]])]
    alike.config = NearestConfig("nearest", ("colours",), 3, 0.0)
    assert alike.logits([Product(id="a")]).argmax() == 1


def test_nothing_asked_is_nothing_answered(alike):
    assert alike.logits([]).shape == (0, 3)
