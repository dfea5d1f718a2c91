"""What the ShopStyle-compatible server sells: the products of a corpus, dressed as listings.

What a corpus does not say (price, brand, retailer, colours, sizes, dates) follows from the
product's id alone, so that two servers over one corpus tell the same.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError
from prodcat.inputs.image_store import ImageStore
from prodcat.taxonomy.tree import Taxonomy
from tests.shopstyle.listings import (
    COLORS,
    DISCOUNTS,
    FIRST_DAY,
    HEELS,
    RETAILERS,
    SIZES,
    Listing,
    invent_brand,
    invent_price,
    number_names,
    pick,
    price_id,
    price_names,
    product_numbers,
    seed_of,
)
from tests.shopstyle.tree import ROOT_ID, read_tree, slug_of, tree_of


class Shop:
    """All that the server sells, found by id, category and filter."""

    def __init__(
        self, corpus_path: Path, *, tree_path: Path | None = None, oddities: float | None = None
    ) -> None:
        """Read the corpus once; it is not held open.

        Args:
            corpus_path: Whose products are sold.
            tree_path: A tree to spread them over, instead of the corpus's own.
            oddities: Share of products listed in a second leaf, as many labelled with an
                internal category, and as many with an id that the tree does not have. By
                default 0 with the corpus's own tree, whose odd labels are served as they are.
        """
        self.oddities = (0.03 if tree_path else 0.0) if oddities is None else oddities
        with Corpus.open(corpus_path) as corpus:
            self.images = ImageStore(Path(corpus_path).resolve().parent / "images")
            if tree_path is not None:
                self.tree, self._ids = read_tree(tree_path), None
            else:
                self.tree, ids = tree_of(taxonomy_of(corpus))
                self._ids = ids
            rows, links = read_rows(corpus), read_links(corpus)
        self.brand_ids = number_names({row["brand"] or invent_brand(row["id"]) for row in rows})
        self.retailer_ids = {name: str(9001 + n) for n, name in enumerate(RETAILERS)}
        numbers = product_numbers(rows)
        listings = [
            self._listing(row, numbers[row["id"]], links.get(row["id"], [])) for row in rows
        ]
        listings.sort(key=lambda listing: listing.seed)
        self.listings = {listing.id: listing for listing in listings}
        self.shelves: dict[str, list[Listing]] = {}
        for listing in listings:
            for shelf in listing.shelves:
                self.shelves.setdefault(shelf, []).append(listing)
        newest = max((row["updated_at"] for row in rows), default="") or "2022-03-01"
        self.modified = datetime.fromisoformat(newest).replace(microsecond=0)
        if self.modified.tzinfo is None:
            self.modified = self.modified.replace(tzinfo=UTC)

    @cached_property
    def pictures(self) -> dict[str, str]:
        """Image id → hash of the picture in the store."""
        return {p.image_id: p.image_sha256 for p in self.listings.values() if p.image_sha256}

    @cached_property
    def owners(self) -> dict[str, list[int]]:
        """Image id → ids of the products that show it."""
        owners: dict[str, list[int]] = {}
        for listing in self.listings.values():
            owners.setdefault(listing.image_id, []).append(listing.id)
        return owners

    def _listing(self, row: dict[str, Any], number: int, links: Sequence[str]) -> Listing:
        seed = seed_of(row["id"])
        listed, places = self._place(seed, [row["category_id"], *links])
        shelves = {shelf for name in (*listed, *places) for shelf in self.tree.ancestors(name)}
        brand = row["brand"] or invent_brand(row["id"])
        retailer = RETAILERS[seed // 11 % len(RETAILERS)]
        price = row["price"] or invent_price(seed)
        discount = (0.2, 0.3, 0.4, 0.5, 0.7)[seed // 13 % 5] if seed % 4 == 0 else 0.0
        color_ids, size_ids = list(COLORS), list(SIZES)
        colors = tuple(dict.fromkeys(color_ids[seed // n % len(COLORS)] for n in (17, 19)))
        sizes = tuple(size_ids[seed // 23 % 3 : seed // 23 % 3 + 1 + seed // 29 % 4])
        heels = any(self.tree.nodes[s].has_heels for s in shelves if s != ROOT_ID)
        tokens = {f"b{self.brand_ids[brand]}", f"r{self.retailer_ids[retailer]}"}
        tokens |= {f"c{color}" for color in colors} | {f"s{size}" for size in sizes}
        tokens |= {f"d{least}" for least in DISCOUNTS if discount and discount * 100 >= int(least)}
        tokens |= {f"h{1 + seed // 31 % len(HEELS)}"} if heels else set()
        tokens.add(f"p{price_id(price * (1 - discount))}")
        extracted = FIRST_DAY + timedelta(days=seed // 37 % 365)
        return Listing(
            id=number,
            name=row["name"],
            description=row["description"],
            brand=brand,
            retailer=retailer,
            price=price,
            discount=discount,
            currency=row["currency"] or "USD",
            locale=row["locale"] or "en_US",
            colors=colors,
            sizes=sizes,
            categories=listed,
            shelves=frozenset(shelves | {ROOT_ID}),
            tokens=frozenset(tokens),
            image_sha256=row["image_sha256"],
            extracted=extracted,
            modified=extracted + timedelta(days=seed // 41 % 60),
            seed=seed,
        )

    def _place(self, seed: int, labels: Sequence[str | None]) -> tuple[tuple[str, ...], set[str]]:
        """Return what a product lists, and where else it is found."""
        if self._ids is None:
            listed = [pick(self.tree.leaves, seed // 43)]
        else:
            stated = [label for label in labels if label]
            listed = list(dict.fromkeys(self._ids.get(s) or slug_of(s) for s in stated))
        places: set[str] = set()
        chance = seed // 47 % 10_000 / 10_000
        if listed and listed[0] in self.tree.parents and chance < 3 * self.oddities:
            leaf, parent = listed[0], self.tree.parents[listed[0]]
            if chance < self.oddities:
                # The other leaf comes first for half of them.
                place = 0 if seed // 53 % 2 else len(listed)
                listed.insert(place, pick(self.tree.leaves, seed // 59))
            else:
                places.add(leaf)
                listed[0] = parent if chance < 2 * self.oddities else f"{leaf}-and-more"
        # A shop shows every product under some leaf, whatever its label.
        if listed and not places and not set(listed) & set(self.tree.leaves):
            above = listed[0] if listed[0] in self.tree.nodes else ROOT_ID
            places.add(pick(self.tree.leaves_below(above), seed // 61))
        return tuple(dict.fromkeys(listed)), places

    def terms(self, prefix: str) -> dict[str, str]:
        """Id → name of all values of the filter that a letter stands for."""
        if prefix == "b":
            return {number: name for name, number in self.brand_ids.items()}
        if prefix == "r":
            return {number: name for name, number in self.retailer_ids.items()}
        constant = {"c": COLORS, "s": SIZES, "d": DISCOUNTS, "h": HEELS, "p": price_names()}
        return constant.get(prefix, {})


def taxonomy_of(corpus: Corpus) -> Taxonomy:
    """The tree of the corpus, or, where its sources contradict, that of the first of them."""
    try:
        return corpus.taxonomy()
    except CorpusError:
        (source,) = corpus.db.execute("select min(source) from categories").fetchone()
        return corpus.taxonomy(source=source)


def read_rows(corpus: Corpus) -> list[dict[str, Any]]:
    """Read what the server needs of every product."""
    names = ["id", "source_id", "name", "description", "brand", "price", "currency", "locale"]
    names += ["category_id", "image_sha256", "updated_at"]
    cursor = corpus.db.execute(f"select {', '.join(names)} from products order by id")
    return [dict(zip(names, row, strict=True)) for row in cursor]


def read_links(corpus: Corpus) -> dict[str, list[str]]:
    """Read under which categories products stand beside their own."""
    links: dict[str, list[str]] = {}
    query = "select product_id, category_id from product_categories where role = 'listed'"
    for product_id, category_id in corpus.db.execute(query + " order by 1, 2"):
        links.setdefault(product_id, []).append(category_id)
    return links
