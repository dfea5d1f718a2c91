"""The products of corpora, as far as their categories are those of one of two trees."""

from collections.abc import Sequence

from prodcat.corpus.opening import translated_errors
from prodcat.corpus.store import Corpus
from prodcat.product import PathLike
from prodcat.taxonomy.paths import join_path
from prodcat.taxonomy.tree import Taxonomy
from prodcat.trees.decisions import Names, Place
from prodcat.trees.matching.shared_products import KnownProduct


def read_known_products(
    corpora: Sequence[PathLike], left: Taxonomy, right: Taxonomy
) -> tuple[list[KnownProduct], list[KnownProduct]]:
    """Read the products of corpora whose categories one of two trees has, by path or by id.

    A product's label counts, and every category that it is listed in.

    Returns:
        The products of the left and of the right tree; one may be in both.

    Raises:
        CorpusError: If a corpus cannot be read.
    """
    found: tuple[list[KnownProduct], list[KnownProduct]] = ([], [])
    for path in corpora:
        with Corpus.open(path, read_only=True) as corpus:
            own = corpus.taxonomy()
            sides = [
                {
                    category: there
                    for category in own.categories
                    if (there := names.find(Place(category, join_path(own.path(category)))))
                }
                for names in (Names(left), Names(right))
            ]
            listed: dict[str, list[str]] = {}
            with translated_errors(corpus.path):
                for product, category in corpus.db.execute(
                    "select product_id, category_id from product_categories"
                ):
                    listed.setdefault(product, []).append(category)
            for row in corpus.rows():
                categories = [row.category_id, *listed.get(row.id, [])]
                for products, side in zip(found, sides, strict=True):
                    # The label first: what a person decided counts before what a shop lists.
                    there = next((side[c] for c in categories if c in side), None)
                    if there is not None:
                        products.append(KnownProduct(row.id, row.name, there))
    return found
