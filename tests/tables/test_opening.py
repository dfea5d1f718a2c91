"""What kind of table a file, a folder or a pattern of names is."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prodcat.corpus.store import Corpus
from prodcat.errors import TableError
from prodcat.importing import import_products
from prodcat.tables import opening
from prodcat.tables.opening import FILE_KINDS, FileKind
from prodcat.tables.table import open_table
from prodcat.tables.table_format import RawRow
from tests.tables.files import rows, write


def test_a_pattern_that_fits_no_file_is_told(tmp_path):
    with pytest.raises(TableError, match=r"No file has a name like .*\*\.csv"):
        open_table(tmp_path / "*.csv")


def test_a_name_with_the_signs_of_a_pattern_is_a_name_if_it_is_there(tmp_path):
    write(tmp_path / "new[1].csv", "id,name\n7,bag\n")
    assert [row.id for row in rows(tmp_path / "new[1].csv")] == ["7"]


class NamesTable:
    """A reader of another kind of file: a name on each line."""

    columns = ("name",)
    notes = ()
    has_own_fields = False
    inner_columns = frozenset()

    def __init__(self, path, read_as):
        self.path, self.folder = path, path.parent

    def count(self):
        return None

    def rows(self, columns, start):
        for line in self.path.read_text("utf-8").splitlines()[start:]:
            yield RawRow({"name": line})


def test_a_reader_and_its_line_are_all_that_a_kind_of_table_takes(tmp_path, monkeypatch):
    names = FileKind(".names", NamesTable, suffixes=(".names",))
    monkeypatch.setattr(opening, "FILE_KINDS", (*FILE_KINDS, names))
    path = write(tmp_path / "shop.names", "bag\nboots\n")

    assert [row.name for row in open_table(path).rows()] == ["bag", "boots"]
    assert [row.name for row in rows(tmp_path / "*.names")] == ["bag", "boots"]
    with Corpus.open(tmp_path / "corpus.db", create=True) as corpus:
        assert import_products(path, corpus).added == 2
    with pytest.raises(TableError, match=r"a corpus, \.names, or a folder"):
        open_table(write(tmp_path / "shop.readme", "bag"))


def test_content_counts_before_the_suffix(tmp_path):
    (tmp_path / "shop").mkdir()
    pq.write_table(pa.table({"id": ["7"], "name": ["bag"]}), tmp_path / "shop" / "a.csv")
    assert [row.id for row in rows(tmp_path / "shop" / "a.csv")] == ["7"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.csv", None, "No file or folder"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n\n", "does not begin with a line of column names"),
        ("a.parquet", b"PAR1 and no more", "cannot be read"),
        ("a.jsonl", b"[\n1]\n", "has no JSON object"),
        ("a.xlsx", b"PK\3\4", "cannot be read: File is not a zip file"),
    ],
)
def test_what_is_no_table_is_told(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(TableError, match=message) as caught:
        open_table(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_folder_without_styles_is_told(tmp_path):
    with pytest.raises(TableError, match=r"folder with neither styles\.csv nor tables"):
        open_table(tmp_path)
