"""Products as the ShopStyle-compatible server sells them, and what it makes up about them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from zlib import crc32

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


def product_numbers(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Give each product the number that it has at its source, or one that follows from its id."""
    numbers: dict[str, int] = {}
    used: set[int] = set()
    for row in rows:
        digits = re.fullmatch(r"[1-9][0-9]{0,15}", row["source_id"])
        number = int(digits[0]) if digits else 700_000_000 + crc32(row["id"].encode()) % 200_000_000
        while number in used:
            number = 700_000_000 + (number + 1) % 200_000_000
        used.add(number)
        numbers[row["id"]] = number
    return numbers


def number_names(names: set[str]) -> dict[str, str]:
    """Give names numbers that stay when others come or go."""
    numbers: dict[str, str] = {}
    used: set[int] = set()
    for name in sorted(names):
        number = 50_001 + crc32(name.encode()) % 900_000
        while number in used:
            number += 1
        used.add(number)
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
