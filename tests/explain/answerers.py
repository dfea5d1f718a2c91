"""A model that a reader can follow by hand, and what it is asked."""

import numpy as np

from prodcat.explain.variants import Target, Variant
from prodcat.product import Alternative, Prediction

BOOTS, SANDALS, BAGS = ("Shoes", "Boots"), ("Shoes", "Sandals"), ("Bags",)
LEAVES = (BOOTS, SANDALS, BAGS)
VOTES = {
    "boots": (3.0, 0.0, 0.0),
    "strap": (0.0, 2.0, 0.0),
    "leather": (1.0, 0.0, 0.0),
    "handle": (0.0, 0.0, 1.0),
}


class VotingAnswerer:
    """Adds up a vote for each known word wherever it stands, and one for each red pixel.

    Args:
        reach: How many characters of name and description it reads.
    """

    def __init__(self, reach=(1000, 1000)):
        self.leaf_paths = LEAVES
        self.limits = reach
        self.asked = 0

    def log_probs(self, variants):
        self.asked += len(variants)
        logits = np.array([self.votes(variant) for variant in variants]).reshape(-1, 3)
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))

    def votes(self, variant):
        name, description = variant.name[: self.limits[0]], variant.description[: self.limits[1]]
        words = f"{name} {description}".lower().replace(".", " ").split()
        votes = sum((np.array(VOTES.get(word, (0.0, 0.0, 0.0))) for word in words), np.zeros(3))
        if variant.pixels is not None:
            red = (variant.pixels[0] > 128) & (variant.pixels[1] < 128)
            votes = votes + np.array([4.0 * red.mean(), 0.0, 0.0])
        return votes

    def predict(self, variants):
        return [
            answer_of(row, variant)
            for row, variant in zip(self.rows(variants), variants, strict=True)
        ]

    def rows(self, variants):
        return np.exp(self.log_probs(variants))

    def reach(self, name, description):
        return min(len(name), self.limits[0]), min(len(description), self.limits[1])


def answer_of(probs, variant, threshold=0.5):
    """The best leaf where it is probable enough, else an abstention."""
    order = np.argsort(-probs, kind="stable")
    best = tuple(Alternative(LEAVES[i], float(probs[i])) for i in order)
    sure = bool(probs[order[0]] >= threshold)
    return Prediction(
        path=best[0].path if sure else (),
        probability=best[0].probability,
        abstained=not sure,
        alternatives=best,
        used=variant.used,
        reason=None if sure else "unsure",
        needed=threshold,
    )


def target_of(asked, whole):
    """What is explained of its answer."""
    return Target.of(asked.predict([whole])[0], LEAVES)


def red_square(place, *, size=32, side=8):
    """A white picture with a red square whose upper left corner is at *place*."""
    pixels = np.full((3, size, size), 255, dtype=np.uint8)
    top, left = place
    pixels[1:, top : top + side, left : left + side] = 0
    return pixels


def product(name="", description="", pixels=None):
    """A variant."""
    return Variant(name, description, pixels)
