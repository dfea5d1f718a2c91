"""Products of a drawn shop, without a flaw.

Women's and men's products have one shape; their names tell them apart, and mostly their colours.
So a model has something to learn from each part.
"""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import ImageOps

from prodcat.examples.drawing import draw_shape

PICTURES = "pictures"
NEW_SHARE = 6
"""Of so many products one is new: it has no category yet."""
COLOURS = {
    # Of women's products mostly the first half, of men's mostly the second.
    "red": ("#c62828", "#8e1b1b"),
    "violet": ("#6a3fa0", "#4a2b73"),
    "orange": ("#d9731a", "#a35410"),
    "green": ("#2e7d46", "#1d5430"),
    "blue": ("#2a5caa", "#1f4785"),
    "black": ("#222222", "#3d4653"),
    "brown": ("#a0612f", "#87501f"),
    "grey": ("#7d858c", "#565d63"),
}
BRANDS = ("Alder", "Birch & Sons", "Cedar", "Damson", "Elm")
LOOKS = ("Plain", "Classic", "Light", "Soft", "Modern", "Everyday")
CARE = ("Made to last.", "Free returns within 30 days.", "New this season.", "Gift-wrapped.")


@dataclass(frozen=True)
class Kind:
    """What a category sells."""

    category: str
    nouns: tuple[str, ...]
    shape: str
    about: str


KINDS = (
    Kind("Women > Clothes > Shirts", ("blouse", "women's T-shirt"), "shirt", "Cotton"),
    Kind("Men > Clothes > Shirts", ("polo shirt", "men's T-shirt"), "shirt", "Cotton"),
    Kind("Women > Clothes > Jeans", ("women's jeans", "skinny jeans"), "jeans", "Denim"),
    Kind("Men > Clothes > Jeans", ("men's jeans", "worker jeans"), "jeans", "Denim"),
    Kind("Women > Shoes", ("women's trainers", "women's sneakers"), "running-shoe", "Mesh"),
    Kind("Men > Shoes", ("men's trainers", "men's sneakers"), "running-shoe", "Mesh"),
    Kind("Women > Bags", ("handbag", "shopper", "shoulder bag"), "handbag", "Leather"),
    Kind("Accessories > Watches", ("watch", "chronograph"), "watch", "Steel"),
    Kind("Accessories > Sunglasses", ("sunglasses", "shades"), "sunglasses", "Polarized"),
)


@dataclass(frozen=True)
class SampleProduct:
    """One row of the table."""

    id: str
    name: str
    description: str
    image: str
    category: str
    brand: str
    price: str
    picture: bytes = field(repr=False)
    """Of the file that *image* names; empty where there is none."""

    @property
    def cells(self) -> dict[str, str]:
        """What the table has of it."""
        names = ("id", "name", "description", "image", "category", "brand", "price")
        return {name: getattr(self, name) for name in names}


def draw_products(count: int, rng: random.Random) -> Iterator[SampleProduct]:
    """Yield products without a flaw, the same number of each kind."""
    for number in range(count):
        kind = KINDS[(number + number // NEW_SHARE) % len(KINDS)]
        colour = draw_colour(kind, rng)
        brand, look, noun = rng.choice(BRANDS), rng.choice(LOOKS), rng.choice(kind.nouns)
        product_id = str(10_001 + number)
        image = draw_shape(kind.shape, *COLOURS[colour], scale=2)
        margins = rng.randrange(24), rng.randrange(24), rng.randrange(24), rng.randrange(24)
        image = ImageOps.expand(image, margins, "white")
        out = io.BytesIO()
        image.save(out, "JPEG", quality=rng.randint(70, 92))
        yield SampleProduct(
            id=product_id,
            name=f"{brand} {look} {colour} {noun}",
            description=f"{kind.about}, {look.lower()}, {colour}, by {brand}. {rng.choice(CARE)}",
            image=f"{PICTURES}/{product_id}.jpg",
            category=kind.category,
            brand=brand,
            price=f"{rng.randint(9, 199)}.90",
            picture=out.getvalue(),
        )


def draw_colour(kind: Kind, rng: random.Random) -> str:
    """Return a colour; one in five is unusual for its kind."""
    colours = list(COLOURS)
    half, is_usual = len(colours) // 2, rng.random() < 0.8
    if kind.category.startswith("Women"):
        return rng.choice(colours[:half] if is_usual else colours[half:])
    if kind.category.startswith("Men"):
        return rng.choice(colours[half:] if is_usual else colours[:half])
    return rng.choice(colours)
