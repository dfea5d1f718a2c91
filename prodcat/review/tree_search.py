"""Categories by what a person types of them, those that the person chose lately first."""

from prodcat.corpus.opening import translated_errors
from prodcat.corpus.store import Corpus
from prodcat.taxonomy.tree import Taxonomy

LATELY = 200
"""Decisions of a person that are looked at for recent categories."""
RECENT = 5


def find_categories(
    tree: Taxonomy, words: str, *, recent: list[str] | None = None, limit: int = 20
) -> list[str]:
    """Return ids of categories whose paths have all words.

    First those that were chosen lately, then those whose own name begins with the last word, then
    those whose own name has it; leaves before others, each in the order of the tree.

    Args:
        tree: The categories.
        words: What was typed; beginnings of words do.
        recent: Ids of categories that were chosen lately, the newest first.
        limit: How many at most.

    >>> tree = Taxonomy.from_paths([("Shoes", "Boots"), ("Bags",), ("Shoes", "Rain boots")])
    >>> find_categories(tree, "boo")
    ['Shoes > Boots', 'Shoes > Rain boots']
    >>> find_categories(tree, "sho boo", recent=["Shoes > Rain boots"])
    ['Shoes > Rain boots', 'Shoes > Boots']
    """
    wanted = words.casefold().split()
    lately = {one: place for place, one in enumerate(recent or ())}
    ranked = []
    for place, category in enumerate(tree):
        text = " ".join(tree.path(category.id)).casefold()
        if not all(word in text for word in wanted):
            continue
        name = category.name.casefold()
        last = wanted[-1] if wanted else ""
        fits = 0 if name.startswith(last) else 1 if last in name else 2
        is_leaf = not tree.children(category.id)
        newest = lately.get(category.id, len(lately))
        ranked.append(((newest, fits, not is_leaf, place), category.id))
    return [category for _, category in sorted(ranked)[:limit]]


def recent_categories(corpus: Corpus, who: str) -> list[str]:
    """Return the categories that a person gave to products last, the newest first.

    Raises:
        CorpusError: If they cannot be read.
    """
    with translated_errors(corpus.path):
        rows = corpus.db.execute(
            "select x.category_id from review_actions a join corrections x on x.id = a.first"
            " where a.who = ? and not a.undone and a.verdict in ('other', 'suggestion')"
            " order by a.id desc limit ?",
            [who, LATELY],
        ).fetchall()
    return list(dict.fromkeys(row[0] for row in rows if row[0]))[:RECENT]
