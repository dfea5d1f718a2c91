"""Products that are similar to one: of the index, or of whatever parts are given."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.errors import InputError, SearchError
from prodcat.inputs.image_store import ImageStore
from prodcat.product import ImageSource, PathLike, Product, one_description
from prodcat.screen import OnProgress
from prodcat.search.from_corpus import index_corpus
from prodcat.search.given import as_path, as_range, facts, picture_hash
from prodcat.search.hits import SimilarProduct
from prodcat.search.index import VectorIndex
from prodcat.search.products import IndexedProduct
from prodcat.taxonomy.paths import split_path
from prodcat.vectors.mixing import weighted_query, weights_of
from prodcat.vectors.product_vectors import VectorMaker

AT_ONCE = 256
SHOWN = 12
"""Digits of a fingerprint that a message shows."""


class SimilarProducts:
    """An open index of similar products. Use it in a ``with`` statement, or close it.

    Args:
        index: The open index.
        model: See `open`.
    """

    def __init__(self, index: VectorIndex, model: PathLike | None = None) -> None:
        self.index = index
        self._model = model
        self._maker: VectorMaker | None = None

    @classmethod
    def open(
        cls, folder: PathLike, *, model: PathLike | None = None, timeout_s: float = 10.0
    ) -> "SimilarProducts":
        """Open an index.

        Args:
            folder: Of the index.
            model: What makes the vectors of a query; None for the model that the index names. It
                is not loaded before it is needed.
            timeout_s: How long to wait for another process that writes.

        Raises:
            SearchError: If there is no index, or it is damaged, or of another format.
        """
        return cls(VectorIndex.open(folder, timeout_s=timeout_s), model)

    @classmethod
    def build(
        cls,
        corpus: PathLike,
        folder: PathLike | None = None,
        *,
        model: PathLike | None = None,
        kinds: Sequence[str] | None = None,
        families: Mapping[str, str] | None = None,
        duplicates: bool = True,
        anew: bool = False,
        on_progress: OnProgress | None = None,
    ) -> "SimilarProducts":
        """Build the index of a corpus, or take up what changed in the corpus, and open it.

        See `prodcat.search.from_corpus.index_corpus`.
        """
        built = index_corpus(
            *(corpus, folder),
            model=model,
            kinds=kinds,
            families=families,
            duplicates=duplicates,
            anew=anew,
            on_progress=on_progress,
        )
        return cls.open(built.folder, model=model)

    def close(self) -> None:
        """Close its files."""
        self.index.close()

    def __enter__(self) -> "SimilarProducts":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self.index)

    def __contains__(self, product_id: object) -> bool:
        return product_id in self.index

    def find(
        self,
        name: str | None = None,
        desc: str | None = None,
        image: ImageSource | None = None,
        *,
        id: str | None = None,
        description: str | None = None,
        k: int = 6,
        category: str | Sequence[str] | None = None,
        price: tuple[float | None, float | None] | None = None,
        weights: str | Mapping[str, float] = "look",
        duplicates: bool = False,
    ) -> list[SimilarProduct]:
        """Find the products that are most similar, the most similar first.

        Args:
            name: Name of a product, which need not be in the index.
            desc: Its description.
            image: Its picture, in any of the ways that `prodcat.predict` takes.
            id: Of a product of the index, instead of these. It is not among the answers itself.
            description: The same as *desc*.
            k: How many; fewer only where fewer may be.
            category: Only products of this category or below it: its path, such as
                ``"Shoes > Boots"`` or ``("Shoes", "Boots")``.
            price: Only products of a price from the first to the second; None for no bound.
            weights: ``"look"`` for the same kind of thing in the same look, ``"kind"`` for the
                same kind of thing, or a weight of each kind of vector.
            duplicates: Answer with near-duplicates of the product, too.

        Raises:
            InputError: If nothing is given, or what is given cannot be read.
            SearchError: If no product has that id, or the index was made by another model.
        """
        desc = one_description(desc, description)
        parts = [part for part in (name, desc, image) if part is not None]
        if (id is None) == (not parts):
            raise InputError("Give the id of a product of the index, or a name, desc or image.")
        kinds = [kind for kind, _ in self.index.record.blocks]
        shares = weights_of(weights, kinds)
        without: list[str] = []
        if id is not None:
            product, vector = self.index.product(id)
            by_kind, families = self._split(vector), [product.family]
            without = [id]
        else:
            by_kind, families = self._of_parts(Product(name, desc, image))
        query = weighted_query(by_kind, kinds, shares)
        if not np.abs(query).max() > 0:
            raise InputError(
                f"The product has none of the vectors that the weights ask for: {shares}."
            )
        found = self.index.nearest(
            query,
            k,
            category=as_path(category),
            price=as_range(price),
            without=without,
            without_families=[] if duplicates else [family for family in families if family],
            drawn=self._blocks().get("fused"),
        )
        return [self.describe(one.product, one.similarity) for one in found]

    def add(self, products: Iterable[Mapping[str, Any]]) -> int:
        """Add products, or replace those whose ids are there, and return how many.

        Args:
            products: Each with ``id``, any of ``name``, ``description`` and ``image``, and what a
                hit says of it: ``category`` (a path), ``price``, ``family`` (what its
                near-duplicates share; if not given, that of a product with the same picture).

        Raises:
            InputError: If one has no id, or nothing that could be read. Then none of those that
                came with it, at most 256, is added.
            SearchError: If the index was made by another model, or cannot be written to.
        """
        waiting: dict[str, Mapping[str, Any]] = {}
        count = 0
        for product in products:
            product_id = product.get("id")
            if product_id is None or product_id == "":
                raise InputError("A product of an index needs an id.")
            waiting[str(product_id)] = product
            if len(waiting) == AT_ONCE:
                count += self._add(waiting)
                waiting = {}
        return count + self._add(waiting)

    def delete(self, ids: str | Collection[str]) -> int:
        """Take products out, and return how many of them were there."""
        return self.index.delete([ids] if isinstance(ids, str) else ids)

    def _add(self, products: Mapping[str, Mapping[str, Any]]) -> int:
        if not products:
            return 0
        rows = list(products.values())
        made = self._loaded().make([Product.from_mapping(row) for row in rows])
        kinds = [kind for kind, _ in self.index.record.blocks]
        for place, product_id in enumerate(products):
            if not any(made.present[kind][place] for kind in kinds):
                reason = made.errors[place][0] if made.errors[place] else "nothing was given"
                raise InputError(f"Product {product_id!r:.100} cannot be added: {reason}")
        known = [self._facts(product_id, row) for product_id, row in products.items()]
        self.index.add(known, {kind: made.by_kind[kind] for kind in kinds})
        return len(rows)

    def _of_parts(self, product: Product) -> tuple[dict[str, Float32Array], list[str]]:
        made = self._loaded().make([product])
        if made.errors[0]:
            raise made.errors[0][0]
        picture = picture_hash(product.image)
        families = [picture, *self.index.families_of_picture(picture)]
        return {kind: rows[0] for kind, rows in made.by_kind.items()}, families

    def _facts(self, product_id: str, row: Mapping[str, Any]) -> IndexedProduct:
        product = facts(product_id, row)
        if row.get("family") or not product.picture:
            return product
        families = self.index.families_of_picture(product.picture)
        return replace(product, family=families[0] if families else product.picture)

    def _split(self, vector: Float32Array) -> dict[str, Float32Array]:
        """Return the vectors of each kind out of a row of the index."""
        return {kind: vector[columns] for kind, columns in self._blocks().items()}

    def _blocks(self) -> dict[str, slice]:
        """Return where in a row of the index the vector of each kind is."""
        blocks, start = {}, 0
        for kind, width in self.index.record.blocks:
            blocks[kind] = slice(start, start + width)
            start += width
        return blocks

    def _loaded(self) -> VectorMaker:
        record = self.index.record
        if self._maker is None:
            maker = VectorMaker.load(
                self._model if self._model is not None else record.model or None
            )
            if maker.fingerprint != record.fingerprint:
                raise SearchError(
                    f"The index {self.index.folder} was made by a model of the fingerprint"
                    f" {record.fingerprint[:SHOWN]}, and {maker.model.name} has"
                    f" {maker.fingerprint[:SHOWN]}. Open it with its own model, or build it anew."
                )
            self._maker = maker
        return self._maker

    def describe(self, product: IndexedProduct, similarity: float) -> SimilarProduct:
        """Return what a hit says of a product of the index."""
        return SimilarProduct(
            product.id,
            similarity,
            split_path(product.category) if product.category else (),
            product.name,
            product.price,
            self.picture(product),
        )

    def picture(self, product: IndexedProduct) -> Path | None:
        """Return the file of a product's picture; None when it has none."""
        if not (product.picture and self.index.record.images):
            return None
        store = ImageStore(self.index.folder / self.index.record.images)
        path = store.contained(product.picture)
        return path if path is not None and path.is_file() else None
