"""``prodcat import`` of a table with pictures, rows that are wrong, and several batches."""

from pathlib import Path
from typing import Any

from tests.crawler.crawls import content, rows
from tests.toy import write_products

IMPORTS = ("prodcat.cli.commands", "prodcat.importing")
PRODUCTS, PICTURES = 600, 20
"""Every twentieth keeps its picture, whose files are most of the places."""
LOG = (
    # Killed when all was there, the same command finds that it is.
    "select source, file, rows_done, finished, added + unchanged, changed, dropped, pictures"
    " from imports",
    "select row, outcome, reason, detail, product_id from rejections order by 1, 2, 3",
    "select count(*) from import_rows",
)


def prepare(inputs: Path) -> None:
    table = write_products(inputs, "csv", products=PRODUCTS)
    lines = [
        line if number % PICTURES == 0 else f"{line.rpartition(',')[0]},\n"
        for number, line in enumerate(table.read_text().splitlines(keepends=True))
    ]
    # An id twice, a picture that is not there, and rows with nothing in them.
    lines[40] = lines[39]
    lines[400:402] = ["x1,A lamp,,Bags,images/nowhere.jpg\n", "x2,,,,\n"]
    table.write_text("".join(lines))


def run(inputs: Path, out: Path) -> None:
    from prodcat.cli.commands import main

    main(["import", str(inputs / "products.csv"), str(out / "shop.db"), "--source-name", "shop"])


def outcome(inputs: Path, out: Path) -> Any:
    return [*content(out / "shop.db"), *(rows(out / "shop.db", sql) for sql in LOG)]
