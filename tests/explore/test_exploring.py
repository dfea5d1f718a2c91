import re
import sys

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import prodcat
from prodcat.cli.commands import main
from prodcat.errors import AnalyzeError, InputError, MissingDependencyError, ModelError
from prodcat.explore.exploring import ExploreOptions, explore
from prodcat.explore.vectors import given_vectors
from tests.explore.test_colourings import catalogue
from tests.model_files import build_model_dir

PCA = ExploreOptions(layouts=("pca",))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("model"))


@pytest.fixture
def own_corpus(toy_corpus, tmp_path):
    """A copy of the toy corpus, beside which vectors may be kept."""
    import shutil

    shutil.copytree(toy_corpus.parent, tmp_path / "toy")
    return tmp_path / "toy" / toy_corpus.name


def vectors_for(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 6))


@pytest.mark.slow
def test_a_corpus_becomes_a_page_with_map_tree_and_profile(own_corpus, model, tmp_path):
    lines = []
    options = ExploreOptions(
        kinds=("text", "look"), layouts=("tsne", "pca"), pixels=True, model=model
    )

    made = explore(own_corpus, tmp_path / "map.html", options=options, on_message=lines.append)

    assert made.products == 240
    assert made.layouts == (
        *("t-SNE", "PCA", "t-SNE of look", "PCA of look", "t-SNE of pixels", "PCA of pixels"),
    )
    page = (tmp_path / "map.html").read_text("utf-8")
    assert made.size == len(page.encode())
    for part in ("candidates to merge", "Largest categories", "Pictures as the data joins them"):
        assert part in page
    assert {"vectors", "t-SNE", "tree", "page"} <= set(made.seconds)
    assert any("t-SNE of looks" in line for line in lines)


@pytest.mark.slow
def test_vectors_and_layouts_are_kept_for_the_next_time(own_corpus, model, tmp_path, monkeypatch):
    options = ExploreOptions(kinds=("text",), layouts=("tsne",), model=model)
    explore(own_corpus, tmp_path / "one.html", options=options)
    monkeypatch.setitem(sys.modules, "openTSNE", None)

    again = explore(own_corpus, tmp_path / "two.html", options=options)

    assert again.layouts == ("t-SNE",)
    assert again.notes == ()
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_a_frame_with_vectors_needs_no_model(tmp_path):
    frame = pd.DataFrame({"name": [f"Boots {i}" for i in range(12)], "colour": ["red", "blue"] * 6})
    made = prodcat.explore(frame, tmp_path / "map.html", vectors=vectors_for(12), options=PCA)
    assert (made.products, made.pictures, made.layouts) == (12, 0, ("PCA",))
    # The room has taken the name of the function by now, and is called all the same.
    again = prodcat.explore(frame, tmp_path / "map.html", vectors=vectors_for(12), options=PCA)
    assert again.products == 12


def test_several_vectors_by_name_are_several_tabs(tmp_path):
    frame = pd.DataFrame({"name": ["a", "b", "c"]})
    vectors = {"clip": vectors_for(3), "ours": vectors_for(3, seed=1)}
    made = explore(frame, tmp_path / "map.html", vectors=vectors, options=PCA)
    assert made.layouts == ("PCA", "PCA of ours")


def test_a_sample_of_a_frame_has_the_vectors_of_its_rows(tmp_path):
    frame = pd.DataFrame({"name": [f"product {i}" for i in range(30)]})
    options = ExploreOptions(layouts=("pca",), limit=10)
    made = explore(frame, tmp_path / "map.html", vectors=vectors_for(30), options=options)
    assert made.products == 10
    assert made.notes == ("A sample of 10 of 30 products is shown.",)


@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_small_shops_without_categories_or_pictures_have_a_page(tmp_path, count):
    frame = pd.DataFrame({"name": [f"product {i}" for i in range(count)]})
    made = explore(frame, tmp_path / "map.html", vectors=vectors_for(count), options=PCA)
    page = (tmp_path / "map.html").read_text("utf-8")
    assert made.products == count
    assert "No category has at least 3 products" in page
    assert "No product has a category" in page


def test_a_shop_of_one_category_has_a_page(tmp_path):
    frame = pd.DataFrame({"name": [f"p {i}" for i in range(40)], "category": ["Boots"] * 40})
    explore(frame, tmp_path / "map.html", vectors=vectors_for(40), options=PCA)
    assert "Only one category has" in (tmp_path / "map.html").read_text("utf-8")


def test_names_of_strangers_do_no_harm(tmp_path):
    evil = "</script><script>alert(1)</script>\u202e\x00"
    frame = pd.DataFrame({"name": [evil] * 20, "category": [f"{evil} > x", "b"] * 10})
    explore(frame, tmp_path / "map.html", vectors=vectors_for(20), options=PCA)
    page = (tmp_path / "map.html").read_text("utf-8")
    assert "alert(1)</script>" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize(
    ("vectors", "reason"),
    [
        (np.zeros((3, 2)), r"shape \(4, D\).*found \(3, 2\)"),
        (np.zeros(4), r"found \(4,\)"),
        (np.full((4, 2), np.nan), "NaN"),
        ([["a"]] * 4, "no table of numbers"),
        ({}, "No vectors are given"),
    ],
)
def test_vectors_that_are_not_of_these_products_are_refused(vectors, reason):
    with pytest.raises(InputError, match=reason):
        given_vectors(vectors, catalogue([None] * 4))


def test_products_with_a_vector_of_zeros_have_none():
    made = given_vectors(np.eye(4, 2), catalogue([None] * 4))
    assert made["the given vectors"][1].tolist() == [True, True, False, False]


def test_options_that_do_not_fit_are_told_before_anything_is_done(toy_corpus, model, tmp_path):
    page = tmp_path / "map.html"
    with pytest.raises(InputError, match="umap, tsne, pca, but found 'som'"):
        explore(toy_corpus, page, options=ExploreOptions(layouts=("som",)))
    with pytest.raises(InputError, match="Kinds of vectors"):
        explore(toy_corpus, page, options=ExploreOptions(kinds=("smell",), model=model))
    with pytest.raises(ModelError):
        explore(toy_corpus, page, options=ExploreOptions(model=tmp_path / "none"))
    assert not page.exists()


def test_without_the_extra_it_is_told_before_anything_is_done(monkeypatch, toy_corpus, tmp_path):
    monkeypatch.setitem(sys.modules, "scipy.cluster.hierarchy", None)
    lines = []
    with pytest.raises(MissingDependencyError, match=r"prodcat\[explore\]"):
        explore(toy_corpus, tmp_path / "map.html", on_message=lines.append)
    assert lines == []


def test_a_run_that_is_none_is_told(tmp_path):
    frame = pd.DataFrame({"name": ["a", "b", "c"]})
    options = ExploreOptions(layouts=("pca",), run=tmp_path)
    with pytest.raises(AnalyzeError, match="incomplete"):
        explore(frame, tmp_path / "map.html", vectors=vectors_for(3), options=options)


def test_the_command_says_what_it_made(own_corpus, model, tmp_path):
    words = ["explore", own_corpus, "-o", tmp_path / "map.html", "--model", model]
    words += ["--kind", "text", "--layout", "pca", "--limit", "60", "--title", "My shop"]
    result = CliRunner().invoke(main, [str(word) for word in words])

    assert result.exit_code == 0, result.output
    assert re.search(r"map\.html shows 60 products, \d+ of them with their picture", result.output)
    assert "A sample of 60 of 240 products is shown." in result.output
    assert "It took" in result.output
    assert "<title>My shop" in (tmp_path / "map.html").read_text("utf-8")
