"""The lowest threshold at which answers are right as often as promised.

Answering only above a threshold is selective classification (Geifman and El-Yaniv 2017).
The promise is kept on the products given; on new ones it holds about as well as these
resemble them, without the safety margin of that paper's bound.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from prodcat.arrays import Float64Array, IntArray, check_accuracy, check_confidence
from prodcat.decision.decoding import BILLION, Decoder, Walks
from prodcat.taxonomy.paths import CategoryPath


def fit_threshold(confidence: ArrayLike, correct: ArrayLike, *, accuracy: float) -> float | None:
    """Find the lowest threshold above which answers are right often enough.

    Args:
        confidence: Probability of each answer, (N,).
        correct: Whether each answer is right, (N,).
        accuracy: Least share of right answers among those at or above the threshold.

    Returns:
        A confidence among those given, or None when no threshold reaches the accuracy.
        Equally confident products are answered together or not at all.

    Raises:
        InputError: If the arrays differ in length or a confidence is NaN.

    >>> fit_threshold([0.9, 0.8, 0.7, 0.6], [True, True, False, False], accuracy=0.66)
    0.7
    >>> fit_threshold([0.9, 0.8], [False, True], accuracy=0.9)
    """
    sure, right = check_confidence(confidence, correct)
    check_accuracy(accuracy)
    if not len(sure):
        return None
    order = np.argsort(-sure, kind="stable")
    sure, right = sure[order], right[order]
    # Division, not multiplication: 49 / 50 is the very float that 0.98 is.
    reached = np.cumsum(right) / np.arange(1, len(sure) + 1) >= accuracy
    last_of_tie = np.append(sure[1:] < sure[:-1], True)
    ends = np.flatnonzero(reached & last_of_tie)
    return float(sure[ends[-1]]) if len(ends) else None


def path_threshold(
    probs: ArrayLike, labels: ArrayLike, leaf_paths: Sequence[CategoryPath], *, accuracy: float
) -> float | None:
    """Find the lowest threshold at which answered paths are right often enough.

    A threshold fitted on leaves alone keeps no promise for ancestors: those come from
    the very products whose leaf was not sure enough. Here each product is answered as
    `walk_down` would. A path is right if the true leaf is at its end or below it. Both
    all answers together and those that went down to a leaf must be right often enough,
    so that easy ancestors cannot pay for wrong leaves.

    Args:
        probs: Calibrated probability of each leaf, (N, C), on validation products.
        labels: Index of each true leaf, (N,); -1, a category the model does not have,
            makes every answer wrong.
        leaf_paths: Path of each leaf, (C,).
        accuracy: Least share of right answers among the answers.

    Returns:
        A threshold in whole billionths, or None when none reaches the accuracy.

    Raises:
        InputError: If a probability, a label, a path or the accuracy cannot be one.

    >>> leaves = [("Shoes", "Boots"), ("Shoes", "Sandals"), ("Bags",)]
    >>> path_threshold([[0.5, 0.375, 0.125], [0.75, 0.125, 0.125]], [1, 0], leaves, accuracy=1)
    0.75
    """
    return path_thresholds(probs, labels, leaf_paths, accuracies=(accuracy,))[accuracy]


def path_thresholds(
    probs: ArrayLike,
    labels: ArrayLike,
    leaf_paths: Sequence[CategoryPath],
    *,
    accuracies: Iterable[float],
) -> dict[float, float | None]:
    """Find the `path_threshold` of each of several accuracies, on one walk down the tree."""
    goals = tuple(accuracies)
    for accuracy in goals:
        check_accuracy(accuracy)
    decoder = Decoder(leaf_paths)
    walks = decoder.walk(probs)
    outcomes = _answers_by_threshold(walks, decoder.gold(labels, rows=len(walks.nodes)))
    return {accuracy: _lowest(outcomes, accuracy) for accuracy in goals}


@dataclass(frozen=True, eq=False)
class _Outcomes:
    """What becomes of the answers when the threshold falls to each mass on the walks, (M,)."""

    masses: IntArray
    """In billionths, falling."""
    accuracy: Float64Array
    """Share of right answers among all."""
    leaf_accuracy: Float64Array
    """Among those that go down to a leaf; 1 where none does yet."""


def _answers_by_threshold(walks: Walks, gold: IntArray) -> _Outcomes:
    right, on_way = walks.nodes == gold, walks.nodes >= 0
    # Going down the thresholds, each node reached changes its product's answer.
    first = np.zeros_like(on_way)
    first[:, :1] = True
    last = on_way & ~np.pad(on_way[:, 1:], ((0, 0), (0, 1)))
    gained = right.astype(np.int64) - np.pad(right[:, :-1], ((0, 0), (1, 0)))
    changes = np.stack([first, gained, last, last & right], axis=-1)[on_way]
    order = np.argsort(-walks.masses[on_way], kind="stable")
    answered, answers_right, whole, whole_right = np.cumsum(changes[order], axis=0).T
    return _Outcomes(
        walks.masses[on_way][order],
        answers_right / np.maximum(answered, 1),
        np.where(whole == 0, 1.0, whole_right / np.maximum(whole, 1)),
    )


def _lowest(outcomes: _Outcomes, accuracy: float) -> float | None:
    masses = outcomes.masses
    good = (outcomes.accuracy >= accuracy) & (outcomes.leaf_accuracy >= accuracy)
    last_of_tie = np.append(masses[1:] < masses[:-1], True)[: len(masses)]
    ends = np.flatnonzero(good & last_of_tie)
    return float(masses[ends[-1]] / BILLION) if len(ends) else None
