"""A product with something withheld, and what a model says of it.

Explaining needs to know no more of a model than this: it is handed whatever answers, and so can
stand before the room that runs models, whose predictor explains its own answers by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from prodcat.arrays import BoolArray, Float64Array, UInt8Array
from prodcat.inputs.text import says_something
from prodcat.product import PARTS, Prediction
from prodcat.taxonomy.paths import CategoryPath


@dataclass(frozen=True, eq=False)
class Variant:
    """A product as the model reads it, or as it would be without something."""

    name: str = ""
    description: str = ""
    pixels: UInt8Array | None = None
    """RGB, (3, H, W); None for no picture."""
    changed: bool = False
    """Whether something in the picture is covered."""

    @cached_property
    def used(self) -> tuple[str, ...]:
        """Which of name, description and image there are."""
        presence = (self.name, self.description, self.pixels is not None)
        return tuple(part for part, has in zip(PARTS, presence, strict=True) if has)

    def with_text(self, name: str, description: str) -> "Variant":
        """Return it with other texts; one that says nothing any more is absent."""
        return replace(
            self,
            name=name if says_something(name) else "",
            description=description if says_something(description) else "",
        )

    def covered(self, pixels: UInt8Array) -> "Variant":
        """Return it with a picture of which something is covered."""
        return replace(self, pixels=pixels, changed=True)

    def only(self, parts: Sequence[str]) -> "Variant":
        """Return it with these parts alone."""
        return Variant(
            self.name if "name" in parts else "",
            self.description if "description" in parts else "",
            self.pixels if "image" in parts else None,
            self.changed,
        )


class Answerer(Protocol):
    """Answers the variants of one product; remembers what it has embedded."""

    @property
    def leaf_paths(self) -> Sequence[CategoryPath]:
        """Path of each leaf, (C,)."""

    def log_probs(self, variants: Sequence[Variant]) -> Float64Array:
        """Return log-probabilities of the leaves, (N, C).

        All at the temperature of the whole product, so that what is compared differs by what is
        withheld alone. Of a variant of which nothing is left every leaf is equally probable.
        """

    def predict(self, variants: Sequence[Variant]) -> list[Prediction]:
        """Return the answers that a user would get, calibrated for the parts that there are."""

    def reach(self, name: str, description: str) -> tuple[int, int]:
        """Return how many characters of each the model reads."""


@dataclass(frozen=True, eq=False)
class Target:
    """What is explained: why the answer, and why it rather than another category."""

    path: CategoryPath
    """The category that is explained: the answer, or the best leaf where there is none."""
    preferred: CategoryPath
    """The first of the two that are compared."""
    rival: CategoryPath | None
    """The second; None where the tree has no other."""
    leaf_paths: Sequence[CategoryPath]

    @classmethod
    def of(cls, answer: Prediction, leaf_paths: Sequence[CategoryPath]) -> "Target":
        """Choose what to explain of an answer.

        An answer that is a leaf is compared with the best other leaf. Where it is none, what it
        could not decide between is: the two best categories a level below the answer.
        """
        leaf = answer.alternatives[0].path
        path = answer.path or leaf
        two = answer.between if len(answer.between) == 2 else answer.alternatives[:2]
        rival = two[1].path if len(two) == 2 else None
        return cls(path, two[0].path if two else path, rival, leaf_paths)

    def odds(self, log_probs: Float64Array) -> Float64Array:
        """Return the log-odds of the category against all others, (N,)."""
        inside, _, _ = self._below
        if inside.all():
            return np.zeros(len(log_probs))
        return log_sum(log_probs[:, inside]) - log_sum(log_probs[:, ~inside])

    def margins(self, log_probs: Float64Array) -> Float64Array:
        """Return the log-probability of the preferred category less that of its rival, (N,)."""
        _, preferred, rival = self._below
        if not rival.any():
            return np.zeros(len(log_probs))
        return log_sum(log_probs[:, preferred]) - log_sum(log_probs[:, rival])

    @cached_property
    def _below(self) -> tuple[BoolArray, BoolArray, BoolArray]:
        inside = below(self.path, self.leaf_paths)
        preferred = below(self.preferred, self.leaf_paths)
        if self.rival is None:
            return inside, preferred, np.zeros_like(inside)
        return inside, preferred, below(self.rival, self.leaf_paths)


@dataclass(frozen=True)
class Influence:
    """What something in a product did to the answer, in natural logarithms.

    0.7 is twice as likely, 2.3 ten times; below 0 it speaks against it.
    """

    answer: float
    """By how much the log-odds of the answer fall where it is withheld."""
    rather: float
    """The same of the answer against its rival alone: the log-ratio of the two."""

    def to_dict(self) -> dict[str, float]:
        """Return plain numbers."""
        return {"influence": round(self.answer, 4), "against_rival": round(self.rather, 4)}


def influences(target: Target, whole: Float64Array, without: Float64Array) -> list[Influence]:
    """Compare answers with that to the whole product.

    Args:
        target: What is explained.
        whole: Log-probabilities of the whole product, (1, C).
        without: Those with something withheld, (N, C).
    """
    odds = target.odds(whole) - target.odds(without)
    margins = target.margins(whole) - target.margins(without)
    return [Influence(float(o), float(m)) for o, m in zip(odds, margins, strict=True)]


def below(path: CategoryPath, leaf_paths: Sequence[CategoryPath]) -> BoolArray:
    """Whether each leaf is this category or lies below it, (C,).

    >>> below(("Shoes",), [("Shoes", "Boots"), ("Bags",)]).tolist()
    [True, False]
    """
    return np.array([leaf[: len(path)] == path for leaf in leaf_paths])


def log_sum(log_probs: Float64Array) -> Float64Array:
    """Return log Σ exp along the last axis, (N,)."""
    highest = log_probs.max(axis=1)
    sums: Float64Array = highest + np.log(np.exp(log_probs - highest[:, None]).sum(axis=1))
    return sums
