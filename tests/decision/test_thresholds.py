import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodcat.decision.decoding import Decoder, walk_down
from prodcat.decision.thresholds import fit_threshold, path_threshold, path_thresholds
from prodcat.errors import InputError

OWN = [("Shoes",), ("Shoes", "Boots"), ("Shoes", "Sandals"), ("Bags",)]
accuracies = st.sampled_from([0.0, 0.5, 0.6, 2 / 3, 0.75, 0.95, 1.0])


@given(
    st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.5, 0.7, 0.9, 1.0]), st.booleans())), accuracies
)
@settings(deadline=None)
def test_no_lower_threshold_keeps_the_accuracy(rows, accuracy):
    def kept(threshold):
        outcomes = [right for confidence, right in rows if confidence >= threshold]
        return sum(outcomes) / len(outcomes) >= accuracy

    good = [confidence for confidence, _ in rows if kept(confidence)]
    found = fit_threshold(*np.array(rows).reshape(-1, 2).T, accuracy=accuracy)
    assert found == min(good, default=None)


@pytest.mark.parametrize(
    ("confidence", "correct", "accuracy", "threshold"),
    [
        ([], [], 0.95, None),
        ([0.9, 0.1], [True, True], 1.0, 0.1),
        ([0.9, 0.1], [False, False], 0.5, None),
        ([0.9, 0.1], [False, False], 0.0, 0.1),
        ([0.9, 0.5, 0.5], [True, True, False], 1.0, 0.9),
        ([0.5, 0.5, 0.5], [True, True, False], 0.9, None),
        ([0.7] * 50, [True] * 49 + [False], 0.98, 0.7),
        ([0.9, 0.8, 0.7], [False, True, True], 0.6, 0.7),
    ],
    ids=["none", "right", "wrong", "any", "tie at the end", "one tie", "49 of 50", "late"],
)
def test_threshold_by_hand(confidence, correct, accuracy, threshold):
    assert fit_threshold(confidence, correct, accuracy=accuracy) == threshold


@pytest.mark.parametrize("accuracy", [-0.1, 95, math.nan])
def test_an_accuracy_that_is_no_share_is_refused(accuracy):
    with pytest.raises(InputError, match="share from 0 to 1"):
        fit_threshold([0.5], [True], accuracy=accuracy)
    with pytest.raises(InputError, match="share from 0 to 1"):
        path_threshold([[1.0]], [0], [("A",)], accuracy=accuracy)


@pytest.mark.parametrize(
    ("confidence", "correct"), [([math.nan], [True]), ([0.5], []), ([[0.5]], [[True]])]
)
def test_confidences_that_cannot_be_are_refused(confidence, correct):
    with pytest.raises(InputError, match="confidences"):
        fit_threshold(confidence, correct, accuracy=0.9)


def outcomes(probs, labels, threshold):
    """Of products answered one by one: whether each answer is right, and those of whole walks."""
    answers, whole = [], []
    for row, label in zip(probs, labels, strict=True):
        answer = walk_down(row, OWN, threshold=threshold)
        if answer is None:
            continue
        path = answer[0]
        right = label >= 0 and OWN[label][: len(path)] == path
        answers.append(right)
        if path == walk_down(row, OWN, threshold=0.0)[0]:
            whole.append(right)
    return answers, whole


def masses_on_way(row):
    """Probability of each category that the walk of a product comes by."""
    path = walk_down(row, OWN, threshold=0.0)[0]
    for depth in range(1, len(path) + 1):
        below = [p for p, leaf in zip(row, OWN, strict=True) if leaf[:depth] == path[:depth]]
        yield round(sum(below), 9)


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 5), min_size=4, max_size=4).filter(sum), st.integers(-1, 3)
        )
    ),
    accuracies,
)
@settings(deadline=None)
def test_no_lower_threshold_keeps_the_accuracy_of_answered_paths(rows, accuracy):
    probs = [[weight / sum(weights) for weight in weights] for weights, _ in rows]
    labels = [label for _, label in rows]

    def kept(threshold):
        answers, whole = outcomes(probs, labels, threshold)
        return np.mean(answers) >= accuracy and (not whole or np.mean(whole) >= accuracy)

    found = path_threshold(np.reshape(probs, (-1, 4)), labels, OWN, accuracy=accuracy)
    candidates = {mass for row in probs for mass in masses_on_way(row)}
    good = [t for t in candidates if kept(t)]
    assert found == min(good, default=None)


def test_ancestors_raise_the_threshold_where_they_break_the_promise():
    leaves = [("A", "x"), ("A", "y"), ("B", "x"), ("B", "y")]
    probs, labels = [[0.8, 0.2, 0.0, 0.0], [0.5, 0.45, 0.05, 0.0]], [0, 3]
    confidence, correct = np.max(probs, axis=1), np.argmax(probs, axis=1) == labels
    # At 0.8 the second product would be answered with A, which is wrong.
    assert fit_threshold(confidence, correct, accuracy=1.0) == 0.8
    assert path_threshold(probs, labels, leaves, accuracy=1.0) == 1.0


def test_easy_ancestors_do_not_pay_for_wrong_leaves():
    leaves = [("A", "x"), ("A", "y")]
    wrong_leaves, easy = [[0.9, 0.1]] * 2, [[0.5, 0.5]] * 98
    labels = [1, 1] + [0, 1] * 49
    # At 0.9 all 100 are answered with A and two of them with a wrong leaf.
    assert path_threshold(wrong_leaves + easy, labels, leaves, accuracy=0.98) == 1.0


def test_unknown_categories_are_wrong_answers():
    assert path_threshold([[1.0, 0.0]], [-1], [("A",), ("B",)], accuracy=0.5) is None


def test_without_products_there_is_no_threshold_for_paths():
    assert path_threshold(np.zeros((0, 2)), [], [("A",), ("B", "C")], accuracy=0.5) is None


def test_labels_and_probabilities_of_other_lengths_are_refused():
    with pytest.raises(InputError, match="Expected 1 whole numbers"):
        path_threshold([[1.0, 0.0]], [0, 1], [("A",), ("B",)], accuracy=0.5)


def test_thresholds_for_several_accuracies_are_those_of_each():
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.full(4, 0.4), size=300)
    labels = np.where(rng.random(300) < 0.8, probs.argmax(axis=1), rng.integers(0, 4, 300))
    goals = (0.8, 0.9, 0.95)

    together = path_thresholds(probs, labels, OWN, accuracies=iter(goals))

    alone = [path_threshold(probs, labels, OWN, accuracy=goal) for goal in goals]
    assert together == dict(zip(goals, alone, strict=True))
    assert None not in alone[:2]
    assert len(set(alone)) == 3


def test_the_tree_is_walked_once_for_all_accuracies(monkeypatch):
    walked, walk = [], Decoder._walk
    monkeypatch.setattr(Decoder, "_walk", lambda *args: walked.append(1) or walk(*args))

    path_thresholds([[0.4, 0.3, 0.2, 0.1]], [0], OWN, accuracies=(0.5, 0.9, 1.0))

    assert walked == [1]
