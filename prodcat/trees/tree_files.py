"""Reads a category tree, whatever form its file has."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prodcat.corpus.store import Corpus
from prodcat.errors import InputError, ModelNotFoundError, ProdcatError, TaxonomyError, one_line
from prodcat.inputs.plain_files import NotPlainError, open_plain
from prodcat.modeldir.reading import read_model_dir
from prodcat.product import PathLike
from prodcat.tables.arrow_files import FILE_MAGIC, STREAM_MAGIC
from prodcat.tables.byte_source import GZIP, ZIP, ByteSource
from prodcat.tables.csv_files import CsvTable
from prodcat.tables.encodings import find_encoding
from prodcat.tables.opening import open_format
from prodcat.tables.read_as import ReadAs
from prodcat.tables.table_format import TableFormat
from prodcat.tables.workbooks import OLE
from prodcat.taxonomy.tree import Taxonomy
from prodcat.trees.json_trees import read_json
from prodcat.trees.line_trees import content_lines, is_full_names, read_full_names, read_lines
from prodcat.trees.table_trees import read_table

MAX_BYTES = 64 << 20
"""Of a text; the largest published tree, Shopify's with all its attributes, has 30 MB."""
SQLITE = b"SQLite format 3\x00"
TABLES = (ZIP, OLE, b"PAR1", FILE_MAGIC, STREAM_MAGIC)
"""What files of tables begin with that are no text."""
TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".psv")
MODEL = "model"
"""Where in a run directory its model is."""
KNOWN_COLUMNS = re.compile(r"(?i)\b(id|name|parent\w*|path|full[ _]?name|level|lvl|categor\w*)\b")


def read_tree(
    path: PathLike,
    *,
    encoding: str | None = None,
    sheet: str | None = None,
    source: str | None = None,
) -> Taxonomy:
    """Read a category tree from a file of any form.

    As it is published: Google's ``id - A > B``, Shopify's text and ``full_names.yml``,
    ShopStyle's JSON. As shops have it: a path a line, with ``>``, ``/``, ``»`` or ``|`` between its
    levels; a list indented by tabs or spaces, with bullets or without; CSV, Excel or Parquet with a
    column a level, a column of paths, or ids with their parents; JSON, nested or flat. And what
    prodcat has: a corpus, whose categories are the tree; a model directory, or a run.

    Categories keep the ids that a file gives them; others have their path as id.

    Args:
        path: The file, or the folder of a model.
        encoding: Of a text; None to find it out.
        sheet: Of a workbook; None for the first with a table.
        source: Of a corpus, whose tree; None for that of all sources.

    Raises:
        TaxonomyError: If it is no tree, with the line that is wrong.
        InputError: If it cannot be read.
        CorpusError: If it is a corpus that cannot be read.
    """
    file = Path(path)
    read_as = ReadAs(encoding=encoding, sheet=sheet)
    tree = _read(file, read_as, source)
    if not len(tree):
        raise TaxonomyError(f"{file} has no categories.")
    return tree


@contextmanager
def reading_tree(file: Path) -> Iterator[None]:
    """Say in one line why a file cannot be read."""
    try:
        yield
    except ProdcatError:  # says already what is wrong
        raise
    except FileNotFoundError as error:
        raise TaxonomyError(f"No file or folder at {file}.") from error
    except (OSError, ValueError) as error:
        raise TaxonomyError(f"{file} cannot be read: {one_line(error)}") from error


def _read(file: Path, read_as: ReadAs, source: str | None) -> Taxonomy:
    if file.is_dir():
        return _of_model(file)
    with reading_tree(file):
        try:
            with open_plain(file) as stream:
                beginning = stream.read(16)
        except NotPlainError as error:
            raise TaxonomyError(f"{file} is no tree: {error.strerror}.") from error
    if not beginning:
        raise TaxonomyError(f"{file} is empty.")
    if beginning == SQLITE:
        with Corpus.open(file, read_only=True) as corpus:
            return corpus.taxonomy(source=source)
    if beginning.startswith(TABLES):
        with reading_tree(file):
            return read_table(open_format(file, read_as), file)
    packed = ByteSource(file, "gzip") if beginning.startswith(GZIP) else ByteSource(file)
    return _of_text(packed, read_as)


def _of_model(folder: Path) -> Taxonomy:
    try:
        return read_model_dir(folder).taxonomy
    except ModelNotFoundError:
        if not (folder / MODEL).is_dir():
            raise
    return read_model_dir(folder / MODEL).taxonomy


def _of_text(source: ByteSource, read_as: ReadAs) -> Taxonomy:
    file = source.path
    with reading_tree(file), source.open() as stream:
        if len(stream.read(MAX_BYTES + 1)) > MAX_BYTES:
            raise TaxonomyError(f"{file} has more than {MAX_BYTES >> 20} MB; a tree has less.")
    with reading_tree(file):
        try:
            found = find_encoding(source, read_as)
        except InputError as error:
            message = str(error).replace("no table of products", "no tree")
            raise TaxonomyError(message) from error
        with found.open(source) as lines:
            text = lines.read().replace("\0", "")
    text = text.encode(errors="replace").decode()
    is_json = source.name.suffix.lower() == ".json"
    if is_json or text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return read_json(text.lstrip("\ufeff"), file)
    content = content_lines(text.removeprefix("\ufeff"), file)
    if not content:
        raise TaxonomyError(f"{file} has no categories: its lines are blank, or comments.")
    if is_full_names(content):
        return read_full_names(content, file)
    if (table := _table(source, read_as, content[0][1])) is not None:
        with reading_tree(file):
            return read_table(table, file)
    return read_lines(content, file)


def _table(source: ByteSource, read_as: ReadAs, first: str) -> TableFormat | None:
    """Return a text as a table, where it has several columns, or one with a heading."""
    is_named = source.name.suffix.lower() in TABLE_SUFFIXES
    if not is_named and not (set(first) & set("\t;,|") and len(KNOWN_COLUMNS.findall(first)) > 1):
        return None
    table = CsvTable(source, read_as)
    if len(table.columns) == 1 and not KNOWN_COLUMNS.search(table.columns[0]):
        # Paths without a heading, whatever the file is called.
        return None
    return table if is_named or table.layout.fit > 0.8 else None
