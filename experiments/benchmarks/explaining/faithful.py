"""Whether what an explanation names is what the answer hangs on."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageFilter

from prodcat.arrays import BoolArray, Float64Array, UInt8Array
from prodcat.explain.cells import background, highest_share
from prodcat.explain.explanation import Explanation
from prodcat.explain.words import NAME, WORD, Term, find_words
from prodcat.inference.predictor import Predictor
from prodcat.product import Product

NAMED = 3
"""Words that are taken out."""
DRAWS = 5
"""Random choices beside each explanation."""
FIFTH = 0.2
FILLER = "product"
"""Stands in the place of words in the second way: explanations take them out without any."""

Filling = Callable[[UInt8Array], UInt8Array]


@dataclass
class WordTrial:
    """Of each product, how often its best leaf changed, 0 to 1: by way of taking out and choice."""

    changed: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def add(self, way: str, choice: str, share: float) -> None:
        """Note one product."""
        self.changed.setdefault((way, choice), []).append(share)


@dataclass
class PictureTrial:
    """Of each product, by how much the probability of its best leaf fell: by fill and choice."""

    fall: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    before: list[float] = field(default_factory=list)


def try_words(
    predictor: Predictor, product: Product, why: Explanation, trial: WordTrial, rng: random.Random
) -> None:
    """Take out the words that were named, and as many at random, and ask again.

    Args:
        predictor: Explained and answers.
        product: The product.
        why: Its explanation.
        trial: Gets what changed.
        rng: Draws.
    """
    texts = why.name, why.description
    words = find_words(texts[0][: why.read[0]], texts[1][: why.read[1]])
    of_name = [word for word in words if NAME in word.parts]
    single = sorted(
        (word for word in why.words if word.length == 1), key=lambda w: -w.influence.answer
    )
    named = {word.text.casefold() for word in single[:NAMED]}
    choices = {
        "named": [[word for word in words if word.text.casefold() in named]],
        "random": [draw(words, rng) for _ in range(DRAWS)],
        "random of the name": [draw(of_name, rng) for _ in range(DRAWS)],
    }
    for way, filler in (("taken out", ""), (f"replaced by “{FILLER}”", FILLER)):
        for choice, sets in choices.items():
            changed = [Product(*replaced(texts, terms, filler), product.image) for terms in sets]
            trial.add(way, choice, float(np.mean(leaves(predictor, product, changed))))


def draw(words: Sequence[Term], rng: random.Random) -> list[Term]:
    """Choose words at random, as many as are named."""
    return rng.sample(list(words), min(NAMED, len(words)))


def replaced(texts: tuple[str, str], terms: Sequence[Term], filler: str) -> tuple[str, str]:
    """Put a filler in the place of words, wherever they stand.

    >>> replaced(("Blue jeans", "Jeans."), find_words("jeans", ""), "product")
    ('Blue product', 'product.')
    """
    out = {term.text.casefold() for term in terms}
    name, description = (
        WORD.sub(lambda match: filler if match[0].casefold() in out else match[0], text)
        for text in texts
    )
    return name, description


def leaves(predictor: Predictor, product: Product, others: Sequence[Product]) -> BoolArray:
    """Whether each changed product has another best leaf, (N,); one with nothing left has."""
    probs = predictor.probabilities([product, *others])
    best = np.where(np.isnan(probs).any(axis=1), -1, np.nan_to_num(probs).argmax(axis=1))
    changed: BoolArray = best[1:] != best[0]
    return changed


def try_picture(
    predictor: Predictor, why: Explanation, trial: PictureTrial, rng: np.random.Generator
) -> None:
    """Mask the fifth of a picture that was named, and random fifths, and ask again.

    Args:
        predictor: Explained and answers; from the picture alone.
        why: The explanation.
        trial: Gets by how much the answer fell.
        rng: Draws.
    """
    heat = why.heat
    assert heat is not None
    named = enlarged(highest_share(heat.for_answer, FIFTH), heat.pixels.shape[1:])
    choices = {
        "named": [named],
        "random: the same shape elsewhere": [shifted(named, rng) for _ in range(DRAWS)],
        "random: a rectangle": [rectangle(named.shape, rng) for _ in range(DRAWS)],
    }
    for fill, filling in FILLS.items():
        filled = filling(heat.pixels)
        for choice, masks in choices.items():
            pictures = [heat.pixels, *(np.where(mask, filled, heat.pixels) for mask in masks)]
            products = [Product(image=picture.transpose(1, 2, 0)) for picture in pictures]
            probs = predictor.probabilities(products)
            best = probs[0].argmax()
            falls = probs[0, best] - probs[1:, best]
            trial.fall.setdefault((fill, choice), []).append(float(falls.mean()))
    trial.before.append(float(probs[0, best]))


def enlarged(mask: BoolArray, shape: Sequence[int]) -> BoolArray:
    """Return a mask of few squares as one of pixels.

    >>> enlarged(np.array([[True, False]]), (1, 4)).tolist()
    [[True, True, False, False]]
    """
    rows, columns = (np.arange(n) * m // n for n, m in zip(shape, mask.shape, strict=True))
    larger: BoolArray = mask[rows][:, columns]
    return larger


def shifted(mask: BoolArray, rng: np.random.Generator) -> BoolArray:
    """Move a mask anywhere; what leaves at one side comes in at the other."""
    return np.roll(mask, rng.integers(mask.shape), axis=(0, 1))


def rectangle(shape: tuple[int, ...], rng: np.random.Generator) -> BoolArray:
    """Return a rectangle of a fifth of a picture, of any shape that fits, anywhere."""
    height, width = shape
    area = FIFTH * height * width
    high = int(rng.integers(np.ceil(area / width), height + 1))
    wide = max(1, min(width, round(area / high)))
    top, left = rng.integers(height - high + 1), rng.integers(width - wide + 1)
    mask = np.zeros(shape, dtype=np.bool_)
    mask[top : top + high, left : left + wide] = True
    return mask


def mean_colour(pixels: UInt8Array) -> UInt8Array:
    """Return the picture's mean colour everywhere, (3, H, W)."""
    return np.broadcast_to(pixels.mean(axis=(1, 2)).astype(np.uint8)[:, None, None], pixels.shape)


