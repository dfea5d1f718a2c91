"""What the kinds of tables share: each is imported, and answered by a small model."""

import csv
import io
import random
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from prodcat.bulk.categorizing import categorize
from prodcat.corpus.store import Corpus
from prodcat.errors import ProdcatError
from prodcat.importing import import_products
from prodcat.inference.predictor import Predictor
from tests.fuzz.mutating import drawn
from tests.model_files import build_model_dir, encoded

NAMES = ("id", "name", "description", "category", "image", "price", "split", "group", "note")
CELLS: tuple[Any, ...] = (
    *("boots", "blue jeans", "", "NULL", "=1+1", "\x1b]0;owned\x07", "a > b > c", "a > " * 30),
    *("1e999", "\u202eabc", "no/such.jpg", "../../etc/passwd", "data:image/png;base64,AAAA"),
    *("https://shop.example/a.jpg", "x" * 5000, '"', "a\nb", "\ud83d\ude00"),
)

OUTPUTS = ("csv", "parquet", "jsonl", "xlsx")


@cache
def predictor() -> Predictor:
    """A model that answers; it goes with the process's temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="prodcat-fuzz-"))
    return Predictor.load(build_model_dir(folder))


def rows(draw: random.Random) -> list[dict[str, Any]]:
    """Draw the rows of a table, some cells of which are odd."""
    names = draw.sample(NAMES, draw.randint(2, len(NAMES)))
    if not {"name", "description"} & set(names):
        names.append("name")
    text = st.text(max_size=30).filter(lambda text: text.isascii() or text.isprintable())
    return [
        {
            name: drawn(draw, text, examples=2) if draw.random() < 0.05 else draw.choice(CELLS)
            for name in names
        }
        for _ in range(draw.randint(0, 12))
    ]


def with_pictures(draw: random.Random, table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give some rows the bytes of a picture, in place of a path."""
    return [
        row | {"image": draw.choice((encoded("red"), b"", b"\xff\xd8\xff", None))} for row in table
    ]


def as_csv(table: list[dict[str, Any]], delimiter: str) -> bytes:
    """Write rows as CSV."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(table[0]) if table else ["name"], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(table)
    return stream.getvalue().encode(errors="replace")


def read_everywhere(table: Path, folder: Path) -> None:
    """Import a table, and answer it; each may refuse it with an error of ours."""
    kind = OUTPUTS[table.stat().st_size % len(OUTPUTS)]
    first: ProdcatError | None = None
    try:
        with Corpus.open(folder / "corpus.db", create=True) as corpus:
            summary = import_products(table, corpus)
            assert corpus.count() <= summary.rows
            corpus.taxonomy()
    except ProdcatError as error:
        first = error
    try:
        categorize(table, folder / f"answers.{kind}", predictor=predictor())
    except ProdcatError as error:
        first = first or error
    if first is not None:
        raise first
