"""The sample shop with decisions and a queue, and the tree that it goes over to."""

import sqlite3
from contextlib import closing
from pathlib import Path

from prodcat.corpus.corrections import Correction, correct
from prodcat.corpus.store import Corpus
from prodcat.examples.sample_shop import write_sample_shop
from prodcat.importing import import_products
from prodcat.review.queue import fill
from prodcat.review.suspicion import Suspicion
from prodcat.taxonomy.mapping import Counterpart, MappedCategory, TreeMapping
from prodcat.taxonomy.paths import join_path, split_path
from prodcat.taxonomy.tree import Taxonomy

NEW_PATHS = (
    "Women > Clothing > Tops",
    "Women > Clothing > Trousers",
    "Men > Clothing > Tops",
    "Men > Clothing > Trousers",
    "Women > Bags > Handbags",
    "Women > Bags > Shoppers",
    "Footwear",
    "Jewellery > Watches",
)
BAGS = "Women > Bags"
PARTS_OF_BAGS = ("Women > Bags > Handbags", "Women > Bags > Shoppers")
COUNTERPARTS = {
    "Women > Clothes": ("Women > Clothing",),
    "Men > Clothes": ("Men > Clothing",),
    "Women > Clothes > Shirts": ("Women > Clothing > Tops",),
    "Women > Clothes > Jeans": ("Women > Clothing > Trousers",),
    "Men > Clothes > Shirts": ("Men > Clothing > Tops",),
    "Men > Clothes > Jeans": ("Men > Clothing > Trousers",),
    "Women > Shoes": ("Footwear",),
    "Men > Shoes": ("Footwear",),
    BAGS: PARTS_OF_BAGS,
    "Accessories > Watches": ("Jewellery > Watches",),
    "Accessories > Sunglasses": (),
}
KINDS = {
    "Women": "same",
    "Women > Clothes": "renamed",
    "Women > Clothes > Jeans": "renamed",
    "Men > Shoes": "merged",
    BAGS: "split",
    "Accessories > Watches": "moved",
    "Accessories > Sunglasses": "gone",
}


def new_tree() -> Taxonomy:
    """Return the tree that the shop goes over to."""
    return Taxonomy.from_paths(map(split_path, NEW_PATHS))


def draw_shop(folder: Path, *, products: int = 150) -> Path:
    """Write the sample shop, and import it; some decisions and cards of the queue with it."""
    write_sample_shop(folder / "shop", products=products)
    path = folder / "shop.db"
    with Corpus.open(path, create=True) as corpus:
        import_products(folder / "shop" / "products.csv", corpus, source_name="shop")
        ids = ids_by_label(corpus)
        shoes, bags, shirts = ids["Women > Shoes"], ids[BAGS], ids["Men > Clothes > Shirts"]
        glasses = ids["Accessories > Sunglasses"]
        correct(
            corpus,
            [
                Correction(shoes[0], "Men > Shoes", who="ana", said="Men > Shoes"),
                Correction(shoes[1], BAGS, who="ana"),
                Correction(bags[0], None, who="ben"),
                Correction(shirts[0], "Accessories > Sunglasses", who="ben"),
                Correction(glasses[0], "Accessories > Watches", who="ben"),
            ],
        )
        fill(
            corpus,
            [
                Suspicion(shoes[2], "label", "It looks odd.", 0.8, "Men > Shoes", 0.7),
                Suspicion(shoes[3], "label", "It looks odd.", 0.7, "Accessories > Sunglasses", 0.6),
                Suspicion(shirts[1], "label", "It looks odd.", 0.6, BAGS, 0.5),
                Suspicion(shirts[2], "poor", "It has no name.", 0.5),
            ],
        )
    return path


def ids_by_label(corpus: Corpus) -> dict[str | None, list[str]]:
    """Return the products of each label that counts."""
    found: dict[str | None, list[str]] = {}
    for row in corpus.rows():
        found.setdefault(row.category_id, []).append(row.id)
    return found


def mapping_of(corpus: Corpus, tree: Taxonomy | None = None) -> TreeMapping:
    """Return what the shop's categories are in the new tree, as a person said."""
    left, right = corpus.taxonomy(), tree or new_tree()
    ids = {join_path(right.path(c)): c for c in right.categories}
    rows = [
        MappedCategory(old, tuple(Counterpart(ids[path]) for path in new), decided_by="ana")
        for old, new in COUNTERPARTS.items()
    ]
    return TreeMapping(left, right, rows)


def dump(path: Path, *, without: tuple[str, ...] = ()) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of a corpus, with the number of each, but for some tables."""
    with closing(sqlite3.connect(path)) as db:
        names = [
            row[0]
            for row in db.execute(
                "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
            )
        ]
        return {
            name: db.execute(f"select rowid, * from {name} order by rowid").fetchall()
            for name in sorted(names)
            if name not in without
        }
