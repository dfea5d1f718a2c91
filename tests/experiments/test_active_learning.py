import numpy as np
import pytest

from experiments.active.curve import Point, follow, labels_at, read_curve, write_curve
from experiments.active.head import Head
from experiments.active.pool import Pool
from experiments.active.strategies import STRATEGIES
from experiments.active_learning import write_page


@pytest.fixture(scope="module")
def pool():
    """Four leaves that a linear head can tell, each product three times."""
    rng = np.random.default_rng(0)
    labels = np.repeat(rng.integers(4, size=100), 3)
    vectors = 3 * np.eye(4, 6)[labels] + rng.standard_normal((300, 6))
    sides = {"train": np.arange(180), "val": np.arange(180, 240), "test": np.arange(240, 300)}
    groups = np.array([str(place // 3) for place in range(300)])
    return Pool(vectors.astype(np.float32), labels.astype(np.int64), groups, sides)


def point(labels, coverage, **changes):
    values = {"strategy": "ours", "seed": 0, "categories": 4, "accuracy": 0.9, "guaranteed": 0.0}
    return Point(
        labels=labels, coverage=coverage, reached=None, seconds=1.0, **{**values, **changes}
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_training_products_alone_are_asked_about_and_each_once(pool, strategy):
    asked = np.arange(30)
    left = np.arange(30, 180)
    probs = np.random.default_rng(1).dirichlet(np.ones(4), 150)
    chosen = STRATEGIES[strategy](pool, left, probs, asked, 40, 0)
    assert len(set(chosen.tolist())) == 40
    assert set(chosen.tolist()) <= set(left.tolist())


def test_a_head_gives_leaves_that_it_was_not_shown_no_chance(pool):
    shown = np.flatnonzero(pool.labels[:180] != 2)
    best = Head(pool, shown, seed=0).logits(pool.sides["test"]).argmax(axis=1)
    known = pool.labels[pool.sides["test"]] != 2
    assert 2 not in best
    assert (best == pool.labels[pool.sides["test"]])[known].mean() > 0.8


def test_a_curve_is_followed_until_its_end_or_the_goal(pool):
    curve = list(follow(pool, "ours", 0, points=[20, 60, 120], accuracy=0.9, goal=0.99))
    assert [p.labels for p in curve] == [20, 60, 120]
    assert curve[-1].accuracy > 0.8
    short = list(follow(pool, "ours", 0, points=[20, 60, 120], accuracy=0.5, goal=0.3))
    assert len(short) < 3


def test_the_goal_is_met_between_two_points():
    curve = [point(100, 0.4), point(400, 0.6), point(800, 0.7)]
    assert labels_at(curve, 0.5, "coverage") == pytest.approx(200)
    assert labels_at(curve, 0.3, "coverage") == 100
    assert labels_at(curve, 0.8, "coverage") is None


def test_a_curve_that_is_written_is_read_again(tmp_path):
    points = [point(100, 0.4), point(400, 0.5, guaranteed=0.25, seed=1)]
    write_curve(points, tmp_path / "curve.csv")
    assert read_curve(tmp_path / "curve.csv") == points


@pytest.mark.slow
def test_the_page_says_how_many_labels_each_takes_of_those_that_chance_does(tmp_path):
    points = [point(n, n / 1000, strategy="random") for n in range(100, 1000, 100)]
    points += [point(n, n / 500) for n in range(100, 500, 50)]
    write_page(points, 0.98, 0.8, tmp_path)
    text = (tmp_path / "README.md").read_text("utf-8")
    assert "| ours | 400 | 0.50 | 0.50 |" in text
    assert (tmp_path / "coverage.svg").read_bytes().startswith(b"<?xml")
