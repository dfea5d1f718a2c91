"""The benchmark of explanations, on drawn products with a model made by hand."""

import json
import random
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.benchmarks.explain import main
from experiments.benchmarks.explaining.faithful import (
    FILLS,
    WordTrial,
    ratio_with_interval,
    rectangle,
    shifted,
    try_words,
)
from prodcat.product import Product
from tests.model_files import encoded


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    file = tmp_path_factory.mktemp("data") / "products.parquet"
    nouns, colours = ("boots", "sandals", "bag", "jeans"), ("#ff0000", "#00ff00", "#0000ff")
    rows = [
        {
            "name": f"blue {nouns[i % 4]} one two",
            "description": f"Plain. Some {nouns[i % 4]} for all of us",
            "image": encoded(colours[i % 3]),
            "split": "test" if i % 2 else "val",
        }
        for i in range(16)
    ]
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file


def run(*words):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["explain", *map(str, words)])
        main()


def test_it_writes_what_was_measured(table, model_dir, tmp_path):
    files = ("--json", tmp_path / "a.json", "--markdown", tmp_path / "a.md")
    small = ("--products", 6, "--timed", 2, "--rounds", 2)
    run("--data", table, "--model", model_dir, *files, *small)
    facts = json.loads((tmp_path / "a.json").read_text())
    words = {(row["how"], row["choice"]): row["values"] for row in facts["words"]["everything"]}
    assert len(words["taken out", "named"]) == 6
    assert np.mean(words["taken out", "named"]) > np.mean(words["taken out", "random"])
    page = (tmp_path / "a.md").read_text()
    assert "6 products of the split test of products.parquet" in page
    assert all(fill in page for fill in FILLS)


def test_without_complete_products_it_says_so(table, model_dir, capsys):
    with pytest.raises(SystemExit, match="no complete product of the split 'train'"):
        run("--data", table, "--model", model_dir, "--split", "train")


def test_an_answer_that_hangs_on_one_word_changes_without_it(predictor):
    trial, product = WordTrial(), Product("blue boots", "fine")
    try_words(predictor, product, predictor.explain("blue boots", "fine"), trial, random.Random(0))
    assert trial.changed["taken out", "named"] == [1.0]


def test_random_masks_are_as_large_as_the_named_one():
    rng, mask = np.random.default_rng(0), np.zeros((40, 30), dtype=bool)
    mask[:8] = True
    assert {shifted(mask, rng).sum() for _ in range(20)} == {mask.sum()}
    sizes = [rectangle(mask.shape, rng).sum() for _ in range(200)]
    assert np.mean(sizes) == pytest.approx(240, rel=0.03)


def test_a_ratio_has_an_interval_around_it():
    ratio, low, high = ratio_with_interval([1.0, 0.0] * 50, [0.0, 0.0, 1.0, 0.0] * 25)
    assert ratio == 2.0
    assert low < 2.0 < high
