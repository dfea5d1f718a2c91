"""From a corpus to its index: vectors, near-duplicates, and what a hit says of each product."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from prodcat.corpus.opening import translated_errors
from prodcat.corpus.store import Corpus
from prodcat.errors import SearchError, TaxonomyError
from prodcat.inputs.image_store import is_hash
from prodcat.product import PathLike
from prodcat.screen import OnProgress
from prodcat.search.families import corpus_families
from prodcat.search.products import IndexedProduct
from prodcat.search.updating import IndexChange, bring_up_to_date
from prodcat.taxonomy.paths import join_path
from prodcat.vectors.corpus import embed_corpus
from prodcat.vectors.kinds import check_kinds
from prodcat.vectors.product_vectors import VectorMaker

KINDS = ("fused", "look", "colour")
"""What an index has if nothing else is said: what `prodcat.vectors.mixing.MIXES` ask for."""


def default_index(corpus: PathLike) -> Path:
    """Return where the index of a corpus lies if nothing else is said: beside it.

    >>> default_index("shop/shop.db").as_posix()
    'shop/shop.index'
    """
    return Path(corpus).with_suffix(".index")


def index_corpus(
    corpus: PathLike,
    folder: PathLike | None = None,
    *,
    model: PathLike | None = None,
    kinds: Sequence[str] | None = None,
    families: Mapping[str, str] | None = None,
    duplicates: bool = True,
    anew: bool = False,
    on_progress: OnProgress | None = None,
) -> IndexChange:
    """Build the index of a corpus, or take up what changed in the corpus since.

    Args:
        corpus: The corpus' file.
        folder: Of the index; None for `default_index`.
        model: What makes the vectors; None for the model that comes with prodcat.
        kinds: Which vectors it has; None for `KINDS`, as far as the model makes them.
        families: By id of a product, a name that its near-duplicates share; None to find them,
            see `prodcat.search.families.corpus_families`.
        duplicates: Whether to look for near-duplicates; if not, they are the corpus' groups, and
            products of the same picture.
        anew: Build it anew, although it could be brought up to date.
        on_progress: Told how many products are embedded, then how many are compared as
            near-duplicates, then how many rows are written.

    Raises:
        CorpusError: If the corpus cannot be read, or is empty.
        InputError: If the model has no such kind of vectors.
        ModelError: If the model cannot be used.
        SearchError: If the index cannot be written.
    """
    path, target = Path(corpus), default_index(corpus) if folder is None else Path(folder)
    # All kinds that there are lie beside the corpus, for whatever else asks for them.
    maker = VectorMaker.load(model)
    chosen = check_kinds(kinds or [kind for kind in KINDS if kind in maker.kinds], maker.kinds)
    vectors = embed_corpus(path, maker, on_progress=on_progress)
    if families is None:
        families = corpus_families(path, search=duplicates, on_progress=on_progress)
    with Corpus.open(path, read_only=True) as opened:
        by_id = {product.id: product for product in corpus_products(opened, families)}
        images = os.path.relpath(opened.images.root, target)
    if missing := [product_id for product_id in vectors.ids if product_id not in by_id]:
        raise SearchError(f"{path} was changed meanwhile: {missing[0]!r} is gone. Run it again.")
    return bring_up_to_date(
        target,
        {kind: np.asarray(vectors.by_kind[kind]) for kind in chosen},
        [by_id[product_id] for product_id in vectors.ids],
        fingerprint=maker.fingerprint,
        model="" if model is None else str(Path(model).absolute()),
        images=images,
        anew=anew,
        on_progress=on_progress,
    )


def corpus_products(corpus: Corpus, families: Mapping[str, str]) -> Iterator[IndexedProduct]:
    """Yield what an index keeps of the products of a corpus, ordered by id."""
    taxonomy = corpus.taxonomy()
    paths: dict[str | None, str] = {None: ""}
    with translated_errors(corpus.path):
        chosen = corpus.select(("id", "name", "category_id", "price", "image_sha256"))
        rows = corpus.db.execute(f"{chosen} order by id")
        for product_id, name, category_id, price, picture in rows:
            if category_id not in paths:
                # A category that the tree lacks has at least its own name.
                paths[category_id] = category_id
                with suppress(KeyError, TaxonomyError):
                    paths[category_id] = join_path(taxonomy.path(category_id))
            picture = picture if is_hash(picture) else ""
            family = families.get(product_id, "")
            yield IndexedProduct(product_id, name, paths[category_id], price, picture, family)
