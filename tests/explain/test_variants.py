"""What is withheld, and what it is compared for."""

import numpy as np
import pytest

from prodcat.explain.variants import Target, below, influences
from prodcat.product import Alternative, Prediction
from tests.explain.answerers import BAGS, BOOTS, LEAVES, SANDALS, product, red_square


def prediction(path, between=()):
    best = tuple(Alternative(leaf, p) for leaf, p in zip(LEAVES, (0.6, 0.3, 0.1), strict=True))
    return Prediction(
        path, 0.6, abstained=not path, alternatives=best, used=("name",), between=between
    )


def test_an_answered_leaf_is_compared_with_the_next_one():
    target = Target.of(prediction(BOOTS), LEAVES)
    assert (target.path, target.preferred, target.rival) == (BOOTS, BOOTS, SANDALS)


def test_what_it_could_not_decide_between_is_compared():
    between = (Alternative(("Shoes",), 0.5), Alternative(BAGS, 0.4))
    target = Target.of(prediction((), between), LEAVES)
    assert (target.path, target.preferred, target.rival) == (BOOTS, ("Shoes",), BAGS)


def test_influences_are_differences_of_log_odds_and_of_log_ratios():
    whole, without = np.log([[0.8, 0.1, 0.1]]), np.log([[0.5, 0.25, 0.25]])
    (found,) = influences(Target.of(prediction(BOOTS), LEAVES), whole, without)
    assert found.answer == pytest.approx(np.log((0.8 / 0.2) / (0.5 / 0.5)))
    assert found.rather == pytest.approx(np.log((0.8 / 0.1) / (0.5 / 0.25)))


def test_a_category_is_as_probable_as_its_leaves_together():
    target = Target.of(prediction(("Shoes",)), LEAVES)
    odds = target.odds(np.log([[0.5, 0.25, 0.25]]))
    assert odds[0] == pytest.approx(np.log(3))


def test_a_tree_of_one_category_has_nothing_to_tell_apart():
    only = (BOOTS,)
    answer = Prediction(BOOTS, 1.0, alternatives=(Alternative(BOOTS, 1.0),), used=("name",))
    (found,) = influences(Target.of(answer, only), np.zeros((1, 1)), np.zeros((1, 1)))
    assert (found.answer, found.rather) == (0.0, 0.0)


def test_a_path_is_not_below_another_that_begins_alike():
    assert below(("Shoe",), LEAVES).tolist() == [False, False, False]


def test_a_text_that_says_nothing_any_more_is_absent():
    whole = product("Boots", "Fine.", red_square((0, 0)))
    assert whole.with_text("!", "Fine.").used == ("description", "image")
    assert whole.only(["image"]).used == ("image",)
