"""The flaws of a real export, put into the products of a drawn shop."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from prodcat.examples.sample_products import KINDS, Kind, SampleProduct


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


def with_wrong_labels(
    products: Sequence[SampleProduct], share: float, rng: random.Random
) -> tuple[list[SampleProduct], dict[str, str]]:
    """Put some products into a category beside their own.

    Only such whose name says what is right, so that a person can tell.

    Args:
        products: The rows of the table.
        share: Of all of them, how many.
        rng: What chooses.

    Returns:
        The rows, and the ids of the wrong ones with the label that is right.
    """
    beside = {kind.category: _beside(kind) for kind in KINDS}
    ids = Counter(product.id for product in products)
    able = [
        place
        for place, product in enumerate(products)
        if product.name and product.category in beside and ids[product.id] == 1
    ]
    rows, right = list(products), {}
    for place in rng.sample(able, round(share * len(rows))):
        product = rows[place]
        right[product.id] = product.category
        rows[place] = replace(product, category=rng.choice(beside[product.category]))
    return rows, right


def _beside(kind: Kind) -> list[str]:
    """Return the categories of the same shape, else those beneath the same root."""
    others = [other for other in KINDS if other.category != kind.category]
    alike = [other.category for other in others if other.shape == kind.shape]
    root = kind.category.partition(" > ")[0]
    return alike or [other.category for other in others if other.category.startswith(root)]
