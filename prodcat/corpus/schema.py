"""The tables of a corpus, as numbered migrations that are never edited once released."""

from typing import cast

from sqlite_utils import Database, Migrations
from sqlite_utils.db import DescIndex, Table

migrations = Migrations("prodcat")


@migrations()
def m001_products(db: Database) -> None:
    """Make the products and the category tree."""
    # A text that is missing is empty, not null, so that one comparison finds it. Price, category
    # and picture are null where there is none.
    texts = ["source", "source_id", "url", "name", "description", "brand", "currency", "locale"]
    texts += ["image_url", "image_status", "split", "group_id", "updated_at"]
    products = _table(db, "products")
    products.create(
        {
            "id": str,
            "source": str,
            "source_id": str,
            "url": str,
            "name": str,
            "description": str,
            "brand": str,
            "price": float,
            "currency": str,
            "locale": str,
            "category_id": str,
            "image_url": str,
            "image_sha256": str,
            "image_status": str,
            "split": str,
            "group_id": str,
            "updated_at": str,
        },
        pk="id",
        not_null={"id", *texts},
        defaults=dict.fromkeys(texts, ""),
    )
    # Reports count products by label, and look for those that share a picture.
    products.create_index(["category_id"])
    products.create_index(["image_sha256"])
    # No foreign keys: a category's parent may be missing or come later, and so may the category
    # of a product.
    _table(db, "categories").create(
        {
            "source": str,
            "id": str,
            "name": str,
            "full_name": str,
            "parent_id": str,
            "taxonomy_version": str,
        },
        pk=("source", "id"),
        not_null={"source", "id", "name", "full_name", "taxonomy_version"},
        defaults={"full_name": "", "taxonomy_version": ""},
    )
    links = _table(db, "product_categories")
    links.create(
        {"product_id": str, "category_id": str, "role": str},
        pk=("product_id", "category_id", "role"),
        not_null={"product_id", "category_id", "role"},
    )
    # The primary key begins with the product, and so is of no use from the category's side.
    links.create_index(["category_id"])


@migrations()
def m002_crawl_tasks(db: Database) -> None:
    """Make the frontier of a crawl: what is left, attempts, last error."""
    tasks = _table(db, "crawl_tasks")
    tasks.create(
        {
            "id": str,
            "source": str,
            "kind": str,
            "url": str,
            "data": str,
            "status": str,
            "attempts": int,
            "last_error": str,
            "updated_at": str,
        },
        pk="id",
        not_null={"id", "source", "kind", "url", "data", "status", "attempts", "last_error"},
        defaults={"url": "", "data": "", "status": "waiting", "attempts": 0, "last_error": ""},
    )
    # A crawl takes its next tasks so, again and again.
    tasks.create_index(["source", "status"])


@migrations()
def m003_imports(db: Database) -> None:
    """Make the record of imports: where each one stands, and what it refused and why."""
    _table(db, "imports").create(
        {
            "id": str,
            "source": str,
            "file": str,
            "rows_done": int,
            "finished": int,
            "added": int,
            "changed": int,
            "unchanged": int,
            "dropped": int,
            "pictures": int,
            "started_at": str,
            "updated_at": str,
        },
        pk="id",
        not_null={"id", "source", "file", "rows_done", "finished", "started_at", "updated_at"},
        defaults=dict.fromkeys(
            ["rows_done", "finished", "added", "changed", "unchanged", "dropped", "pictures"], 0
        ),
    )
    # Which product each row became, until the import is finished: the first of an id counts.
    _table(db, "import_rows").create(
        {"import_id": str, "product_id": str, "row": int},
        pk=("import_id", "product_id"),
        not_null={"import_id", "product_id", "row"},
    )
    _table(db, "rejections").create(
        {
            "import_id": str,
            "row": int,
            "reason": str,
            "outcome": str,
            "product_id": str,
            "detail": str,
        },
        pk=("import_id", "row", "reason"),
        not_null={"import_id", "row", "reason", "outcome", "product_id", "detail"},
        defaults={"product_id": "", "detail": ""},
    )


@migrations()
def m004_crawls(db: Database) -> None:
    """Make what a crawl knows beside its tasks: runs, versions of pages, products that are none."""
    tasks = _table(db, "crawl_tasks")
    for column in ("scope", "host", "category", "reason"):
        tasks.add_column(column, str, not_null_default="")
    tasks.add_column("failed_runs", int, not_null_default=0)
    tasks.create_index(["source", "status", "kind"])
    # A picture that arrives belongs to every product with its address.
    _table(db, "products").create_index(["image_url"])
    _table(db, "crawl_validators").create(
        {"source": str, "scope": str, "url": str, "etag": str, "last_modified": str},
        pk=("source", "scope", "url"),
        not_null={"source", "scope", "url", "etag", "last_modified"},
    )
    _table(db, "crawl_skipped").create(
        {"task_id": str, "source": str, "item": str, "reason": str},
        pk=("task_id", "item", "reason"),
        not_null={"task_id", "source", "item", "reason"},
    )
    counts = ["requests", "bytes", "added", "changed", "unchanged", "pictures", "failed"]
    _table(db, "crawl_runs").create(
        {
            "id": int,
            "source": str,
            "scope": str,
            "started_at": str,
            "ended_at": str,
            "outcome": str,
            **dict.fromkeys(counts, int),
        },
        pk="id",
        not_null={"source", "scope", "started_at", "ended_at", "outcome", *counts},
        defaults={"ended_at": "", "outcome": "", **dict.fromkeys(counts, 0)},
    )


