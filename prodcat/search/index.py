"""An index of vectors in a folder: looked through, added to and deleted from, by any process."""

import os
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any

import numpy as np

from prodcat.arrays import BoolArray, Float32Array
from prodcat.errors import InputError, SearchError
from prodcat.search.building import Vectors, locked, pack_facts
from prodcat.search.expansion import candidates, expand
from prodcat.search.layout import CODES, FACT_ROWS, PRODUCTS, RECORD, RESTS, read_record
from prodcat.search.lists import nearest_lists
from prodcat.search.nearest import nearest_rows
from prodcat.search.products import IndexedProduct, ProductTable
from prodcat.search.snapshot import Lists, Snapshot, read_codes
from prodcat.taxonomy.paths import SEPARATOR


@dataclass(frozen=True)
class Found:
    """A product that is like a query."""

    product: IndexedProduct
    similarity: float
    """The dot product of its vector with the query."""


class VectorIndex:
    """An open index; safe to use from several threads. Use it in a ``with`` statement, or close it.

    Args:
        folder: See `open`.
        timeout_s: See `open`.
    """

    def __init__(self, folder: Path, timeout_s: float) -> None:
        self.folder = folder
        self.timeout_s = timeout_s
        self._lock = RLock()
        self._table: ProductTable | None = None
        self._load()

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, timeout_s: float = 10.0) -> "VectorIndex":
        """Open an index.

        Args:
            folder: Of the index.
            timeout_s: How long to wait for another process that writes.

        Raises:
            SearchError: If there is none, it is damaged, or of another format.
        """
        return cls(Path(folder), timeout_s)

    def close(self) -> None:
        """Close its files."""
        with self._lock:
            if self._table is not None:
                self._table.close()

    def __enter__(self) -> "VectorIndex":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        with self._reading():
            return int(np.count_nonzero(self._snapshot.alive))

    def __contains__(self, product_id: object) -> bool:
        with self._reading():
            return isinstance(product_id, str) and self._products.row_of(product_id) is not None

    def ids(self) -> list[str]:
        """Return the ids of all products."""
        with self._reading():
            return list(self._products.ids())

    def categories(self) -> list[str]:
        """Return the paths of all categories that a product has or had."""
        with self._reading():
            return sorted(path for path in self._products.codes() if path)

    def product(self, product_id: str) -> tuple[IndexedProduct, Float32Array]:
        """Return a product and its vector, (D,).

        Raises:
            SearchError: If it is not there.
        """
        with self._reading():
            row = self._row_of(product_id)
            vectors = self._codes.unpack(self._snapshot.packed(slice(row, row + 1)))
            return self._products.at([row])[row], vectors[0]

    def families_of_picture(self, picture: str) -> list[str]:
        """Return the families of the products that have this picture, by its hash."""
        with self._reading():
            return self._products.families_of_picture(picture)

    def has_just(self, products: Sequence[IndexedProduct], rows: Float32Array) -> BoolArray:
        """Tell which products are there with just these facts and these vectors, (N,).

        Args:
            products: The products, (N,).
            rows: Their vectors, (N, D).
        """
        with self._reading():
            by_id = self._products.rows_of([product.id for product in products])
            there = self._products.at(list(by_id.values()))
            same = np.array([there.get(by_id.get(p.id, -1)) == p for p in products], np.bool_)
            places = np.flatnonzero(same)
            there_at = [by_id[products[place].id] for place in places.tolist()]
            kept = self._snapshot.packed(np.array(there_at, np.int64))
            given = self._codes.pack(rows[places])
            for mine, theirs in zip(kept, given, strict=True):
                same[places] &= (mine == theirs).all(axis=1)
        return same

    def late_rows(self) -> int:
        """Return how many rows are of deleted products, or came after the index was built.

        In an index that is scanned whole only the former cost time.
        """
        with self._reading():
            freed = self._snapshot.rows - int(np.count_nonzero(self._snapshot.alive))
            built = int(self._lists.starts[-1]) if self.in_lists() else self._snapshot.rows
            return freed + self._snapshot.rows - built

    def in_lists(self) -> bool:
        """Tell whether a search looks at some of the products alone."""
        return len(self._lists) > 0

    def nearest(
        self,
        query: Float32Array,
        k: int,
        *,
        category: str | None = None,
        price: tuple[float | None, float | None] | None = None,
        without: Collection[str] = (),
        without_families: Collection[str] = (),
        drawn: slice | None = None,
    ) -> list[Found]:
        """Return the products that are most alike to a query, the most alike first.

        Args:
            query: What to multiply each vector with, (D,).
            k: How many; fewer only where fewer may be.
            category: Path of a category; only products in it or below it may be.
            price: Least and highest price, None for no bound; without a price none may be.
            without: Ids of products that may not be.
            without_families: Families of near-duplicates that may not be.
            drawn: Columns of the query to draw towards the nearest, see `prodcat.search.expansion`.

        Raises:
            InputError: If the query does not fit, or no product has had that category.
            SearchError: If the index cannot be read.
        """
        query = np.ascontiguousarray(query, dtype=np.float32)
        if query.shape != (self.record.width,) or not np.isfinite(query).all():
            raise InputError(
                f"Expected a query of {self.record.width} finite numbers, found {query.shape}."
            )
        if k < 1:
            raise InputError(f"Expected to look for 1 product or more, but found k = {k}.")
        with self._reading():
            allowed = self._allowed(category, price, without, without_families)
            wanted = k if drawn is None else candidates(k)
            rows, scores = nearest_rows(
                *(self._snapshot, self._codes, query, wanted),
                allowed=allowed,
                share=self.record.share,
            )
            if drawn is not None:
                vectors = self._codes.unpack(self._snapshot.packed(rows))
                order, scores = expand(query, vectors, scores, drawn)
                rows, scores = rows[order[:k]], scores[:k]
            products = self._products.at(rows.tolist())
        return [
            Found(products[row], float(score))
            for row, score in zip(rows.tolist(), scores, strict=True)
            if row in products
        ]

    def add(self, products: Sequence[IndexedProduct], by_kind: Mapping[str, Float32Array]) -> None:
        """Add products; one whose id is there already takes the old one's place.

        All of them count at once, or none does.

        Args:
            products: The products, (N,).
            by_kind: Their vectors of each kind of the index, (N, width): of unit length, or zeros.

        Raises:
            SearchError: If they do not fit the index, or it cannot be written to.
        """
        vectors = Vectors(
            {kind: by_kind[kind] for kind, _ in self.record.blocks if kind in by_kind}
        )
        if vectors.blocks != self.record.blocks or len(vectors) != len(products):
            raise SearchError(
                f"Expected {len(products)} vectors of {dict(self.record.blocks)}, but found"
                f" {len(vectors)} of {dict(vectors.blocks)}."
            )
        if len({product.id for product in products}) != len(products):
            raise SearchError("Two of the products to add have the same id.")
        if not products:
            return
        with self._writing() as table:
            rows = vectors[:]
            packed = self._codes.pack(rows)
            lists = np.zeros(len(rows), np.int64)
            if self.in_lists():
                lists = nearest_lists(rows, self._lists.centres)
            numbers = table.codes()
            codes = [table.code_of(product.category, numbers) for product in products]
            first = table.rows()
            facts = pack_facts(products, codes, lists, self._codes.lost(packed))
            self._append(CODES, first, packed.codes)
            self._append(RESTS, first, packed.rests)
            self._append(FACT_ROWS, first, facts)
            table.free(table.rows_of([product.id for product in products]).values())
            table.insert(first, products, codes)

    def delete(self, ids: Collection[str]) -> int:
        """Take products out, and return how many were there."""
        with self._writing() as table:
            rows = table.rows_of(sorted(set(ids)))
            table.free(rows.values())
            return len(rows)

    def _load(self) -> None:
        """Read what does not change until the index is built anew."""
        self._stamp = self._current_stamp()
        self.record = read_record(self.folder)
        """What the index is."""
        if self._table is not None:
            self._table.close()
        self._data = self.folder / self.record.data
        self._lists = Lists(self._data, self.record.width)
        self._codes = read_codes(self._data, self.record.width)
        self._table = ProductTable(self._data / PRODUCTS, timeout_s=self.timeout_s)
        self._snapshot = Snapshot(self._data, self.record.width, self._lists, 0)
        self._newest_freed = 0
        with self._table.transaction(write=False):
            self._refresh(self._table)

    @property
    def _products(self) -> ProductTable:
        assert self._table is not None
        return self._table

    def _current_stamp(self) -> Any:
        """Return what tells the record from one that was written since."""
        with suppress(OSError):
            found = (self.folder / RECORD).stat()
            return found.st_ino, found.st_mtime_ns, found.st_size
        return None

    @contextmanager
    def _reading(self) -> Generator[None]:
        """See one state of the index: what others write meanwhile comes later."""
        with self._lock:
            if self._stamp != self._current_stamp():
                self._load()
            with self._products.transaction(write=False):
                self._refresh(self._products)
                yield

    @contextmanager
    def _writing(self) -> Generator[ProductTable]:
        with self._lock, locked(self.folder, self.timeout_s):
            if self._stamp != self._current_stamp():
                self._load()
            with self._products.transaction(write=True):
                yield self._products

    def _refresh(self, table: ProductTable) -> None:
        rows = table.rows()
        newest, freed = table.freed(self._newest_freed)
        if rows < self._snapshot.rows or rows < int(self._lists.starts[-1]):
            raise SearchError(f"The index {self.folder} is damaged: it lost rows. Build it anew.")
        if rows > self._snapshot.rows:
            width = self.record.width
            self._snapshot = Snapshot(self._data, width, self._lists, rows, self._snapshot)
        self._snapshot.free(freed)
        self._newest_freed = newest

    def _append(self, name: str, first_row: int, values: np.ndarray) -> None:
        """Write rows behind those that count, over what a killed process may have left there."""
        file = self._data / name
        try:
            with file.open("r+b") as stream:
                stream.seek(first_row * values[0].nbytes)
                stream.write(values.tobytes())
        except OSError as error:
            raise SearchError(f"{file} cannot be written to: {error.strerror}.") from error

    def _row_of(self, product_id: str) -> int:
        row = self._products.row_of(product_id)
        if row is None:
            raise SearchError(f"No product {product_id!r:.100} in the index {self.folder}.")
        return row

    def _allowed(
        self,
        category: str | None,
        price: tuple[float | None, float | None] | None,
        without: Collection[str],
        without_families: Collection[str],
    ) -> BoolArray | None:
        """Return which rows may be found; None for all that are there."""
        snapshot, table = self._snapshot, self._products
        hidden = list(table.rows_of(sorted(set(without))).values())
        for family in without_families:
            hidden += table.family(family)
        if category is None and price is None and not hidden:
            return None
        allowed = snapshot.alive.copy()
        if category is not None:
            allowed &= self._below(category)
        if price is not None:
            low, high = price
            if low is not None:
                allowed &= snapshot.price >= low
            if high is not None:
                allowed &= snapshot.price <= high
            allowed &= ~np.isnan(snapshot.price)
        allowed[hidden] = False
        return allowed

    def _below(self, category: str) -> BoolArray:
        codes = self._products.codes()
        inside = np.zeros(max([0, *codes.values()]) + 1, dtype=np.bool_)
        for path, code in codes.items():
            inside[code] = path == category or path.startswith(category + SEPARATOR)
        if not inside.any():
            raise InputError(
                f"No product of the index has the category {category!r:.200}. Give its whole path,"
                f" such as {next((path for path in sorted(codes) if path), 'Shoes')!r:.200}."
            )
        numbers = self._snapshot.category
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(inside):
            raise SearchError(f"{self._data / FACT_ROWS} is damaged. Build the index anew.")
        return inside[numbers]
