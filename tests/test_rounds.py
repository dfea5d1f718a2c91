"""The how-to pages from a shop's own file to answers, run on drawn shops."""

import csv
import re
from pathlib import Path

import openpyxl
import pandas as pd
import polars as pl
import pytest
from click.testing import CliRunner

from prodcat.cli.commands import main
from prodcat.corpus.store import Corpus
from prodcat.modeldir.format import BUNDLED
from tests.crawler.site import Site, reply
from tests.test_docs import REPOSITORY, shell_lines
from tests.toy import draw_picture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (BUNDLED / "model.json").is_file(), reason="the fast preset takes the bundled encoders"
    ),
]
PAGES = REPOSITORY / "docs" / "how-to"
KINDS = {
    ("Women", "Shoes", "Boots"): "ankle boots",
    ("Women", "Dresses"): "evening dress",
    ("Men", "Shirts"): "office shirt",
    ("Bags",): "shoulder bag",
}
LABELLED, NEW = 640, 24
"""A tenth of the labelled ones calibrate; fewer would not prove the accuracy of the pages."""


@pytest.fixture
def site():
    """A shop's server, which has a picture of each kind."""
    with Site() as opened:
        for seed, path in enumerate(KINDS):
            picture = draw_picture(path, seed=seed)
            opened.answers[f"/{path[-1]}.jpg"] = reply(picture, Content_Type="image/jpeg")
        yield opened


def products(count):
    """Number, path and name of each product."""
    for number in range(count):
        path = list(KINDS)[number % len(KINDS)]
        yield number, path, f"Acme {KINDS[path]} {number}"


def run_page(page, **words_more):
    """Run the commands of a page, with further words for some of them."""
    for words in shell_lines(PAGES / page):
        command = words[1]
        result = CliRunner().invoke(
            main, [*words[1:], *words_more.get(command, ())], catch_exceptions=False
        )
        assert result.exit_code == 0, f"{' '.join(words)}\n{result.output}"
        yield command, result


def from_here(page):
    """Run a page's commands against a server on this machine."""
    local = ("--allow-private", "--rate", "none", "--picture-cache", "cache")
    return dict(run_page(page, **{"import": local[:3], "categorize": local}))


def write_excel(file, site, count, *, labelled):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Products"
    sheet.append(["Article number", "Product name", "Image URL", "Stock"])
    if labelled:
        sheet.cell(1, 5, "Categories")
    for number, path, name in products(count):
        row = [f"{number:05}", name, f"{site.url}/{path[-1]}.jpg", number % 9]
        sale = "; Sale" if number % 3 == 0 else ""
        sheet.append([*row, " > ".join(path) + sale] if labelled else row)
    book.save(file)


def test_from_excel_to_excel(site, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_excel("catalogue.xlsx", site, LABELLED, labelled=True)
    write_excel("new.xlsx", site, NEW, labelled=False)

    told = from_here("excel-to-excel.md")

    page = (PAGES / "excel-to-excel.md").read_text("utf-8")
    for line in re.search(r"```text\n(.*?)```", page, re.DOTALL)[1].splitlines():
        assert line in told["import"].stderr
    with Corpus.open(Path("shop.db")) as corpus:
        rows = list(corpus.rows())
        assert {row.category_id for row in rows} == {" > ".join(path) for path in KINDS}
        assert all(row.image_sha256 for row in rows)
        listed = corpus.db.execute(
            "select count(*) from product_categories where category_id='Sale'"
        )
        assert listed.fetchone()[0] == len(range(0, LABELLED, 3))
    book = openpyxl.load_workbook("answers.xlsx")
    answers = book.worksheets[0]
    header, *found = answers.iter_rows(values_only=True)
    assert {"Article number", "Product name", "Image URL", "Stock", "category"} <= set(header)
    place = header.index("category")
    right = [" > ".join(path) for _, path, _ in products(NEW)]
    wrong = [row for row, path in zip(found, right, strict=True) if row[place] not in (path, None)]
    assert not wrong
    assert sum(row[place] is not None for row in found) > NEW / 2
    numbers = [row[header.index("Article number")] for row in found]
    assert numbers == [f"{number:05}" for number in range(NEW)]
    assert "Summary" in book.sheetnames


def write_shopify(file, site, count):
    header = ["Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags"]
    header += ["Option1 Name", "Option1 Value", "Variant SKU", "Image Src"]
    with Path(file).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        for number, path, name in products(count):
            handle, image = f"p-{number}", f"{site.url}/{path[-1]}.jpg"
            text = f"<p>{name}, <b>soft</b></p>"
            writer.writerow(
                [handle, name, text, "Acme", path[-1], "new", "Size", "S", f"{number}-S", image]
            )
            for size in "ML":
                writer.writerow([handle, *[""] * 6, size, f"{number}-{size}", ""])


def test_from_a_shopify_export_to_excel(site, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_shopify("products_export.csv", site, LABELLED)
    write_shopify("new_export.csv", site, NEW)

    told = from_here("shopify-to-excel.md")

    page = (PAGES / "shopify-to-excel.md").read_text("utf-8")
    for line in re.search(r"```text\n(.*?)```", page, re.DOTALL)[1].splitlines():
        assert line in told["import"].stderr
    assert "joined to the product above" in told["import"].stdout
    with Corpus.open(Path("shop.db")) as corpus:
        assert corpus.count() == LABELLED
    header, *found = (
        openpyxl.load_workbook("answers.xlsx").worksheets[0].iter_rows(values_only=True)
    )
    place = header.index("category")
    assert len(found) == 3 * NEW
    for number, path, _ in products(NEW):
        answers = {row[place] for row in found[3 * number : 3 * number + 3]}
        assert answers in ({path[-1]}, {None})


def test_from_frame_to_frame(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [(n, name, " > ".join(path)) for n, path, name in products(LABELLED)]
    pd.DataFrame(rows, columns=["id", "name", "category"]).to_csv("labelled.csv", index=False)
    pd.DataFrame(rows[:NEW], columns=["id", "name", "kind"]).to_csv("new.csv", index=False)

    page = (PAGES / "frame-to-frame.md").read_text("utf-8")
    for code, library in zip(
        re.findall(r"```python\n(.*?)```", page, re.DOTALL), (pd, pl), strict=True
    ):
        names = {}
        exec(code, names)
        assert isinstance(names["answers"], library.DataFrame)
        assert list(names["answers"].columns)[:4] == ["id", "name", "kind", "category"]
        sure = names["sure"]
        assert len(sure) > NEW / 2
        assert list(sure["category"]) == list(sure["kind"])
    assert Path("runs/shop/metrics.json").is_file()
