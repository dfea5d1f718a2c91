"""Which products of a corpus are nearly the same, as an index keeps it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from prodcat.corpus.opening import translated_errors
from prodcat.corpus.store import Corpus
from prodcat.data.groups import Edge, Groups
from prodcat.inputs.image_store import is_hash
from prodcat.product import PathLike
from prodcat.screen import OnProgress
from prodcat.search.duplicates.finding import find_duplicates


def corpus_families(
    corpus: PathLike, *, search: bool = True, on_progress: OnProgress | None = None
) -> dict[str, str]:
    """Return a name that near-duplicates share, by id of a product; those without any have none.

    Near-duplicates are what `prodcat.search.duplicates.finding.find_duplicates` ties, and the
    products that the corpus itself has in one group. A product without any has its picture's hash
    for a name, so that one that is added later with the same picture is known.

    Args:
        corpus: The corpus' file.
        search: Whether to look for near-duplicates; if not, they are the corpus' groups, and
            products of the same picture that are in none.
        on_progress: Is told how many products are read.

    Raises:
        CorpusError: If the corpus cannot be read.
    """
    with Corpus.open(corpus, read_only=True) as opened, translated_errors(opened.path):
        rows = opened.db.execute(
            "select id, group_id, image_sha256 from products order by id"
        ).fetchall()
    places = {product_id: place for place, (product_id, _, _) in enumerate(rows)}
    by_group: dict[str, list[int]] = {}
    for place, (_, group, picture) in enumerate(rows):
        if group:
            by_group.setdefault(f"group {group}", []).append(place)
        elif not search and is_hash(picture):
            by_group.setdefault(picture, []).append(place)
    families = Groups(len(rows), len(rows))
    families.join(_chains(by_group.values()))
    if search:
        found = find_duplicates(corpus, on_progress=on_progress)
        families.join(
            _chains(
                # One that came between the two readings is in the next index.
                [places[member.id] for member in group.members if member.id in places]
                for group in found.groups
            )
        )
    names = {
        rows[place][0]: f"like {rows[members[0]][0]}"
        for members in families.members()
        for place in members
    }
    lone = [(id, picture) for id, _, picture in rows if id not in names and is_hash(picture)]
    # What several have who are tied by nothing is no picture of a product.
    times = Counter(picture for _, picture in lone)
    return names | {id: picture for id, picture in lone if times[picture] == 1}


def _chains(groups: Iterable[list[int]]) -> Iterator[Edge]:
    for members in groups:
        yield from pairwise(members)
