"""A drawn shop to try everything on: a table with its pictures, and the flaws of a real export.

Women's and men's products have one shape; their names tell them apart, and mostly their colours.
So a model has something to learn from each part.
"""

import csv
import io
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import ImageOps

from prodcat.errors import InputError
from prodcat.examples.drawing import draw_shape
from prodcat.files import write_text, write_whole

LEAST_PRODUCTS = 100
"""With fewer, categories are too small to learn."""
TABLE, NEW_TABLE, NOTES, PICTURES = "products.csv", "new.csv", "README.txt", "pictures"
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


@dataclass(frozen=True)
class SampleShop:
    """What was written."""

    folder: Path
    products: int
    """Rows of `TABLE`."""
    new: int
    """Rows of `NEW_TABLE`."""
    flaws: Mapping[str, int]
    """What is wrong with the table → in how many rows."""


def write_sample_shop(folder: Path, *, products: int = 1200, seed: int = 0) -> SampleShop:
    """Write a shop's two tables, of labelled and of new products, with their pictures.

    Args:
        folder: A folder that is empty, or is not there yet.
        products: How many, with the new ones.
        seed: Another one draws another shop; the same one draws the same.

    Raises:
        InputError: If the folder holds something, cannot be written, or there are too few
            products.
    """
    if products < LEAST_PRODUCTS:
        raise InputError(f"A sample shop has {LEAST_PRODUCTS} products or more, not {products}.")
    rng = random.Random(seed)  # noqa: S311  (it draws pictures)
    drawn = list(draw_products(products, rng))
    new = drawn[::NEW_SHARE]
    labelled, flaws = with_flaws([p for i, p in enumerate(drawn) if i % NEW_SHARE], rng)
    try:
        if folder.is_dir() and any(folder.iterdir()):
            raise InputError(f"{folder} is not empty; name a folder that is not there yet.")
        (folder / PICTURES).mkdir(parents=True, exist_ok=True)
        for product in (*labelled, *new):
            if product.picture:
                write_whole(folder / product.image, product.picture, sync=False)
        write_text(folder / TABLE, as_csv([product.cells for product in labelled]))
        cells = [{k: v for k, v in p.cells.items() if k != "category"} for p in new]
        write_text(folder / NEW_TABLE, as_csv(cells))
        write_text(folder / NOTES, notes(len(labelled), len(new), flaws))
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from error
    return SampleShop(folder, len(labelled), len(new), flaws)


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


def with_flaws(
    products: Sequence[SampleProduct], rng: random.Random
) -> tuple[list[SampleProduct], dict[str, int]]:
    """Spoil some of the products, each in one way, as real exports are.

    Returns:
        The rows, and each flaw with the number of rows that have it.
    """
    rows = list(products)
    places = list(range(len(rows)))
    rng.shuffle(places)
    flaws: dict[str, int] = {}

    def spoil(flaw: str, share: float, **changes: object) -> list[int]:
        chosen = [places.pop() for _ in range(max(2, round(len(rows) * share)))]
        for place in chosen:
            rows[place] = replace(rows[place], **changes)  # type: ignore[arg-type]
        flaws[flaw] = len(chosen)
        return chosen

    spoil("no picture", 0.04, image="", picture=b"")
    spoil("a picture whose file is missing", 0.02, picture=b"")
    page = b"<!DOCTYPE html><title>404 Not Found</title>"
    spoil("a picture that is a web page", 0.01, picture=page)
    spoil("no category", 0.04, category="")
    spoil("no description", 0.08, description="")
    spoil("no name", 0.03, name="")
    for place in spoil("a description in HTML", 0.2):
        first, rest = rows[place].description.split(". ", 1)
        text = f"<p><b>{first}</b> &amp; more.</p>\n<ul><li>{rest}</li></ul>"
        rows[place] = replace(rows[place], description=text)
    for place in spoil("a category written in another way", 0.01):
        rows[place] = replace(rows[place], category=rows[place].category.lower())
    for place in spoil("a picture with a part of it missing", 0.01):
        rows[place] = replace(rows[place], picture=rows[place].picture[:-40])
    spoil("a category of hardly any products", 0.0, category="Accessories > Umbrellas")
    doubled = [places.pop() for _ in range(max(2, len(rows) // 60))]
    rows += [replace(rows[place], name=f"{rows[place].name} (copy)") for place in doubled]
    flaws["an id that another row has already"] = len(doubled)
    return rows, flaws


def as_csv(rows: Sequence[Mapping[str, str]]) -> str:
    """Return a table as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def notes(products: int, new: int, flaws: Mapping[str, int]) -> str:
    """Return what stands beside the tables."""
    lines = [
        "A drawn shop, written by `prodcat sample`. Do with it whatever you like.",
        "",
        f"{TABLE}   {products} products with their categories",
        f"{NEW_TABLE}        {new} products without",
        f"{PICTURES}/      their pictures",
        "",
        f"Of the rows of {TABLE}, as in a real export, some have",
        *(f"{count:5}  {flaw}" for flaw, count in flaws.items()),
    ]
    return "\n".join(lines) + "\n"
