"""A drawn shop to try everything on: a table with its pictures, and the flaws of a real export."""

import csv
import io
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prodcat.errors import InputError
from prodcat.examples.flaws import with_flaws, with_wrong_labels
from prodcat.examples.sample_products import NEW_SHARE, PICTURES, SampleProduct, draw_products
from prodcat.files import write_text, write_whole

LEAST_PRODUCTS = 100
"""With fewer, categories are too small to learn."""
TABLE, NEW_TABLE, NOTES, TREE = "products.csv", "new.csv", "README.txt", "tree.txt"
RIGHT_LABELS = "right-labels.csv"
"""What a person would decide about the wrong ones; `prodcat import` takes it over."""
MOST_WRONG = 0.2
"""Of the labels; more would be another shop."""


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
    right_labels: Mapping[str, str]
    """Ids of products whose label is wrong → the right one."""


def write_sample_shop(
    folder: Path, *, products: int = 1200, wrong_labels: float = 0.0, seed: int = 0
) -> SampleShop:
    """Write a shop's two tables, of labelled and of new products, with pictures and tree.

    Args:
        folder: A folder that is empty, or is not there yet.
        products: How many, with the new ones.
        wrong_labels: Share of the labels that are wrong, 0 to `MOST_WRONG`. What is right stands
            in `RIGHT_LABELS` then.
        seed: Another one draws another shop; the same one draws the same.

    Raises:
        InputError: If the folder holds something, cannot be written, there are too few products,
            or too many labels shall be wrong.
    """
    if products < LEAST_PRODUCTS:
        raise InputError(f"A sample shop has {LEAST_PRODUCTS} products or more, not {products}.")
    if not 0 <= wrong_labels <= MOST_WRONG:
        raise InputError(
            f"Of a sample shop's labels 0 to {MOST_WRONG} are wrong, not {wrong_labels}."
        )
    rng = random.Random(seed)  # noqa: S311  (it draws pictures)
    drawn = list(draw_products(products, rng))
    new = drawn[::NEW_SHARE]
    labelled, flaws = with_flaws([p for i, p in enumerate(drawn) if i % NEW_SHARE], rng)
    right: dict[str, str] = {}
    if wrong_labels:
        labelled, right = with_wrong_labels(labelled, wrong_labels, rng)
        flaws["a category that is wrong"] = len(right)
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
        write_text(folder / TREE, "".join(f"{path}\n" for path in tree_of(drawn)))
        write_text(folder / NOTES, notes(len(labelled), len(new), flaws))
        if right:
            write_text(folder / RIGHT_LABELS, as_csv(list(_verdicts(labelled, right))))
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from error
    return SampleShop(folder, len(labelled), len(new), flaws, right)


def tree_of(products: Iterable[SampleProduct]) -> list[str]:
    """Return the paths of the shop's categories, as its menu has them."""
    return sorted({product.category for product in products})


def _verdicts(
    products: Sequence[SampleProduct], right: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Yield rows of a list of decisions, as `prodcat import` takes it over."""
    for product in products:
        if product.id in right:
            yield {
                # As a corpus that this table was imported into calls it.
                "id": f"{Path(TABLE).stem}:{product.id}",
                "name": product.name,
                "label": product.category,
                "answer": "",
                "verdict": right[product.id],
            }


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
        f"{TREE}       the tree of its categories",
        "",
        f"Of the rows of {TABLE}, as in a real export, some have",
        *(f"{count:5}  {flaw}" for flaw, count in flaws.items()),
    ]
    return "\n".join(lines) + "\n"
