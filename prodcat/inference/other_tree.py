"""Answers of a model told in another tree: by a mapping, or because the model was moved there."""

from dataclasses import replace

import numpy as np

from prodcat.arrays import Float64Array
from prodcat.decision.decoding import Decision, Decoder
from prodcat.taxonomy.paths import CategoryPath
from prodcat.taxonomy.translated import TranslatedLeaves

NOWHERE: CategoryPath = ("\0",)
"""Stands for all leaves that have no place in the tree; no category of a file has such a name."""
TOP = 5


class OtherTree:
    """Decides on products in another tree than that of a model's leaves.

    Calibrated probabilities of leaves that are one there add up, so that the answer is the same
    walk down another tree, and as sure as it says.

    Args:
        leaves: What each leaf is there.
    """

    def __init__(self, leaves: TranslatedLeaves) -> None:
        self.leaves, self.paths = leaves, leaves.paths
        self._places = np.array([len(self.paths) if p is None else p for p in leaves.places])
        self._has_nowhere = None in leaves.places
        columns = (*self.paths, NOWHERE) if self._has_nowhere else self.paths
        # One more than is shown, for the one that is not.
        self._decoder = Decoder(columns, top=TOP + 1)
        self._columns = len(columns)

    def probabilities(self, probs: Float64Array) -> Float64Array:
        """Return the probability of each of `paths`, (N, P), and of none of them, if there is.

        Args:
            probs: Of the model's leaves, (N, C).
        """
        summed = np.zeros((self._columns, len(probs)))
        np.add.at(summed, self._places, probs.T)
        return summed.T

    def decode(self, probs: Float64Array, thresholds: Float64Array) -> list[tuple[Decision, bool]]:
        """Answer a batch of products, see `Decoder.decode`.

        Returns:
            Each decision, whose best leaves are numbered as `paths`, and whether there is none
            since the product belongs to what has no place in this tree.
        """
        decisions = self._decoder.decode(self.probabilities(probs), thresholds)
        return [self._told(decision) for decision in decisions]

    def _told(self, decision: Decision) -> tuple[Decision, bool]:
        top = tuple(leaf for leaf in decision.top if leaf[0] < len(self.paths))[:TOP]
        between = tuple(branch for branch in decision.between if branch[0] != NOWHERE)
        told = replace(decision, top=top, between=between)
        if decision.path != NOWHERE:
            return told, False
        probability = top[0][1] if top else 0.0
        return replace(told, path=(), probability=probability, abstained=True), True