@migrations()
def m005_corrections(db: Database) -> None:
    """Make the record of what people decided, to which is only ever added, and what counts of it.

    A product's own label stays as its shop gave it.
    """
    corrections = _table(db, "corrections")
    corrections.create(
        {
            "id": int,
            "product_id": str,
            "category_id": str,
            "undoes": int,
            "who": str,
            "decided_at": str,
            "asked": str,
            "said": str,
            "said_probability": float,
        },
        pk="id",
        not_null={"product_id", "who", "decided_at", "asked", "said"},
        defaults={"who": "", "asked": "", "said": ""},
    )
    corrections.create_index(["product_id"])
    # The newest of each product that was not undone; null where none of the categories fits.
    _table(db, "decided").create(
        {"product_id": str, "category_id": str, "correction_id": int},
        pk="product_id",
        not_null={"product_id", "correction_id"},
    )


@migrations()
def m006_review(db: Database) -> None:
    """Make the queue of products that deserve a look: cards, who holds which, and what was done."""
    cards = _table(db, "review_cards")
    cards.create(
        {
            "product_id": str,
            "kind": str,
            "reason": str,
            "value": float,
            "suggestion": str,
            "probability": float,
            "alike": str,
            "added_at": str,
            "since": int,
            "second": int,
            "state": int,
        },
        pk=("product_id", "kind"),
        not_null={
            *("product_id", "kind", "reason", "value", "alike", "added_at"),
            *("since", "second", "state"),
        },
        defaults={"alike": "[]", "since": 0, "second": 0, "state": 0},
    )
    # The next card is the first of this index that nobody else holds.
    cards.create_index(["state", DescIndex("value"), "product_id"])
    _table(db, "review_claims").create(
        {"product_id": str, "who": str, "until": float},
        pk="product_id",
        not_null={"product_id", "who", "until"},
    )
    actions = _table(db, "review_actions")
    actions.create(
        {
            "id": int,
            "who": str,
            "product_id": str,
            "verdict": str,
            "first": int,
            "last": int,
            "at": float,
            "undone": int,
        },
        pk="id",
        not_null={"who", "product_id", "verdict", "at", "undone"},
        defaults={"undone": 0},
    )
    actions.create_index(["who", "id"])
    actions.create_index(["product_id"])


@migrations()
def m007_crawl_pictures(db: Database) -> None:
    """Make the list of pictures that a shop names of a product, of those with several."""
    _table(db, "crawl_pictures").create(
        {"product_id": str, "place": int, "url": str},
        pk=("product_id", "place"),
        not_null={"product_id", "place", "url"},
    )


@migrations()
def m008_trees(db: Database) -> None:
    """Make the further trees of a corpus, and the record of its way from one tree to another.

    To the record is only ever added. What shops say of products stays as it is; what it is in the
    tree that counts stands in the last two tables, which are made anew from the record.
    """
    _table(db, "trees").create(
        {"name": str, "version": str, "added_at": str},
        pk="name",
        not_null={"name", "version", "added_at"},
    )
    _table(db, "tree_categories").create(
        {"tree": str, "id": str, "name": str, "full_name": str, "parent_id": str},
        pk=("tree", "id"),
        not_null={"tree", "id", "name", "full_name"},
        defaults={"full_name": ""},
    )
    # A change, or that one was undone; `since` is the newest decision at that time.
    changes = {"tree_before": str, "tree": str, "who": str, "changed_at": str, "report": str}
    _table(db, "tree_changes").create(
        {"id": int, "undoes": int, "since": int, **changes},
        pk="id",
        not_null={"since", *changes},
    )
    # Null for what is gone.
    _table(db, "category_changes").create(
        {"change_id": int, "old_id": str, "kind": str, "new_id": str, "reason": str},
        pk=("change_id", "old_id"),
        not_null={"change_id", "old_id", "kind", "reason"},
        defaults={"reason": ""},
    )
    # Of a product whose category was split: by its shop's label, which is empty for a decision.
    _table(db, "product_changes").create(
        {
            "change_id": int,
            "product_id": str,
            "stated_id": str,
            "old_id": str,
            "new_id": str,
            "decided_by": str,
        },
        pk=("change_id", "product_id", "stated_id"),
        not_null={"change_id", "product_id", "stated_id", "old_id", "decided_by"},
    )
    # A card as it was, as JSON, empty where there was none, and its suggestion since then.
    _table(db, "card_changes").create(
        {"change_id": int, "product_id": str, "kind": str, "before": str, "suggestion": str},
        pk=("change_id", "product_id", "kind"),
        not_null={"change_id", "product_id", "kind", "before"},
    )
    _table(db, "label_moves").create(
        {"old_id": str, "new_id": str}, pk="old_id", not_null={"old_id"}
    )
    _table(db, "product_moves").create(
        {"product_id": str, "old_id": str, "new_id": str},
        pk=("product_id", "old_id"),
        not_null={"product_id", "old_id"},
    )


def _table(db: Database, name: str) -> Table:
    return cast(Table, db[name])
