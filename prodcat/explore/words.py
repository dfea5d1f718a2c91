"""The words that set a group of products apart from the others.

Class-based TF-IDF (Grootendorst 2022): the names of a group are taken for one document.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from prodcat.arrays import IntArray

WORD = re.compile(r"[^\W\d_][\w'’-]+", re.UNICODE)
"""Two characters at least, the first a letter: numbers of models tell nothing."""
LEAST_SHARE = 0.15
"""Of a group's products, how many must have a word that shall stand for it."""
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "and for from in of on the to with by at pack set size pcs und für mit von der die das"
        " de la le les et pour en du des el los para con il per di",
    )
)


def words_of(name: str) -> list[str]:
    """Return the words of a name, in lower case, each once, in order.

    >>> words_of("Nike Men's Running shoes 2-pack for running")
    ['nike', "men's", 'running', 'shoes']
    """
    found = (word.casefold() for word in WORD.findall(name))
    return [word for word in dict.fromkeys(found) if word not in STOP_WORDS]


def distinctive_words(
    names: Sequence[str], groups: IntArray, *, count: int, most: int = 3
) -> list[tuple[str, ...]]:
    """Return the words that set each group apart, those that say most first.

    Args:
        names: Of the products, (N,).
        groups: Each product's group, (N,), 0 to *count* - 1; -1 for none.
        count: Number of groups.
        most: Words of a group at most; fewer where few are shared by enough of its products.

    >>> names = ["red boots", "blue boots", "red dress", "long dress"]
    >>> distinctive_words(names, np.array([0, 0, 1, 1]), count=2, most=1)
    [('boots',), ('dress',)]
    """
    counts: list[Counter[str]] = [Counter() for _ in range(count)]
    sizes = [0] * count
    for name, group in zip(names, groups.tolist(), strict=True):
        if group >= 0:
            sizes[group] += 1
            counts[group].update(words_of(name))
    everywhere: Counter[str] = Counter()
    for counted in counts:
        everywhere.update(counted)
    mean = sum(everywhere.values()) / max(1, count)
    chosen = []
    for counted, size in zip(counts, sizes, strict=True):
        rated = [
            (n / size * float(np.log1p(mean / everywhere[word])), word)
            for word, n in counted.items()
            if n >= LEAST_SHARE * size
        ]
        # By the alphabet where two say as much, so that equal products give equal labels.
        rated.sort(key=lambda pair: (-pair[0], pair[1]))
        words = [word for _, word in rated]
        chosen.append(tuple(_without_plurals(words)[:most]))
    return chosen


def _without_plurals(words: Sequence[str]) -> list[str]:
    """Leave out a word that another one, further to the front, has but for its end."""
    kept: list[str] = []
    for word in words:
        if not any(_stem(word) == _stem(other) for other in kept):
            kept.append(word)
    return kept


def _stem(word: str) -> str:
    bare = re.sub(r"['’]s$|['’]$", "", word)
    return bare[:-1] if len(bare) > 3 and bare.endswith("s") else bare
