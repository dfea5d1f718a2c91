"""Imports of tables that are not one plain file: folders, patterns, standard input."""

import gzip
import io
import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prodcat.corpus.store import Corpus
from prodcat.errors import TableError
from prodcat.importing import import_products
from prodcat.tables.read_as import ReadAs
from tests.tables.files import write
from tests.tables.test_files_table import write_parts


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "corpus.db", create=True) as corpus:
        yield corpus


def feed_stdin(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize("format", ["parquet", "csv"])
@pytest.mark.parametrize("place", ["folder", "pattern"])
def test_several_files_are_imported_once(tmp_path, corpus, format, place):
    ids = write_parts(tmp_path / "shop", format, [3, 4])
    source = tmp_path / "shop" if place == "folder" else tmp_path / "shop" / f"*.{format}"
    assert import_products(source, corpus).added == 7
    again = import_products(source, corpus)
    assert (again.added, again.unchanged) == (0, 7)
    assert {row.id for row in corpus.rows()} == {f"shop:{i}" for i in ids}


def test_an_interrupted_import_of_a_folder_goes_on(tmp_path, corpus, monkeypatch):
    monkeypatch.setattr("prodcat.importing.BATCH_ROWS", 4)
    write_parts(tmp_path / "shop", "csv", [6, 6])

    def stop(done, total):
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_products(tmp_path / "shop", corpus, on_progress=stop)
    summary = import_products(tmp_path / "shop", corpus)
    assert (summary.resumed_at, summary.rows, summary.added) == (8, 12, 12)


def test_a_changed_file_of_a_folder_is_another_import(tmp_path, corpus):
    write_parts(tmp_path / "shop", "csv", [2, 2])
    import_products(tmp_path / "shop", corpus)
    write(tmp_path / "shop" / "part-1.csv", "id,name\n2,Hat\n9,Cap\n")
    summary = import_products(tmp_path / "shop", corpus)
    assert (summary.added, summary.changed, summary.unchanged) == (1, 1, 2)


def test_partitions_are_imported_with_their_categories(tmp_path, corpus):
    for category in ("Shoes", "Hats"):
        folder = tmp_path / "shop" / f"category={category}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"id": [category], "name": ["x"]}), folder / "part.parquet")
    assert import_products(tmp_path / "shop", corpus).added == 2
    assert {row.category_id for row in corpus.rows()} == {"Shoes", "Hats"}


def test_standard_input_is_imported_and_known_again(corpus, monkeypatch):
    for added in (2, 0):
        feed_stdin(monkeypatch, "id;name\n1;Hut\n2;Größe\n".encode("cp1252"))
        summary = import_products("-", corpus)
        assert (summary.added, summary.source) == (added, "stdin")
    assert summary.notes == ("delimiter ;", "encoding Windows-1252")


def test_an_interrupted_import_of_standard_input_goes_on(corpus, monkeypatch):
    monkeypatch.setattr("prodcat.importing.BATCH_ROWS", 2)

    def stop(done, total):
        raise KeyboardInterrupt

    feed_stdin(monkeypatch, b"id,name\n1,a\n2,b\n3,c\n")
    with pytest.raises(KeyboardInterrupt):
        import_products("-", corpus, on_progress=stop)
    feed_stdin(monkeypatch, b"id,name\n1,a\n2,b\n3,c\n")
    assert import_products("-", corpus).resumed_at == 2


def test_an_empty_standard_input_is_told(corpus, monkeypatch):
    feed_stdin(monkeypatch, b"")
    with pytest.raises(TableError, match="Standard input is empty"):
        import_products("-", corpus)


def test_another_reading_of_a_file_is_another_import(tmp_path, corpus):
    path = write(tmp_path / "a.csv", "id,name\n1,Gr\u00f6\u00dfe\n")
    for read_as, added in ((ReadAs(), (1, 0)), (ReadAs(encoding="latin-1"), (0, 1))):
        summary = import_products(path, corpus, read_as=read_as)
        assert (summary.added, summary.changed) == added


def test_a_category_of_thousands_of_levels_is_left_out_and_told(tmp_path, corpus):
    deep = " > ".join("x" for _ in range(5000))
    path = write(tmp_path / "a.csv", f"id,name,category\n1,Hat,{deep}\n2,Cap,A > B\n")
    summary = import_products(path, corpus)
    assert (summary.added, [reason.reason for reason in summary.reasons]) == (
        2,
        ["category of more than 20 levels", "no category"],
    )


def test_a_packed_file_names_its_source_without_its_suffixes(tmp_path, corpus):
    (tmp_path / "north.csv.gz").write_bytes(gzip.compress(b"id,name\n1,Hat\n"))
    assert import_products(tmp_path / "north.csv.gz", corpus).source == "north"


def test_a_pipe_of_a_shell_is_imported(corpus):
    reads, writes = os.pipe()
    with os.fdopen(reads), os.fdopen(writes, "wb") as stream:
        stream.write(b"id,name\n1,Hat\n")
        stream.close()
        assert import_products(f"/dev/fd/{reads}", corpus, source_name="shop").added == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_a_pipe_with_a_name_is_refused_and_not_waited_for(tmp_path, corpus):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(TableError, match=r"it is a pipe, not a plain file.*cat .* \| prodcat"):
        import_products(tmp_path / "pipe.csv", corpus)


def test_a_device_is_refused(corpus):
    with pytest.raises(TableError, match="it is a device, not a plain file"):
        import_products("/dev/zero", corpus)
