"""Which words carried an answer, and which spoke against it: each is taken out in turn.

Occlusion (Zeiler and Fergus 2014; Li et al. 2016, Understanding Neural Networks through
Representation Erasure). The words of a name are taken out one by one. A description is looked at
in phrases first, and only those that matter most are looked into, so that a long one takes no
more time than a short one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from prodcat.arrays import Float64Array
from prodcat.explain.variants import Answerer, Influence, Target, Variant, influences
from prodcat.explain.words import (
    NAME,
    Term,
    find_words,
    phrase,
    pieces,
    sentences,
    to_end_of_word,
    without,
)


@dataclass(frozen=True)
class WordSettings:
    """How many texts are asked about."""

    texts: int = 12
    """All together."""
    name_words: int = 10
    """Of a name with more words, neighbours are taken out together."""
    phrases: int = 4
    """Pieces that a description is cut into at first; twice as many where there is no name. What
    is left of the texts then goes to the words of those that matter most."""
    depth: int = 3
    """How often pieces are cut into smaller ones."""
    most: int = 6
    """Pieces that one phrase is cut into at most."""
    least: float = 0.15
    """A phrase is looked into only where it does at least this share of what does most."""


@dataclass(frozen=True)
class TermInfluence:
    """A word, or a phrase that nothing within was found to matter in, and what it did."""

    term: Term
    influence: Influence


def word_influences(
    asked: Answerer,
    target: Target,
    whole: Variant,
    settings: WordSettings | None = None,
) -> list[TermInfluence]:
    """Take the words of a product out in turn.

    Args:
        asked: Answers.
        target: What is explained.
        whole: The product.
        settings: How many texts to ask about.

    Returns:
        Words and phrases in the order of the texts; what lies beyond what the model reads is
        left out.
    """
    settings = settings or WordSettings()
    name, description = read_part(asked, whole)
    words = find_words(name, description)
    if not words:
        return []
    of_name = [word for word in words if NAME in word.parts]
    rest = [word for word in words if NAME not in word.parts]
    scale = 1 if of_name else 2
    terms = [phrase(piece) for piece in pieces(of_name, settings.name_words)]
    terms += [phrase(group) for group in first_phrases(rest, description, scale * settings.phrases)]
    found = _ask(asked, target, whole, terms)
    left = settings.texts - len(terms)
    for _ in range(settings.depth):
        opened = _open(found, left, settings)
        if not opened:
            break
        inner = [term for terms in opened.values() for term in terms]
        left -= len(inner)
        asked_now = iter(_ask(asked, target, whole, inner))
        seen = {place: [next(asked_now) for _ in terms] for place, terms in opened.items()}
        found = [entry for place, one in enumerate(found) for entry in seen.get(place, [one])]
    return found


def read_part(asked: Answerer, whole: Variant) -> tuple[str, str]:
    """Return as much of name and description as the model reads, to the end of a word."""
    of_name, of_description = asked.reach(whole.name, whole.description)
    return to_end_of_word(whole.name, of_name), to_end_of_word(whole.description, of_description)


def first_phrases(words: Sequence[Term], description: str, count: int) -> list[list[Term]]:
    """Cut the words of a description into about that many pieces, at ends of sentences if it can.

    Args:
        words: Those to cut, in their order.
        description: Where they stand.
        count: How many pieces at most.
    """
    groups = sentences(words, description)
    if not groups:
        return []
    while len(groups) > count:
        sizes = [len(a) + len(b) for a, b in pairwise(groups)]
        place = int(np.argmin(sizes))
        groups[place : place + 2] = [groups[place] + groups[place + 1]]
    while len(groups) < count:
        place = int(np.argmax([len(group) for group in groups]))
        if len(groups[place]) < 2:
            break
        groups[place : place + 1] = pieces(groups[place], 2)
    return groups


def _open(
    found: Sequence[TermInfluence], left: int, settings: WordSettings
) -> dict[int, list[Term]]:
    """Choose the phrases that matter most, as many as may be looked into, and cut them."""
    sizes = [abs(one.influence.answer) for one in found]
    least = settings.least * max(sizes, default=0.0)
    phrases = [p for p, one in enumerate(found) if one.term.words and sizes[p] >= least]
    phrases.sort(key=lambda place: -sizes[place])
    opened: dict[int, list[Term]] = {}
    for place in phrases:
        cut = pieces(found[place].term.words, min(settings.most, left))
        if len(cut) < 2:
            break
        left -= len(cut)
        opened[place] = [phrase(piece) for piece in cut]
    return opened


def _ask(
    asked: Answerer, target: Target, whole: Variant, terms: Sequence[Term]
) -> list[TermInfluence]:
    answers: Float64Array = asked.log_probs(
        [
            whole,
            *(whole.with_text(*without(whole.name, whole.description, [t])) for t in terms),
        ]
    )
    found = influences(target, answers[:1], answers[1:])
    return [TermInfluence(*pair) for pair in zip(terms, found, strict=True)]
