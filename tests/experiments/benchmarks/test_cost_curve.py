"""What accuracy and coverage cost, on a toy."""

import numpy as np
import pytest

from experiments.benchmarks.cost_curve import (
    Contestant,
    best_line,
    build_contestants,
    draw,
    load,
    measure,
    section,
    time_in_turns,
)
from prodcat.config import DataConfig
from prodcat.corpus.store import Corpus
from prodcat.data.labels import build_task
from prodcat.errors import InputError


def row(name, ms, accuracy):
    return {
        "model": name,
        "bulk_ms": ms,
        "one_product_ms": 2 * ms,
        "megabytes": 20.4,
        "accuracy": accuracy,
        "macro_f1": 0.5,
        "coverage_at_98": 0.25,
        "accuracy_at_98": None,
    }


ROWS = [row("large", 8.0, 0.97), row("small", 2.0, 0.96), row("poor", 3.0, 0.9)]


def test_speed_is_told_against_the_first():
    small = section(ROWS).rows[1]
    assert small == ["small", "0.9600", "0.500", "0.250", "–", "2.00", "4.0", "4.0", "20"]


def test_the_line_is_of_those_that_nothing_quicker_beats():
    assert [r["model"] for r in best_line(ROWS, "accuracy")] == ["small", "large"]


def test_the_chart_names_every_model_and_is_the_same_each_time(tmp_path):
    for name in ("a.svg", "b.svg"):
        draw(ROWS, tmp_path / name)
    text = (tmp_path / "a.svg").read_text()
    assert all(f"{number}  {r['model']}<" in text for number, r in enumerate(ROWS, 1))
    assert text == (tmp_path / "b.svg").read_text()


def test_contestants_take_turns():
    asked = []

    def contestant(name):
        return Contestant(lambda products: asked.append((name, len(products))), 0)

    times = time_in_turns({"a": contestant("a"), "b": contestant("b")}, [[1, 2], [3]])
    assert set(times) == {"a", "b"}
    warm, turns = asked[:2], asked[2:]
    assert warm == [("a", 2), ("b", 2)]
    assert turns == [("a", 2), ("b", 2), ("b", 1), ("a", 1)]


@pytest.fixture(scope="module")
def toy(toy_corpus):
    with Corpus.open(toy_corpus, read_only=True) as corpus:
        task = build_task(corpus, DataConfig())
        yield task, [load(row, corpus) for row in task.sides["test"].rows]


@pytest.mark.slow
def test_models_cascades_and_tfidf_are_measured(toy, toy_run):
    task, products = toy
    model = f"toy={toy_run / 'model'}"
    found = build_contestants([model], ["toy+toy"], task)
    assert list(found) == ["toy", "toy, then toy", "TF-IDF + LinearSVC"]
    told = {n: measure(c.answer(products), task, task.sides["test"]) for n, c in found.items()}
    assert told["toy"]["accuracy"] > 0.8
    assert told["toy"] == told["toy, then toy"]
    assert 0 < told["TF-IDF + LinearSVC"]["accuracy"] < 1
    assert found["toy, then toy"].model_bytes == 2 * found["toy"].model_bytes > 0


def test_measures_by_hand(toy):
    task, _ = toy
    side = task.sides["test"]
    labels = np.array(side.labels)
    told = measure((labels, np.arange(len(labels)) == 0), task, side)
    assert (told["accuracy"], told["parent_accuracy"], told["accuracy_at_98"]) == (1, 1, 1)
    assert told["coverage_at_98"] == pytest.approx(1 / len(labels))
    never = measure((np.full(len(labels), len(task.leaf_ids)), labels < 0), task, side)
    assert (never["accuracy"], never["coverage_at_98"], never["accuracy_at_98"]) == (0, 0, None)


def test_a_cascade_of_a_model_that_is_not_named_is_refused(toy, toy_run):
    with pytest.raises(InputError, match="names 'small'"):
        build_contestants([f"toy={toy_run / 'model'}"], ["small+toy"], toy[0])
