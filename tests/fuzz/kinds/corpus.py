"""Corpora: their pages mutated, their tables changed by SQL, with views and triggers."""

import random
import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from prodcat.bulk.categorizing import categorize
from prodcat.config import DataConfig
from prodcat.corpus.describe import describe_corpus
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.data.labels import build_task
from prodcat.errors import ProdcatError
from tests.fuzz.mutating import mutated
from tests.fuzz.tables import predictor
from tests.model_files import encoded

WORDS = (b"\xff" * 8, b"\x00" * 8, b"\x0d", b"\x05", b"products", b"CREATE VIEW", b"\x80\x80\x80")
COLUMNS = ("id", "source", "name", "description", "category_id", "image_sha256", "split", "price")
VALUES = (
    *("null", "1", "-9e999", "x'ff00'", "zeroblob(3000000)", "''", "char(27) || ']0;owned'"),
    *("'../../etc/passwd'", "char(0)", "printf('%.*c', 2000000, 'a')", "'a > b'", "name"),
)
ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n)"
STATEMENTS = (
    "drop table categories",
    "delete from product_categories",
    "alter table products rename to products_",
    "alter table products rename to p; create view products as select * from p",
    "alter table products rename to p; create view products as " + ENDLESS
    + " select p.* from p, n",
    "create trigger t after update on products begin delete from products; end",
    "alter table categories rename to c; create view categories as " + ENDLESS
    + " select c.* from c, n where x < 0",
    "update categories set parent_id = id",
    "update categories set id = null",
    "pragma writable_schema = 1; update sqlite_master set sql = 'create table x' where rowid = 2",
    "pragma user_version = 77",
    "create index i on products (abs(-9223372036854775807 - length(name)))",
)  # fmt: skip


@cache
def sound() -> Path:
    """A corpus of a few products; it goes with the process's temporary folder."""
    path = Path(tempfile.mkdtemp(prefix="prodcat-fuzz-")) / "corpus.db"
    with Corpus.open(path, create=True) as corpus:
        picture = corpus.images.put(encoded("red"))
        corpus.upsert_products(
            NewProduct(
                source="shop", source_id=str(n), name=f"blue boots {n}", image_sha256=picture
            )
            for n in range(40)
        )
    with closing(sqlite3.connect(path)) as database:
        database.execute("pragma wal_checkpoint(truncate)")
        for name in "ab":
            into = "insert into categories (source, id, name) values ('shop', ?1, ?1)"
            database.execute(into, name)
        database.execute("update products set category_id = substr('ab', 1 + rowid % 2, 1)")
        database.commit()
        database.execute("pragma journal_mode = delete")
    return path


def make(draw: random.Random, folder: Path) -> None:
    """Write a corpus of which something is spoilt."""
    shutil.copytree(sound().parent, folder, dirs_exist_ok=True)
    file = folder / "corpus.db"
    with closing(sqlite3.connect(file)) as database:
        for _ in range(draw.choice((0, 1, 2))):
            statement = draw.choice(STATEMENTS)
            if draw.random() < 0.7:
                column, value = draw.choice(COLUMNS), draw.choice(VALUES)
                # What is large once shows all; in each row it only takes as long.
                large = "(" in value
                where = "rowid = 3" if large else draw.choice(("1", "rowid = 3"))
                statement = f"update or replace products set {column} = {value} where {where}"
            try:
                database.executescript(statement)
            except sqlite3.Error:
                continue
        database.commit()
    if draw.random() < 0.4:
        file.write_bytes(mutated(draw, file.read_bytes(), words=WORDS, max_bytes=8 << 20))


def run(folder: Path) -> None:
    """Describe it, take its labels for training, answer it, and write to it."""
    path = folder / "corpus.db"
    first: ProdcatError | None = None
    for use in (describe, label, answer, write):
        try:
            use(path)
        except ProdcatError as error:
            first = first or error
    if first is not None:
        raise first


def describe(path: Path) -> None:
    with Corpus.open(path, read_only=True) as corpus:
        describe_corpus(corpus)


def label(path: Path) -> None:
    with Corpus.open(path, read_only=True) as corpus:
        corpus.fingerprint()
        build_task(corpus, DataConfig(), reads=True, sees=True)


def answer(path: Path) -> None:
    categorize(path, path.with_name("answers.csv"), predictor=predictor())


def write(path: Path) -> None:
    with Corpus.open(path) as corpus:
        corpus.upsert_products([NewProduct(source="shop", source_id="1", name="new")])
