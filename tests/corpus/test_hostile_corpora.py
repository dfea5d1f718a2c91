"""A corpus that somebody wrote to by other means is read as far as it is one, or refused."""

import os
import sqlite3
from contextlib import closing

import pytest

from prodcat.bulk.categorizing import categorize
from prodcat.corpus import opening
from prodcat.corpus.describe import describe_corpus
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError
from prodcat.tables.table import open_table

ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n)"
SCHEMAS = {
    "view": f"alter table products rename to p; create view products as {ENDLESS}"
    " select p.* from p, n",
    "trigger": "create trigger t after update on products begin delete from categories; end",
    "virtual table": "create virtual table more using fts5(name)",
    "table with computed columns": "create table more (a, b as (a || a))",
    "index of computed values": "create index more on products (hex(zeroblob(1000000)))",
}


@pytest.fixture
def path(tmp_path):
    """A corpus of three products, one with a picture."""
    with Corpus.open(tmp_path / "corpus.db", create=True) as corpus:
        products = [
            NewProduct(source="a", source_id=str(n), name=f"Boots {n}", description="warm")
            for n in range(3)
        ]
        corpus.upsert_products(products)
    return tmp_path / "corpus.db"


def change(path, sql):
    with closing(sqlite3.connect(path)) as database:
        database.executescript(sql)


@pytest.mark.parametrize("what", SCHEMAS)
def test_what_runs_when_it_is_read_is_refused(path, what):
    change(path, SCHEMAS[what])

    with pytest.raises(CorpusError, match=f"has the {what} '.*', which no corpus of prodcat has"):
        Corpus.open(path)


def test_functions_that_do_more_than_compute_are_not_trusted(path):
    with Corpus.open(path) as corpus:
        assert corpus.db.execute("pragma trusted_schema").fetchone() == (0,)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_statement_that_would_not_end_is_stopped(path, monkeypatch, read_only):
    monkeypatch.setattr(opening, "LEAST_STEPS", 3_000_000)
    with Corpus.open(path, read_only=read_only) as corpus:
        with pytest.raises(CorpusError, match="far more work"), opening.translated_errors(path):
            corpus.db.execute(f"{ENDLESS} select max(x) from n").fetchone()
        assert corpus.count() == 3


BAD = {
    "name is no text": "update products set name = x'00ff' where id = 'a:1'",
    "image_sha256 is no hash of a picture": "update products set image_sha256 = '../../etc/passwd'"
    " where id = 'a:1'",
    "name has 2,000,000 characters": "update products set name = printf('%.*c', 2000000, 'a')"
    " where id = 'a:1'",
    "category_id is no text": "update products set category_id = x'01' where id = 'a:1'",
}


@pytest.mark.parametrize("problem", BAD)
def test_one_bad_row_is_that_rows_problem(path, tmp_path, problem):
    change(path, BAD[problem])

    with Corpus.open(path) as corpus:
        assert [row.problem for row in corpus.rows()] == ["", problem, ""]
        assert corpus.fingerprint()
        assert describe_corpus(corpus).products == 3
    rows = list(open_table(path).rows())
    assert [row.problems for row in rows] == [(), (problem,), ()]
    assert categorize(path, tmp_path / "answers.csv").counts.rows == 3


def test_a_text_that_is_none_costs_no_other_row(path):
    change(path, "update products set name = cast(x'426fff' as text) where id = 'a:1'")

    with Corpus.open(path) as corpus:
        assert [row.name for row in corpus.rows()] == ["Boots 0", "Bo\ufffd", "Boots 2"]


def test_a_category_that_is_none_of_texts_is_nobodys(path):
    change(
        path, "insert into categories (source, id, name) values ('a', 'b', 'B'), ('a', 1, x'01')"
    )

    with Corpus.open(path) as corpus:
        assert list(corpus.taxonomy().categories) == ["b"]


def test_rows_that_do_not_fit_into_the_file_are_not_read_for_ever(path, monkeypatch):
    monkeypatch.setattr("prodcat.corpus.row_reading.BATCH_ROWS", 1)
    monkeypatch.setattr("prodcat.corpus.row_reading.LEAST_ROW_BYTES", 1 << 30)

    with Corpus.open(path) as corpus, pytest.raises(CorpusError, match="more products than fit"):
        list(corpus.rows())


def test_a_picture_that_leads_out_of_the_folder_is_not_read(path, tmp_path):
    (tmp_path / "secret").write_bytes(b"s3cret")
    with Corpus.open(path) as corpus:
        digest = corpus.images.put(b"picture")
        corpus.images.path(digest).unlink()
        corpus.images.path(digest).symlink_to(tmp_path / "secret")

        with pytest.raises(Exception, match="leads out of its folder"):
            corpus.images.read(digest)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "corpus.db")

    with pytest.raises(CorpusError, match="it is a pipe"):
        Corpus.open(tmp_path / "corpus.db")


def test_a_schema_that_is_no_text_is_one_line(path):
    """A damaged page can hold the names of tables, too."""
    path.write_bytes(path.read_bytes().replace(b"crawl_tasks", b"crawl_\x80asks"))

    with pytest.raises(CorpusError) as refused, Corpus.open(path) as corpus:
        describe_corpus(corpus)
    assert "\n" not in str(refused.value)
