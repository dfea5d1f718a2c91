"""The words of a name and a description, and the texts without some of them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from prodcat.inputs.text import says_something

# Scripts that put no spaces between words are taken two characters at a time.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(
    rf"[{_UNSPACED}]{{1,2}}"
    rf"|[^\W_{_UNSPACED}]+(?:['’.,/&+-][^\W_{_UNSPACED}]+)*"
)
_SPACES = re.compile(r"\s{2,}")
SENTENCE_END = re.compile(r"[.!?;:|•\n。！？]")
NAME, DESCRIPTION = "name", "description"

Span = tuple[str, int, int]
"""A part, and where in it something begins and ends, in characters."""


@dataclass(frozen=True)
class Term:
    """A word wherever it stands in a product, or several words in a row."""

    text: str
    """As it stands where it comes first."""
    spans: tuple[Span, ...]
    words: tuple["Term", ...] = ()
    """Its words, where it is a phrase."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Where it stands: name, description or both."""
        return tuple(dict.fromkeys(part for part, _, _ in self.spans))


def find_words(name: str, description: str) -> list[Term]:
    """Return the words of a product in the order in which they come first, each once.

    A word in the name that the description repeats is one: with one of them taken out the
    other would still say it.

    >>> [term.text for term in find_words("Blue jeans", "Jeans of cotton.")]
    ['Blue', 'jeans', 'of', 'cotton']
    >>> find_words("Blue jeans", "Jeans of cotton.")[1].spans
    (('name', 5, 10), ('description', 0, 5))
    """
    spans: dict[str, list[Span]] = {}
    texts: dict[str, str] = {}
    for part, text in ((NAME, name), (DESCRIPTION, description)):
        for match in WORD.finditer(text):
            key = match[0].casefold()
            texts.setdefault(key, match[0])
            spans.setdefault(key, []).append((part, match.start(), match.end()))
    return [Term(texts[key], tuple(found)) for key, found in spans.items()]


def without(name: str, description: str, terms: Iterable[Term]) -> tuple[str, str]:
    """Return both texts without these terms.

    >>> jeans = find_words("Blue jeans", "Jeans of cotton.")[1]
    >>> without("Blue jeans", "Jeans of cotton.", [jeans])
    ('Blue', 'of cotton.')
    """
    spans = [span for term in terms for span in term.spans]
    return _cut(name, NAME, spans), _cut(description, DESCRIPTION, spans)


def _cut(text: str, part: str, spans: Iterable[Span]) -> str:
    pieces, end = [], 0
    for start, stop in sorted((s, e) for p, s, e in spans if p == part):
        pieces.append(text[end:start])
        end = max(end, stop)
    return _SPACES.sub(" ", "".join([*pieces, text[end:]])).strip()


def to_end_of_word(text: str, end: int) -> str:
    """Cut a text where it is read no further, but no word in two, and no mark from the end.

    A word of which the model reads the beginning is taken out as a whole.

    >>> to_end_of_word("blue jeans of cotton", 7), to_end_of_word("blue jeans.", 10)
    ('blue jeans', 'blue jeans.')
    """
    if end <= 0:
        return ""
    cut = next((m.end() for m in WORD.finditer(text) if m.start() < end < m.end()), end)
    return text[:cut] if says_something(text[cut:]) else text


def sentences(words: Sequence[Term], description: str) -> list[list[Term]]:
    """Put words of a description into groups that no end of a sentence parts.

    Args:
        words: Each by where it first stands in the description.
        description: The text.
    """
    groups: list[list[Term]] = []
    end = None
    for word in sorted(words, key=lambda word: word.spans[0][1]):
        _, start, stop = word.spans[0]
        if end is None or SENTENCE_END.search(description, end, start):
            groups.append([])
        groups[-1].append(word)
        end = stop
    return groups


def pieces(words: Sequence[Term], count: int) -> list[list[Term]]:
    """Cut a row of words into that many about equal pieces, or one for each word.

    >>> [len(piece) for piece in pieces(find_words("a b c d e f g", ""), 3)]
    [2, 3, 2]
    """
    count = min(count, len(words))
    if count < 1:
        return []
    ends = [round(len(words) * place / count) for place in range(count + 1)]
    return [list(words[a:b]) for a, b in pairwise(ends)]


def phrase(words: Sequence[Term]) -> Term:
    """Return several words as one term; a single one as it is."""
    if len(words) == 1:
        return words[0]
    spans = tuple(span for word in words for span in word.spans)
    return Term(" ".join(word.text for word in words), spans, tuple(words))
