import os
import threading

import pytest
from sqlite_utils import Database

from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.schema import migrations
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError

BOOTS = NewProduct(source="shop", source_id="1", name="Boots")


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "corpus.db", create=True) as corpus:
        yield corpus


def test_several_processes_can_make_the_same_corpus(tmp_path):
    problems = []

    def make():
        try:
            Corpus.open(tmp_path / "new.db", create=True).close()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def one_line_error(path, **options):
    with pytest.raises(CorpusError) as caught:
        Corpus.open(path, **options).close()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_file_is_told_and_not_made(tmp_path):
    assert "prodcat import" in one_line_error(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()
    assert "No folder" in one_line_error(tmp_path / "no" / "c.db", create=True)


def test_a_folder_is_told(tmp_path):
    assert "is a folder" in one_line_error(tmp_path, create=True)


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be one", b""])
def test_a_file_that_is_no_database_is_told(tmp_path, content):
    (tmp_path / "a.db").write_bytes(content)
    assert "not a SQLite database" in one_line_error(tmp_path / "a.db")
    assert (tmp_path / "a.db").read_bytes() == content


def test_a_damaged_database_is_told(tmp_path, corpus):
    corpus.upsert_products(
        NewProduct(source="shop", source_id=str(number), name=f"Boots {number}")
        for number in range(500)
    )
    corpus.close()
    content = (tmp_path / "corpus.db").read_bytes()
    (tmp_path / "corpus.db").write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with (
        pytest.raises(CorpusError, match="no readable SQLite database"),
        Corpus.open(tmp_path / "corpus.db") as damaged,
    ):
        list(damaged.rows())


@pytest.mark.parametrize("create", [True, False])
def test_the_database_of_another_program_is_left_alone(tmp_path, create):
    with Database(tmp_path / "other.db") as other:
        other["products"].insert({"id": 1})
    assert "no corpus of prodcat" in one_line_error(tmp_path / "other.db", create=create)
    with Database(tmp_path / "other.db") as other:
        assert other.table_names() == ["products"]


def test_a_corpus_of_a_newer_version_is_told(tmp_path, corpus):
    known = {"migration_set": "prodcat", "name": "m999_later", "applied_at": ""}
    corpus.db[migrations.migrations_table].insert(known)
    message = one_line_error(tmp_path / "corpus.db")
    assert "newer version of prodcat (it has m999_later)" in message


def test_a_corpus_of_an_older_version_is_brought_up_to_date(tmp_path):
    with Database(tmp_path / "old.db") as old:
        migrations.apply(old, stop_before="m003_imports")
    assert "older version" in one_line_error(tmp_path / "old.db", read_only=True)
    with Corpus.open(tmp_path / "old.db") as corpus:
        assert corpus.db["imports"].exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_corpus_in_a_folder_without_rights_can_be_read(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    with Corpus.open(folder / "corpus.db", create=True) as corpus:
        corpus.upsert_products([BOOTS])
    (folder / "corpus.db").chmod(0o444)
    folder.chmod(0o555)
    try:
        with Corpus.open(folder / "corpus.db") as corpus:
            assert corpus.read_only
            assert corpus.count() == 1
    finally:
        folder.chmod(0o755)
