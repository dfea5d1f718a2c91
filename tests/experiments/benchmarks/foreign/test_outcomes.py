import numpy as np
import pytest

from experiments.benchmarks.foreign.outcomes import auroc, judge
from experiments.benchmarks.foreign.trial import Answered

BOOTS, SANDALS, BAGS = ("Shoes", "Boots"), ("Shoes", "Sandals"), ("Bags",)
LEAVES = (BOOTS, SANDALS)


@pytest.fixture
def outcome():
    """Ten kept products, all answered rightly, and four foreign ones, one of them unsure."""
    labels = np.array([0, 1] * 5 + [-1] * 4)
    sure = np.where(labels == 1, -1, 1)[:, None] * np.array([[20.0, -20.0]])
    sure[-1] = 0.0
    novelty = np.array([*range(10), 9.5, 20, 3, 30], dtype=float)
    answered = Answered(np.arange(14), labels, sure, {"drawn": novelty})
    # One of the foreign products is of a category above which an answer could be right.
    paths = [LEAVES[i] for i in labels[:10]] + [BAGS, BAGS, BAGS, ("Shoes", "Clogs")]
    return judge(answered, LEAVES, paths)


def test_products_are_counted(outcome):
    assert (outcome.foreign, outcome.kept, outcome.accuracy) == (4, 10, 1.0)


def test_without_a_limit_all_that_are_sure_are_answered(outcome):
    # The unsure one is answered with "Shoes", and rightly.
    assert (outcome.without.answered, outcome.without.wrong) == (1.0, 0.75)
    assert outcome.without.lost == 0.0


def test_a_limit_leaves_what_is_not_more_novel(outcome):
    # The 99 % quantile of 0 to 9 is 8.91: left is the foreign product at 3, lost the kept one at 9.
    at = outcome.scores["drawn"].at[0.99]
    assert (at.answered, at.wrong, at.lost) == (0.25, 0.25, 0.1)


def test_auroc_counts_pairs(outcome):
    # 9.5, 20 and 30 are above all ten; 3 is above three and level with a fourth.
    assert outcome.scores["drawn"].auroc == pytest.approx((30 + 3.5) / 40)
    assert auroc(np.array([1.0, 1.0]), np.array([True, False])) == 0.5
