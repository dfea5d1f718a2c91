"""Names that are the same but for a plural, the order of their words, a space or a letter.

All pairs are never compared. Names are brought to a common form, and those that differ in one word
meet in the block of the words that they share (deletion neighbourhoods, as Bocek et al. 2007).
"""

from array import array
from collections.abc import Iterator, Sequence

import numpy as np

from prodcat.search.duplicates.signatures import hashed

LEAST_LETTERS = 5
"""Of a word in which a letter may be wrong: in shorter ones another letter is another word."""
MOST_WORDS = 40
"""Of a name that is compared by slips; a longer one is a description."""
MOST_IN_BLOCK = 100
"""Names that share all words but one; where more do, that word is what tells them apart."""


def stem(word: str) -> str:
    """Take the sign of the plural off.

    >>> stem("shirts"), stem("dress"), stem("bus")
    ('shirt', 'dress', 'bus')
    """
    return word[:-1] if len(word) > 3 and word.endswith("s") and word[-2] != "s" else word


def common_forms(family: str) -> tuple[str, str]:
    """Return a name as its sorted words and as one word, both without plurals.

    >>> common_forms("nike men t shirts")
    ('men nike shirt t', 'nikementshirt')
    """
    words = [stem(word) for word in family.split()]
    return " ".join(sorted(words)), "".join(words)


def one_slip(a: str, b: str) -> bool:
    """Tell whether two words differ by one letter that is wrong, missing or swapped with the next.

    The first letter is never the wrong one: there it makes another word too often.

    >>> one_slip("sandal", "sandel"), one_slip("sandal", "sndaal"), one_slip("toaster", "coaster")
    (True, False, False)
    """
    if a == b or a[:1] != b[:1] or min(len(a), len(b)) < LEAST_LETTERS:
        return False
    if any(letter.isdigit() for letter in a + b):
        return False
    short, long = sorted((a, b), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = long[:at] + long[at + 1 : at + 2] + long[at : at + 1] + long[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or short == swapped


def near_names(families: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield pairs of places whose names are nearly the same; chains, not all pairs.

    Args:
        families: Names as `signatures.family_name` gives them, each once.
    """
    forms = [common_forms(family) for family in families]
    for of_kind in zip(*forms, strict=True):
        latest: dict[str, int] = {}
        for place, form in enumerate(of_kind):
            if form in latest:
                yield latest[form], place
            latest[form] = place
    for block in _blocks([words.split() for words, _ in forms]):
        for i, (place, word) in enumerate(block):
            for there, other in block[i + 1 :]:
                if one_slip(word, other):
                    yield place, there


def _blocks(names: Sequence[Sequence[str]]) -> Iterator[list[tuple[int, str]]]:
    """Yield, of names that share all words but one, their places and that word.

    Of a block no more than a hash and two numbers are kept while it is looked for.
    """
    keys, places, words = array("q"), array("q"), array("h")
    for place, parts in enumerate(names):
        if len(parts) > MOST_WORDS:
            continue
        for at, word in enumerate(parts):
            if len(word) >= LEAST_LETTERS:
                rest = (*parts[:at], *parts[at + 1 :], word[0])
                keys.append(hashed(" ".join(rest)))
                places.append(place)
                words.append(at)
    of_block = np.frombuffer(keys, np.int64)
    order = np.argsort(of_block, kind="stable")
    ends = np.flatnonzero(np.diff(of_block[order])) + 1
    starts = np.concatenate([[0], ends]) if len(order) else ends
    sizes = np.diff(np.append(starts, len(order)))
    told = (sizes > 1) & (sizes <= MOST_IN_BLOCK)
    for start, size in zip(starts[told].tolist(), sizes[told].tolist(), strict=True):
        run = order[start : start + size].tolist()
        yield [(places[i], names[places[i]][words[i]]) for i in run]
