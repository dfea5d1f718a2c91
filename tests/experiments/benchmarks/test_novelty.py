"""The whole trial, on drawn products with encoders at random."""

import sys

import pytest
import yaml

from experiments.benchmarks.foreign.trial import PATTERNS
from experiments.benchmarks.novelty import main, spread
from prodcat.errors import ConfigError
from tests.toy import draw_corpus
from tests.training.runs import toy_settings


@pytest.fixture(scope="module")
def recipe(toy_encoder, tmp_path_factory):
    settings = toy_settings(toy_encoder, max_epochs=4, patience=4)
    settings["text"]["frozen"] = settings["image"]["frozen"] = True
    file = tmp_path_factory.mktemp("recipe") / "recipe.yaml"
    file.write_text(yaml.safe_dump(settings))
    return file


@pytest.fixture(scope="module")
def page(recipe, tmp_path_factory):
    """What the command writes of two branches."""
    folder = tmp_path_factory.mktemp("novelty")
    corpus, out = draw_corpus(folder), folder / "novelty.md"
    run(corpus, "--config", recipe, "--branch", "Shoes", "--branch", "Bags", "--out", out)
    return out.read_text("utf-8")


def run(*words):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["novelty", *map(str, words)])
        main()


@pytest.mark.slow
@pytest.mark.parametrize("pattern", PATTERNS)
def test_each_pattern_has_its_tables(page, pattern):
    by_score, by_branch = (
        next(part for part in page.split("\n## ") if part.startswith(f"{title}, {pattern}"))
        for title in ("By score", "By branch")
    )
    names = [line.split(" | ")[0] for line in by_score.splitlines() if line.startswith("| ")]
    assert names[2:] == [
        "| no limit",
        "| highest logit",
        "| energy",
        "| norm of logits",
        "| highest probability",
        "| entropy",
        "| distance to means",
        "| distance to neighbours",
    ]
    names = [line.split(" | ")[0] for line in by_branch.splitlines() if line.startswith("| ")]
    assert names[2:] == ["| Shoes", "| Bags"]


@pytest.mark.slow
def test_encoders_that_are_trained_are_refused(recipe, toy_corpus):
    with pytest.raises(ConfigError, match="frozen"):
        run(toy_corpus, "--config", recipe, "--set", "text.frozen=false")


def test_spread_is_that_of_the_branches():
    assert spread([1.0, 3.0], "{:.1f}".format) == "2.0 ± 1.4"
    assert spread([1.0], "{:.1f}".format) == "1.0"
