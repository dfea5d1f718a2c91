"""How a category is called in products' names: the words of its path, in several phrasings."""

import re
from collections.abc import Sequence

from prodcat.taxonomy.paths import CategoryPath

LITTLE = frozenset({"and", "of", "the", "a", "for", "with", "in", "other", "to"})
"""English words that tell no category from another."""
_WORD = re.compile(r"[^\W_]+")
_PATTERNS = (
    "{}",
    "Acme Men {}",
    "Acme Women Black {}",
    "Set of 2 Blue Printed {}",
    "{} Pack of 3 (Multicolor)",
    "Classic {} for Women",
)
"""How shops write names around what the product is."""


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, English plurals as singulars.

    >>> words_of("Men's T-Shirts & Watches")
    ['men', 'tshirt', 'watch']
    """
    lowered = text.lower().replace("t-shirt", "tshirt").replace("'s", "")
    return [_singular(word) for word in _WORD.findall(lowered)]


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search("(ss|x|sh|ch)es$", word):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def phrases(path: CategoryPath) -> tuple[str, ...]:
    """Say a category in several ways, whose embeddings together stand for it.

    >>> phrases(("Footwear", "Boots"))[:4]
    ('Boots', 'boot', 'Footwear > Boots', 'Boots, a kind of Footwear')
    """
    leaf, parent = path[-1], path[-2] if len(path) > 1 else path[-1]
    singular = leaf.lower().removesuffix("s") or leaf
    return (
        leaf,
        singular,
        " > ".join(path),
        f"{leaf}, a kind of {parent}",
        f"{parent} {leaf}",
        f"This product is a {singular}.",
        " ".join(reversed(path)),
    )


def made_names(path: CategoryPath) -> list[str]:
    """Make names of products of a category, as shops write them around its words."""
    words = words_of(path[-1])
    singular = " ".join(words) or path[-1]
    spelled = dict.fromkeys([path[-1], singular])
    if "tshirt" in words:
        spelled |= dict.fromkeys(["T-Shirt", "T shirt"])
    for above in path[:-1]:
        head: Sequence[str] = words_of(above) or [above]
        spelled[f"{head[-1]} {singular}"] = None
    # Not `format`: names of categories may have braces.
    return [pattern.replace("{}", each) for each in spelled for pattern in _PATTERNS]