def blurred(pixels: UInt8Array) -> UInt8Array:
    """Return the picture so blurred that no form is left, (3, H, W)."""
    image = Image.fromarray(pixels.transpose(1, 2, 0))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(pixels.shape[1] / 10))).transpose(
        2, 0, 1
    )


def own_background(pixels: UInt8Array) -> UInt8Array:
    """Return what explanations cover with, (3, H, W)."""
    return np.broadcast_to(background(pixels)[:, None, None], pixels.shape)


FILLS: dict[str, Filling] = {
    "the picture's mean colour": mean_colour,
    "the picture, blurred": blurred,
    "its background, as explanations cover": own_background,
}
"""What masks. The first two differ from what explanations are made with, and judge them."""


def ratio_with_interval(
    above: Sequence[float], below: Sequence[float], *, draws: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """Return the ratio of two means over the same products, and its 95 % bootstrap interval."""
    table: Float64Array = np.array([above, below])
    picks = np.random.default_rng(seed).integers(table.shape[1], size=(draws, table.shape[1]))
    tops, bottoms = table[:, picks].mean(axis=2)
    if not table[1].any():
        # Nothing changed by chance: as many times as often as one likes.
        return math.inf, math.inf, math.inf
    # A draw in which nothing does says no more than that it is a lot.
    ratios = tops[bottoms > 0] / bottoms[bottoms > 0]
    low, high = np.percentile(ratios, [2.5, 97.5])
    return float(table[0].mean() / table[1].mean()), float(low), float(high)
