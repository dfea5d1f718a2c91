"""What was found of why a product got its answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from prodcat.arrays import Float64Array, UInt8Array
from prodcat.explain.cells import Window
from prodcat.explain.part_influences import PartInfluence
from prodcat.explain.variants import Influence
from prodcat.explain.words import Span
from prodcat.product import Prediction
from prodcat.taxonomy.paths import CategoryPath

MATTERS = 0.2
"""An influence nearer to 0 than this, a fifth of the odds, is told as none."""


@dataclass(frozen=True)
class Word:
    """A word of the product, or a phrase in which no word mattered enough to look for it."""

    text: str
    spans: tuple[Span, ...]
    """Where it stands: part, first character and the one behind the last, each time."""
    influence: Influence
    length: int = 1
    """How many words it is."""


@dataclass(frozen=True, eq=False)
class Heat:
    """Where in the picture the answer comes from."""

    for_answer: Float64Array
    """By how much the log-odds of the answer fall with each place covered, (rows, columns)."""
    against_rival: Float64Array
    """The same of the answer against its rival."""
    window: Window
    """The place that did most: top, left, bottom, right in pixels of what the model sees."""
    strongest: Influence
    """What it did."""
    pixels: UInt8Array = field(repr=False)
    """What the model sees, RGB, (3, H, W)."""


@dataclass(frozen=True, eq=False)
class Findings:
    """What was taken out of a product, and what that changed.

    Influences are in natural logarithms of odds, see `prodcat.explain.variants.Influence`.
    """

    answer: Prediction
    """What is explained."""
    target: CategoryPath = ()
    """The category that influences are about: the answer, or the best leaf of an abstention."""
    preferred: CategoryPath = ()
    """The first of the two categories that are compared: the answer, or what is likelier below."""
    rival: CategoryPath | None = None
    """The second; None where there is none."""
    parts: tuple[PartInfluence, ...] = ()
    """Of name, description and image those that the product has and the model reads."""
    words: tuple[Word, ...] = ()
    """In the order of the texts."""
    name: str = ""
    """As the model reads it: clean."""
    description: str = ""
    read: tuple[int, int] = (0, 0)
    """How many characters of name and description the model reads."""
    heat: Heat | None = None
    """None where there is no picture, or the model reads none."""
    notes: tuple[str, ...] = ()
    """What else there is to know, such as a part that was not read."""

    def strongest_words(self, count: int = 3, *, against: bool = False) -> tuple[Word, ...]:
        """Return the words that carried the answer most, or spoke most against it.

        Args:
            count: How many at most.
            against: The latter.
        """
        sign = -1.0 if against else 1.0
        ranked = sorted(self.words, key=lambda word: -sign * word.influence.answer)
        return tuple(w for w in ranked if sign * w.influence.answer >= MATTERS)[:count]

    def telling_words(self, count: int = 3, *, rival: bool = False) -> tuple[Word, ...]:
        """Return the words that told the two compared categories apart most.

        Args:
            count: How many at most.
            rival: Those that spoke for the second.
        """
        sign = -1.0 if rival else 1.0
        ranked = sorted(self.words, key=lambda word: -sign * word.influence.rather)
        return tuple(w for w in ranked if sign * w.influence.rather >= MATTERS)[:count]


def apart(first: CategoryPath, second: CategoryPath) -> tuple[str, str]:
    """Name two categories as shortly as tells them apart.

    >>> apart(("Men", "Bottoms", "Jeans"), ("Men", "Bottoms", "Trousers"))
    ('Jeans', 'Trousers')
    >>> apart(("Men", "Shoes", "Boots"), ("Women", "Shoes", "Boots"))
    ('Men > Shoes > Boots', 'Women > Shoes > Boots')
    """
    if first[-1:] != second[-1:]:
        return first[-1], second[-1]
    shared = 0
    while shared < min(len(first), len(second)) - 1 and first[shared] == second[shared]:
        shared += 1
    return _joined(first[shared:]), _joined(second[shared:])


def _joined(names: Sequence[str]) -> str:
    return " > ".join(names)
