"""What a run said of its validation and test products, as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from prodcat.arrays import BoolArray, Float64Array, IntArray
from prodcat.product import PARTS
from prodcat.taxonomy.paths import split_path


@dataclass(frozen=True, eq=False)
class Side:
    """The predictions for one side's products, N of them, in the order of the file."""

    paths: tuple[str, ...]
    """Every leaf that a label or an answer names, in the order of the tree's paths."""
    ids: tuple[str, ...]
    labels: IntArray
    """Index in *paths* of the true category, (N,)."""
    leaves: IntArray
    """Index in *paths* of the leaf that stands for it, (N,): itself, an ancestor where it was too
    small to be taught, -1 where nothing was."""
    top: IntArray
    """Indices of the best leaves, (N, 5), best first; -1 where the model has no more."""
    top_probability: Float64Array
    """Their calibrated probabilities, (N, 5); 0 where there is no leaf."""
    probability: Float64Array
    """Calibrated, of the best leaf, (N,)."""
    raw_probability: Float64Array
    """Of the best leaf before calibration, (N,)."""
    thresholds: Mapping[float, Float64Array]
    """Accuracy → least probability at which each product is answered, (N,); inf for never. A run
    from before an accuracy was asked for lacks it."""
    answers: tuple[str, ...]
    """Path answered at the model's own accuracy, leaf or above; empty when it abstained."""
    names: tuple[str | None, ...]
    image_sha256: tuple[str | None, ...]
    has: Mapping[str, BoolArray]
    """Part → whether the answer made use of it, (N,)."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def best(self) -> IntArray:
        """Index in *paths* of the best leaf, (N,)."""
        return self.top[:, 0]

    @property
    def taught(self) -> BoolArray:
        """Whether the very category of each product is one that can be answered, (N,)."""
        return self.leaves == self.labels

    @cached_property
    def right(self) -> BoolArray:
        """Whether the best leaf is the true category or an ancestor of it, (N,)."""
        right = self.best == self.labels
        split = [split_path(path) for path in self.paths]
        # One by one, but only those that may be: an ancestor is right where the category itself was
        # not taught, and those are mostly few.
        for row in np.flatnonzero(~right & ~self.taught).tolist():
            above = split[self.best[row]]
            right[row] = split[self.labels[row]][: len(above)] == above
        return right

    def answered(self, accuracy: float) -> BoolArray:
        """Whether each product is answered with its best leaf at that accuracy, (N,)."""
        return self.probability >= self.thresholds[accuracy]

    def take(self, rows: IntArray) -> "Side":
        """Return these products alone, in this order."""
        places = rows.tolist()
        return Side(
            # All of them, or the indices would mean other paths.
            paths=self.paths,
            ids=tuple(self.ids[i] for i in places),
            labels=self.labels[rows],
            leaves=self.leaves[rows],
            top=self.top[rows],
            top_probability=self.top_probability[rows],
            probability=self.probability[rows],
            raw_probability=self.raw_probability[rows],
            thresholds={accuracy: values[rows] for accuracy, values in self.thresholds.items()},
            answers=tuple(self.answers[i] for i in places),
            names=tuple(self.names[i] for i in places),
            image_sha256=tuple(self.image_sha256[i] for i in places),
            has={part: values[rows] for part, values in self.has.items()},
        )


@dataclass(frozen=True, eq=False)
class Predictions:
    """Both sides of a run."""

    sides: Mapping[str, Side]

    def side(self, name: str) -> Side:
        """Return the side called ``val`` or ``test``; it may be without products."""
        return self.sides[name]

    @property
    def accuracies(self) -> tuple[float, ...]:
        """Those that the run has thresholds for."""
        # Both sides are cut from one file, and have the same columns.
        return tuple(next(iter(self.sides.values())).thresholds)

    @property
    def reads(self) -> tuple[str, ...]:
        """Parts that any answer made use of."""
        # Of both sides: on one, no product may have a description.
        return tuple(p for p in PARTS if any(s.has[p].any() for s in self.sides.values()))
