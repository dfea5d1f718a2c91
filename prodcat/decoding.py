"""From calibrated probabilities to one path of the tree, or to no answer.

A category is as probable as all the leaves below it together. The answer goes down
the most probable branch while that is probable enough, so it may end at an ancestor
where the leaf is not sure enough.

Probabilities are compared, and given, in whole billionths. Sums of floats differ in
their last bits by the order of adding; without rounding 0.1 + 0.2 would reach a
threshold of 0.3 in one order and miss it in another, and a product could be answered
differently alone than in a batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from prodcat.calibration import (
    Calibration,
    FloatArray,
    IntArray,
    blocks,
    check_accuracy,
    check_labels,
    pattern_of,
    softmax,
)
from prodcat.errors import InputError

Path = tuple[str, ...]

FINE = 2.0**48
"""Leaf probabilities are whole numbers of 1 / FINE, whose float sums are exact in any order."""
BILLION = 1_000_000_000


@dataclass(frozen=True)
class Decision:
    """The answer for one product."""

    path: Path
    """Names from the root to the answer; empty when abstained."""
    probability: float
    """Of the answer, the threshold at least; of the best leaf when abstained."""
    abstained: bool
    top: tuple[tuple[int, float], ...]
    """Index and probability of the best leaves, most probable first."""


def walk_down(
    probs: Sequence[float], leaf_paths: Sequence[Path], *, threshold: float
) -> tuple[Path, float] | None:
    """Follow the most probable branch down the tree while it is probable enough.

    A category is as probable as all the leaves below it together, so the answer
    is always one path of the tree: never boots without shoes.

    A path may be the beginning of others, when a category has products of its own
    besides those of its children. The walk ends there when those are more probable
    than each child. Of equals, the first in *leaf_paths* is taken.

    Args:
        probs: Calibrated probability of each leaf, (C,), summing to 1.
        leaf_paths: Path of each leaf, (C,).
        threshold: Least probability to answer with, 0 to 1, compared in billionths;
            infinite to abstain.

    Returns:
        The category's path and its probability, or None to abstain.

    Raises:
        InputError: If the paths are no tree, or the probabilities none.

    >>> leaves = [("Shoes", "Boots"), ("Shoes", "Sandals"), ("Bags",)]
    >>> walk_down([0.5, 0.375, 0.125], leaves, threshold=0.4)
    (('Shoes', 'Boots'), 0.5)
    >>> walk_down([0.5, 0.375, 0.125], leaves, threshold=0.8)
    (('Shoes',), 0.875)
    >>> walk_down([0.5, 0.375, 0.125], leaves, threshold=0.9)
    """
    _check_paths(leaf_paths)
    least = float(np.rint(check_thresholds(threshold, rows=1) * BILLION)[0])
    fine = [round(p * FINE) for p in _check_probs([probs], classes=len(leaf_paths))[0].tolist()]
    path: Path = ()
    answer = None
    while True:
        depth = len(path)
        masses: dict[Path, int] = {}
        for leaf, mass in zip(leaf_paths, fine, strict=True):
            if leaf[:depth] == path:
                branch = leaf[: depth + 1]
                masses[branch] = masses.get(branch, 0) + mass
        billionths = {
            branch: min(round(mass / FINE * BILLION), BILLION) for branch, mass in masses.items()
        }
        best = max(billionths, key=lambda branch: (billionths[branch], branch == path))
        if best == path or billionths[best] < least:
            return answer
        path = best
        answer = path, max(billionths[path] / BILLION, threshold)


class Decoder:
    """Answers many products at once, each as `walk_down` would.

    >>> decoder = Decoder([("Shoes", "Boots"), ("Shoes", "Sandals"), ("Bags",)], top=1)
    >>> for decision in decoder.decode([[0.5, 0.375, 0.125]] * 3, [0.4, 0.8, 0.9]):
    ...     print(decision.path, decision.probability, decision.top)
    ('Shoes', 'Boots') 0.5 ((0, 0.5),)
    ('Shoes',) 0.875 ((0, 0.5),)
    () 0.5 ((0, 0.5),)
    """

    def __init__(self, leaf_paths: Sequence[Path], *, top: int = 5) -> None:
        _check_paths(leaf_paths)
        self.leaf_paths = tuple(leaf_paths)
        self.top = min(top, len(self.leaf_paths))
        nodes: dict[Path, int] = {}
        """Every category, numbered as the leaves first name them."""
        chains = [
            tuple(nodes.setdefault(path[: i + 1], len(nodes)) for i in range(len(path)))
            for path in self.leaf_paths
        ]
        self.node_paths = tuple(nodes)
        self._depth = max(map(len, chains))
        self._lay_columns(chains)
        self._gold = np.full((len(chains) + 1, self._depth), -2)
        for row, chain in zip(self._gold, chains, strict=False):
            row[: len(chain)] = chain

    def _lay_columns(self, chains: Sequence[tuple[int, ...]]) -> None:
        """Order the leaves so that each node's lie side by side, and list its branches.

        A column of masses is a node, or what a node with children has of its own, or
        the last: a filler less probable than any.
        """
        self._order = np.array(sorted(range(len(chains)), key=chains.__getitem__))
        spans: dict[int, tuple[int, int]] = {}
        branches: list[list[int]] = [[] for _ in range(len(self.node_paths) + 1)]
        for place, leaf in enumerate(self._order.tolist()):
            above = len(self.node_paths)  # the root of all
            for node in chains[leaf]:
                if node not in spans:
                    branches[above].append(node)
                spans[node] = spans.get(node, (place, 0))[0], place + 1
                above = node
        columns = [spans[node] for node in range(len(self.node_paths))]
        places = np.argsort(self._order).tolist()
        for leaf, chain in enumerate(chains):
            if branches[chain[-1]]:
                branches[chain[-1]].insert(0, len(columns))
                columns.append((places[leaf], places[leaf] + 1))
        self._starts, self._ends = np.array(columns).T
        self._branches = np.full((len(branches), max(map(len, branches))), len(columns))
        for row, found in zip(self._branches, branches, strict=True):
            row[: len(found)] = found

    def decode(self, probs: ArrayLike, thresholds: ArrayLike) -> list[Decision]:
        """Answer a batch of products.

        Args:
            probs: Calibrated probability of each leaf, (N, C), each row summing to 1.
            thresholds: Least probability to answer with, one for all or (N,), 0 to 1,
                compared in billionths; infinite to abstain.

        Raises:
            InputError: If a probability or a threshold cannot be one, or shapes differ.
        """
        checked = _check_probs(probs, classes=len(self.leaf_paths))
        least = check_thresholds(thresholds, rows=len(checked))
        nodes, masses = self.walk(checked)
        depths = (masses >= np.rint(least * BILLION)[:, None]).sum(axis=1)
        leaves, best = self._best(checked)
        decisions = []
        for row, depth in enumerate(depths.tolist()):
            top = tuple(zip(leaves[row].tolist(), best[row].tolist(), strict=True))
            if depth:
                path = self.node_paths[nodes[row, depth - 1]]
                probability = float(max(masses[row, depth - 1] / BILLION, least[row]))
            else:
                path, probability = (), top[0][1]
            decisions.append(Decision(path, probability, depth == 0, top))
        return decisions

    def walk(self, probs: ArrayLike) -> tuple[IntArray, IntArray]:
        """Follow the most probable branch of each product as far down as it goes.

        Returns:
            Index in `node_paths` of each node on the way, (N, depth), -1 after the end;
            and its probability in billionths, likewise.
        """
        checked = _check_probs(probs, classes=len(self.leaf_paths))
        nodes = np.full((len(checked), self._depth), -1, dtype=np.int64)
        masses = nodes.copy()
        for part in blocks(len(checked), len(self._starts) + self._branches.shape[1]):
            columns = self._column_masses(checked[part])
            rows = np.arange(len(columns))
            now = np.full(len(columns), len(self.node_paths))
            for level in range(self._depth):
                branches = self._branches[now[rows]]
                best = branches[
                    np.arange(len(rows)), columns[rows[:, None], branches].argmax(axis=1)
                ]
                down = best < len(self.node_paths)
                rows, best = rows[down], best[down]
                now[rows] = best
                nodes[part][rows, level] = best
                masses[part][rows, level] = columns[rows, best]
        return nodes, masses

    def gold(self, labels: ArrayLike, *, rows: int) -> IntArray:
        """Index of each node above and at the true leaf, (N, depth); -2 where there is none."""
        return self._gold[check_labels(labels, rows=rows, classes=len(self.leaf_paths))]

    def _column_masses(self, probs: FloatArray) -> FloatArray:
        fine = np.rint(probs[:, self._order] * FINE)
        below = np.pad(np.cumsum(fine, axis=1), ((0, 0), (1, 0)))
        masses = below[:, self._ends] - below[:, self._starts]
        billionths = np.minimum(np.rint(masses / FINE * BILLION), BILLION)
        return np.pad(billionths, ((0, 0), (0, 1)), constant_values=-1)

    def _best(self, probs: FloatArray) -> tuple[IntArray, FloatArray]:
        """Index and probability of the best leaves, (N, top); of equals the first."""
        left, rows = probs.copy(), np.arange(len(probs))
        leaves = np.empty((len(probs), self.top), dtype=np.int64)
        for place in range(self.top):
            leaves[:, place] = left.argmax(axis=1)
            left[rows, leaves[:, place]] = -1
        best = np.take_along_axis(probs, leaves, axis=1)
        return leaves, np.minimum(np.rint(best * BILLION), BILLION) / BILLION


def path_threshold(
    probs: ArrayLike, labels: ArrayLike, leaf_paths: Sequence[Path], *, accuracy: float
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
    check_accuracy(accuracy)
    decoder = Decoder(leaf_paths)
    nodes, masses = decoder.walk(probs)
    right = nodes == decoder.gold(labels, rows=len(nodes))
    on_way = nodes >= 0
    # Going down the thresholds, each node reached changes its product's answer.
    first = np.zeros_like(on_way)
    first[:, :1] = True
    last = on_way & ~np.pad(on_way[:, 1:], ((0, 0), (0, 1)))
    gained = right.astype(np.int64) - np.pad(right[:, :-1], ((0, 0), (1, 0)))
    changes = np.stack([first, gained, last, last & right], axis=-1)[on_way]
    order = np.argsort(-masses[on_way], kind="stable")
    reached = masses[on_way][order]
    answered, answers_right, whole, whole_right = np.cumsum(changes[order], axis=0).T
    good = (answers_right / np.maximum(answered, 1) >= accuracy) & (
        (whole == 0) | (whole_right / np.maximum(whole, 1) >= accuracy)
    )
    last_of_tie = np.append(reached[1:] < reached[:-1], True)[: len(reached)]
    ends = np.flatnonzero(good & last_of_tie)
    return float(reached[ends[-1]] / BILLION) if len(ends) else None


def fit_path_thresholds(
    calibration: Calibration,
    logits_by_pattern: Mapping[str, ArrayLike],
    labels: ArrayLike | Mapping[str, ArrayLike],
    leaf_paths: Sequence[Path],
) -> Calibration:
    """Add to each pattern the thresholds of `path_threshold`, for its own accuracies.

    Args:
        calibration: Fitted by `fit_calibration` on the same products.
        logits_by_pattern: As for `fit_calibration`.
        labels: As for `fit_calibration`.
        leaf_paths: Path of each leaf, (C,).

    Raises:
        InputError: If an input cannot be one, or a pattern was not fitted before.
    """
    patterns = dict(calibration.patterns)
    for given, logits in logits_by_pattern.items():
        pattern = pattern_of(given.split("+"))
        if pattern not in patterns:
            raise InputError(f"No temperature was fitted for products with {pattern!r}.")
        fitted = patterns[pattern]
        probs = softmax(logits, fitted.temperature)
        truth = labels[given] if isinstance(labels, Mapping) else labels
        thresholds = {
            a: path_threshold(probs, truth, leaf_paths, accuracy=a) for a in fitted.thresholds
        }
        patterns[pattern] = replace(fitted, path_thresholds=thresholds)
    return replace(calibration, patterns=patterns)


def check_thresholds(thresholds: ArrayLike, *, rows: int) -> FloatArray:
    """Return one threshold for each product, or say what is wrong with them."""
    given = np.asarray(thresholds, dtype=np.float64)
    if given.ndim and given.shape != (rows,):
        raise InputError(f"Expected one threshold or {rows}, found {given.shape}.")
    if not (((given >= 0) & (given <= 1)) | (given == np.inf)).all():
        raise InputError("A threshold is a probability from 0 to 1, or infinite to abstain.")
    return np.broadcast_to(given, rows)


def _check_paths(leaf_paths: Sequence[Path]) -> None:
    if not leaf_paths:
        raise InputError("A tree needs at least one leaf path.")
    for path in leaf_paths:
        if not isinstance(path, tuple) or not path:
            raise InputError(f"A path is a tuple of one or more names, found {path!r}.")
    if len(set(leaf_paths)) < len(leaf_paths):
        twice = next(path for path in leaf_paths if list(leaf_paths).count(path) > 1)
        raise InputError(f"The path {twice!r} appears twice; each leaf has its own.")


def _check_probs(probs: ArrayLike, *, classes: int) -> FloatArray:
    checked = np.asarray(probs, dtype=np.float64)
    if checked.ndim != 2 or checked.shape[1] != classes:
        raise InputError(f"Expected probabilities of shape (N, {classes}), found {checked.shape}.")
    sums = checked.sum(axis=1)
    broken = np.flatnonzero(~((np.abs(sums - 1) <= 1e-3) & (checked >= 0).all(axis=1)))
    if len(broken):
        raise InputError(
            f"Row {broken[0]} holds no probabilities: they must be 0 or more and sum to 1,"
            f" but sum to {sums[broken[0]]:.6g}."
        )
    return checked
