"""Takes the words that name categories out of a text.

A **category word** is a word of a name of any node of the tree: audiences, such as Men, as
well as Shoes, Casual and the "and" of Loungewear and Nightwear. A word is a run of letters;
a hyphen or an apostrophe between letters does not end it. Words are compared

- whatever their case, and without a possessive 's;
- in singular and plural alike, by the endings of English in `ENDINGS` and `IRREGULAR`;
- with hyphens as well as without: T-Shirt is Tshirt, and is removed as a whole where any
  piece of it is a category word;
- written apart as well as together: T Shirt is Tshirt, and Flipflop is Flip Flops.

Nothing else is removed: no synonyms, nor words that have a category word in them.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*['’]?")
POSSESSIVE = re.compile(r"['’]s?$")
JOINT = re.compile(r"[-'’]")

ENDINGS = (
    ("s", ""),
    *((f"{hiss}es", hiss) for hiss in ("s", "x", "z", "ch", "sh")),
    ("oes", "o"),
    ("ies", "y"),
    ("ves", "f"),
    ("ves", "fe"),
)
"""Of a plural, and of its singular."""
IRREGULAR = {"men": "man", "women": "woman", "children": "child", "feet": "foot"}


def category_words(names: Iterable[str]) -> frozenset[str]:
    """Read the category words of a tree, in each form that `remove_words` looks for.

    Args:
        names: Of all nodes.

    >>> sorted(category_words(["T-Shirts"]))
    ['shirt', 'shirts', 't', 'tshirt', 'tshirts']
    """
    forms: set[str] = set()
    for name in names:
        words = [_bare(match[0]) for match in WORD.finditer(name)]
        for word in words:
            forms |= _spellings(word)
        for first, second in pairwise(words):
            forms |= _forms(_joined(first + second))
    return frozenset(forms)


def remove_words(text: str, words: frozenset[str]) -> str:
    """Return the text without the category words.

    Args:
        text: A product's name.
        words: From `category_words`.

    Returns:
        What is left, with single spaces; empty where no letter and no digit is.

    >>> words = category_words(["Men", "Casual Shoes", "Tshirts"])
    >>> remove_words("Puma Men's 2-in-1 Blue Shoe", words)
    'Puma 2-in-1 Blue'
    >>> remove_words("Mens T Shirt - casual", words)
    ''
    """
    matches = list(WORD.finditer(text))
    spelt = [_bare(match[0]) for match in matches]
    gone = {place for place, word in enumerate(spelt) if words & _spellings(word)}
    for place, (match, after) in enumerate(pairwise(matches)):
        between = text[match.end() : after.start()]
        if between.isspace() and words & _forms(_joined(spelt[place] + spelt[place + 1])):
            gone |= {place, place + 1}
    pieces, end = [], 0
    for place in sorted(gone):
        pieces.append(text[end : matches[place].start()])
        end = matches[place].end()
    shortened = " ".join("".join([*pieces, text[end:]]).split())
    return shortened if any(character.isalnum() for character in shortened) else ""


def _bare(word: str) -> str:
    return POSSESSIVE.sub("", word.casefold())


def _joined(word: str) -> str:
    return JOINT.sub("", word)


def _spellings(word: str) -> set[str]:
    """Forms of a word, of its pieces between hyphens, and of these written together."""
    return set().union(*map(_forms, (_joined(word), *JOINT.split(word))))


def _forms(word: str) -> set[str]:
    """Return a word and what it may be the plural of; some of these are no words."""
    forms, new = set(), {word}
    # A singular may be a plural again; each form is shorter, or one of `IRREGULAR`, so this ends.
    while new:
        forms |= new
        new = {single for form in new for single in _singulars(form)} - forms
    return forms


def _singulars(word: str) -> set[str]:
    singulars = {
        word.removesuffix(plural) + single
        for plural, single in ENDINGS
        # Not "dres" of dress, nor "a" of as.
        if word.endswith(plural) and not word.endswith("ss") and len(word) > len(plural) + 1
    }
    return singulars | ({IRREGULAR[word]} if word in IRREGULAR else set())
