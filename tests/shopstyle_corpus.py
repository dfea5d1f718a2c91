"""What the ShopStyle-compatible server sells: the products of a corpus, dressed as listings.

What a corpus does not say (price, brand, retailer, colours, sizes, dates) follows from the
product's id alone, so that two servers over one corpus tell the same.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

from prodcat.corpus import Corpus
from prodcat.errors import CorpusError
from prodcat.images import ImageStore
from prodcat.taxonomy import Taxonomy
from tests.shopstyle_tree import ROOT_ID, Tree, read_tree, slug_of, tree_of

BRANDS = tuple(
    f"{first}{last}"
    for last in ("field", "haven", "lane", "worth")
    for first in ("North", "Ash", "Bel", "Clover", "Dun", "Ember", "Fair", "Gold", "Holly", "Ivy")
)
RETAILERS = ("Example Store", "Corner & Main", "Harbour Goods", "Shop 52", "Atelier Sud", "Outlet")
COLORS = {"1": "Brown", "3": "Orange", "4": "Yellow", "7": "Red", "8": "Purple", "10": "Blue"}
COLORS |= {"13": "Green", "14": "Gray", "15": "White", "16": "Black", "17": "Pink", "20": "Beige"}
SIZES = {
    "81": "2 (XS)",
    "82": "4 (S)",
    "83": "6 (S)",
    "84": "8 (M)",
    "85": "12 (L)",
    "86": "16 (XL)",
}
HEELS = {"1": "Flat", "2": "Low", "3": "Mid", "4": "High"}
PRICE_EDGES = [*range(0, 100, 10), *range(100, 200, 20), *range(200, 500, 50)]
PRICE_EDGES += [500, 600, 700, 800, 1000, 1500, 2000, 2500, 5000]
FIRST_PRICE_ID = 20
DISCOUNTS = {"0": "On Sale", "20": "20% off or more", "40": "40% off or more"}
DISCOUNTS |= {"50": "50% off or more", "70": "70% off or more"}
FIRST_DAY = date(2021, 1, 1)


@dataclass(frozen=True, slots=True)
class Listing:
    """One product as the shop sells it."""

    id: int
    name: str
    description: str
    brand: str
    retailer: str
    price: float
    discount: float
    """Share of the price that a sale takes off; 0 when not on sale."""
    currency: str
    locale: str
    colors: tuple[str, ...]
    sizes: tuple[str, ...]
    categories: tuple[str, ...]
    """Ids that the product lists; internal and unknown ones too."""
    shelves: frozenset[str]
    """Ids of all categories under which it is found."""
    tokens: frozenset[str]
    """Every ``fl`` filter that it passes."""
    image_sha256: str | None
    extracted: date
    modified: date
    seed: int

    @property
    def image_id(self) -> str:
        """The 32 hex digits that its picture has in URLs."""
        return (self.image_sha256 or "")[:32]

    @property
    def sale_price(self) -> float:
        """What it costs today."""
        return round(self.price * (1 - self.discount), 2)

    @property
    def popularity(self) -> int:
        """How many users made it a favourite."""
        return self.seed // 7 % 5000


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
        with Corpus.open(corpus_path, read_only=True) as corpus:
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
        found: dict[str, list[int]] = {}
        for listing in self.listings.values():
            found.setdefault(listing.image_id, []).append(listing.id)
        return found

    def _listing(self, row: dict[str, Any], number: int, links: Sequence[str]) -> Listing:
        seed = seed_of(row["id"])
        listed, found_in = self._place(seed, [row["category_id"], *links])
        shelves = {shelf for name in (*listed, *found_in) for shelf in self.tree.ancestors(name)}
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
        found_in: set[str] = set()
        chance = seed // 47 % 10_000 / 10_000
        if listed and listed[0] in self.tree.parents and chance < 3 * self.oddities:
            leaf, parent = listed[0], self.tree.parents[listed[0]]
            if chance < self.oddities:
                # The other leaf comes first for half of them.
                place = 0 if seed // 53 % 2 else len(listed)
                listed.insert(place, pick(self.tree.leaves, seed // 59))
            else:
                found_in.add(leaf)
                listed[0] = parent if chance < 2 * self.oddities else f"{leaf}-and-more"
        # A shop shows every product under some leaf, whatever its label.
        if listed and not found_in and not set(listed) & set(self.tree.leaves):
            above = listed[0] if listed[0] in self.tree.nodes else ROOT_ID
            found_in.add(pick(self.tree.leaves_below(above), seed // 61))
        return tuple(dict.fromkeys(listed)), found_in

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


def product_numbers(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Give each product the number that it has at its source, or one that follows from its id."""
    numbers: dict[str, int] = {}
    taken: set[int] = set()
    for row in rows:
        own = re.fullmatch(r"[1-9][0-9]{0,15}", row["source_id"])
        number = int(own[0]) if own else 700_000_000 + crc32(row["id"].encode()) % 200_000_000
        while number in taken:
            number = 700_000_000 + (number + 1) % 200_000_000
        taken.add(number)
        numbers[row["id"]] = number
    return numbers


def number_names(names: set[str]) -> dict[str, str]:
    """Give names numbers that stay when others come or go."""
    numbers: dict[str, str] = {}
    taken: set[int] = set()
    for name in sorted(names):
        number = 50_001 + crc32(name.encode()) % 900_000
        while number in taken:
            number += 1
        taken.add(number)
        numbers[name] = str(number)
    return numbers


def seed_of(text: str) -> int:
    """A large number that follows from the text."""
    return int.from_bytes(sha256(text.encode()).digest()[:12], "big")


def invent_brand(product_id: str) -> str:
    """Choose a brand, some far more often than others."""
    seed = seed_of(f"brand {product_id}")
    return BRANDS[min(seed % len(BRANDS), seed // 97 % len(BRANDS))]


def invent_price(seed: int) -> float:
    """Choose a price: most below 100, few above 1,000."""
    whole = 5 + int(6 * 300 ** (seed % 1009 / 1009))
    return whole + (0.99 if seed // 1009 % 3 == 0 else 0.0)


def price_id(price: float) -> int:
    """Number of the price range."""
    return FIRST_PRICE_ID + max(n for n, edge in enumerate(PRICE_EDGES) if price >= edge)


def price_names() -> dict[str, str]:
    """Id → name of the price ranges."""
    return {str(FIRST_PRICE_ID + n): name for n, name in enumerate(_price_ranges())}


def _price_ranges() -> Iterator[str]:
    for low, high in zip(PRICE_EDGES, [*PRICE_EDGES[1:], None], strict=True):
        yield f"${low} – ${high}" if high is not None else f"${low} and up"


def pick(choices: Sequence[str], seed: int) -> str:
    """Choose by number."""
    return choices[seed % len(choices)]
