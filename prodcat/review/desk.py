"""One open queue with its tree: what the service and the terminal work with."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from prodcat.corpus.opening import translated_errors
from prodcat.corpus.store import Corpus
from prodcat.corpus.stored_trees import tree_mark
from prodcat.product import PathLike, Product
from prodcat.review.card import (
    CardForPeople,
    FindSimilar,
    Place,
    picture_hash,
    place_of,
    show_card,
    texts_of,
)
from prodcat.review.deciding import Action, decide, undo
from prodcat.review.progress import Progress, progress
from prodcat.review.queue import Card, card_of, check_name, settle, take
from prodcat.review.tree_search import find_categories, recent_categories
from prodcat.taxonomy.paths import CategoryPath
from prodcat.taxonomy.tree import Taxonomy

Suggest = Callable[[Product], tuple[CategoryPath, float] | None]
"""Takes a product, and gives the path of its likeliest category and how probable that is."""
MANY = 200
"""Decisions that were made elsewhere, after which the cards are gone through for them."""


class Desk:
    """An open queue. It belongs to one thread; several desks may have one corpus.

    Args:
        corpus: Where the queue is.
        find_similar: Finds similar products for cards; None for a few of each category instead.
        suggest: Suggests a category for cards that came without; None for none.

    Raises:
        CorpusError: If the corpus cannot be written.
    """

    def __init__(
        self,
        corpus: Corpus,
        find_similar: FindSimilar | None = None,
        suggest: Suggest | None = None,
    ) -> None:
        self.corpus, self.find_similar, self.suggest = corpus, find_similar, suggest
        self._tree: tuple[tuple[int, ...], Taxonomy] | None = None
        self._paths: tuple[Taxonomy, dict[CategoryPath, str]] | None = None
        self._seen = 0
        self._settle()

    @classmethod
    def open(
        cls,
        corpus: PathLike,
        find_similar: FindSimilar | None = None,
        suggest: Suggest | None = None,
    ) -> "Desk":
        """Open the queue of a corpus.

        Raises:
            CorpusError: If there is none, or it cannot be written.
        """
        opened = Corpus.open(corpus)
        try:
            return cls(opened, find_similar, suggest)
        except BaseException:
            opened.close()
            raise

    def close(self) -> None:
        """Close the corpus."""
        self.corpus.close()

    @property
    def tree(self) -> Taxonomy:
        """The categories as they are now."""
        with translated_errors(self.corpus.path):
            mark = tree_mark(self.corpus.db)
        if self._tree is None or self._tree[0] != mark:
            self._tree = (mark, self.corpus.taxonomy())
        return self._tree[1]

    def next(self, who: str, ahead: Collection[str] = ()) -> CardForPeople | None:
        """Hand out the next card, see `prodcat.review.queue.take`."""
        if self._newest() > self._seen + MANY:
            self._settle()
        return self._shown(take(self.corpus, who, ahead=ahead))

    def again(self, product_id: str) -> CardForPeople | None:
        """Return a product's card once more, such as after its decision was taken back."""
        return self._shown(card_of(self.corpus, product_id))

    def decide(
        self,
        who: str,
        product_id: str,
        verdict: str,
        category: str | None = None,
        alike: Sequence[str] = (),
    ) -> Action:
        """Keep a decision, see `prodcat.review.deciding.decide`."""
        return decide(self.corpus, who, product_id, verdict, category, alike)

    def undo(self, who: str, action_id: int | None = None) -> Action | None:
        """Take a decision back, see `prodcat.review.deciding.undo`."""
        return undo(self.corpus, who, action_id)

    def progress(self, who: str | None = None) -> Progress:
        """Return how far the queue is."""
        return progress(self.corpus, who)

    def categories(self, who: str, words: str, limit: int = 20) -> list[tuple[Place, bool]]:
        """Return the categories that a person may mean, and whether each was chosen lately."""
        check_name(who)
        recent = recent_categories(self.corpus, who)
        found = find_categories(self.tree, words, recent=recent, limit=limit)
        places = map(partial(place_of, self.tree), found)
        return [(place, place.id in recent) for place in places if place is not None]

    def picture_file(self, product_id: str) -> Path | None:
        """Return where a product's picture lies, never outside of the corpus' folder."""
        digest = picture_hash(self.corpus, product_id)
        file = None if digest is None else self.corpus.images.contained(digest)
        return file if file is not None and file.is_file() else None

    def _shown(self, card: Card | None) -> CardForPeople | None:
        if card is None:
            return None
        if card.suggestion is None and self.suggest is not None:
            card = self._with_suggestion(card, self.suggest)
        return show_card(self.corpus, self.tree, card, self.find_similar)

    def _with_suggestion(self, card: Card, suggest: Suggest) -> Card:
        """Ask for a category that the tree has, and note it on the card, where it can be taken."""
        name, description = texts_of(self.corpus, card.product_id)
        found = suggest(Product(name, description, self.picture_file(card.product_id)))
        category = None if found is None else self._by_path().get(found[0])
        if found is None or category is None:
            return card
        with self.corpus.transaction():
            self.corpus.db.conn.execute(
                "update review_cards set suggestion = ?, probability = ?"
                " where product_id = ? and kind = ? and suggestion is null",
                [category, found[1], card.product_id, card.kind],
            )
        return replace(card, suggestion=category, probability=found[1])

    def _by_path(self) -> dict[CategoryPath, str]:
        tree = self.tree
        if self._paths is None or self._paths[0] is not tree:
            self._paths = (tree, {tree.path(one): one for one in tree.categories})
        return self._paths[1]

    def _newest(self) -> int:
        with translated_errors(self.corpus.path):
            row = self.corpus.db.execute("select coalesce(max(id), 0) from corrections").fetchone()
        return int(row[0])

    def _settle(self) -> None:
        self._seen = self._newest()
        settle(self.corpus)
