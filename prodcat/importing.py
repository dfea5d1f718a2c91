"""Products from a table into the corpus, with a reason for whatever is not taken over."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from prodcat.corpus.import_log import DROPPED, KEPT, ImportedRow, ImportLog, ImportSummary, Note
from prodcat.corpus.new_product import AS_STORED, AsStored, NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import ImageError, InputError, TableError
from prodcat.inputs.image_decoding import describe, read_bytes
from prodcat.inputs.images import DEFAULT_LIMITS, open_image
from prodcat.inputs.text import clean_text, says_something
from prodcat.product import PathLike
from prodcat.tables.columns import Columns
from prodcat.tables.rows import TableRow
from prodcat.tables.table import ProductTable, open_table
from prodcat.tables.words import read_price
from prodcat.taxonomy.paths import CategoryPath, join_path
from prodcat.taxonomy.tree import Taxonomy

if TYPE_CHECKING:
    from prodcat.screen import OnProgress

# Of one transaction: a kill costs no more than these.
BATCH_ROWS = 250
STORED, WAITING = "stored", "waiting"
VERIFY_SIZE = (64, 64)
"""A large JPEG need not be decoded at full size to know that it can be."""

T = TypeVar("T")


def import_products(
    source: PathLike,
    corpus: Corpus,
    *,
    columns: Columns | None = None,
    separator: str | None = None,
    source_name: str | None = None,
    image_root: PathLike | None = None,
    keep_null_words: bool = False,
    on_table: "Callable[[ProductTable], None] | None" = None,
    on_progress: "OnProgress | None" = None,
) -> ImportSummary:
    """Take the products of a table over into the corpus.

    Importing the same again changes nothing. After an interruption it goes on where it was.
    A product that is already there keeps what the table has no column for.

    Args:
        source: A Parquet, CSV or JSON lines file, or a folder in the Kaggle layout.
        corpus: Where they go; their pictures go to the folder beside it.
        columns: Field → column, see `open_table`.
        separator: Between the levels of a category path in one column; None to find it out.
        source_name: First part of the products' ids; the name of the file if not given.
        image_root: Folder that image paths start from.
        keep_null_words: Take NULL, nan and the like for words as any others.
        on_table: Is shown the table before any row is read: which column is what.
        on_progress: Called after every batch.

    Raises:
        TableError: If the table cannot be read.
        CorpusError: If the corpus cannot be written.
    """
    table = open_table(
        source,
        columns=columns,
        separator=separator,
        image_root=image_root,
        keep_null_words=keep_null_words,
    )
    name = name_source(table, source_name)
    if on_table is not None:
        on_table(table)
    log = ImportLog(corpus, import_id(table, name), source=name, file=file_name(table))
    return import_table(table, corpus, log, on_progress=on_progress)


def name_source(table: ProductTable, source_name: str | None = None) -> str:
    """Return the first part of the ids of a table's products; by its file if not given.

    Raises:
        TableError: If it is a corpus, or in an object store, and cannot be imported.
        InputError: If *source_name* is none.
    """
    if table.is_corpus:
        raise TableError(
            f"{table.path} is a corpus already; import the table that it was made from."
        )
    if isinstance(table.path, str):
        raise TableError(
            f"{table.path} is in an object store; copy it to this machine to import it."
        )
    # Resolved, so that the folder `.` gives its name to the source. In an id, the first colon ends
    # the source.
    stem = table.path.resolve().stem.replace(":", "_")
    name = stem if source_name is None else source_name.strip()
    if not name or ":" in name:
        raise InputError(f"A source is named by a word without colons, not {source_name!r}.")
    return name


def file_name(table: ProductTable) -> str:
    """Return what the log of imports calls a table's file."""
    return Path(table.path).resolve().name


def import_table(
    table: ProductTable,
    corpus: Corpus,
    log: ImportLog,
    *,
    on_progress: "OnProgress | None" = None,
) -> ImportSummary:
    """Take the products of an open table over, as `import_products` does those of a file.

    Args:
        table: Its rows may be read more than once.
        corpus: Where they go.
        log: Tells this import from others, and names the source.
        on_progress: Called after every batch.

    Raises:
        CorpusError: If the corpus cannot be written.
    """
    with corpus.transaction():
        start = log.begin()
    importer = Importer(corpus, table, log)
    # Lazy: of the pictures no more are read than one batch has.
    prepared = map(importer.prepare, table.rows(start))
    done, total = start, table.count()
    while batch := list(islice(prepared, BATCH_ROWS)):
        done += len(batch)
        importer.write(batch, rows_done=done)
        if on_progress is not None:
            on_progress(done, total)
    with corpus.transaction():
        log.finish()
        return log.summarize(resumed_at=start)


@dataclass(frozen=True)
class PreparedRow:
    """A row on its way into the corpus."""

    number: int
    product: NewProduct
    """What to write; only what the table has a column for."""
    paths: tuple[CategoryPath, ...] = ()
    """Where it is listed, the label first."""
    notes: tuple[Note, ...] = ()
    continues: bool = False
    """Whether it says more of the product above, and is none of its own."""

    @property
    def product_id(self) -> str:
        """The product's id in the corpus; empty where the row has none and cannot be read."""
        return self.product.id if self.product.source_id else ""

    @property
    def is_dropped(self) -> bool:
        """Whether it does not go into the corpus."""
        return any(note.outcome == DROPPED for note in self.notes)


class Importer:
    """Prepares the rows of one table, and writes them batch by batch."""

    def __init__(self, corpus: Corpus, table: ProductTable, log: ImportLog) -> None:
        self.corpus, self.table, self.log = corpus, table, log
        self.written_paths: set[CategoryPath] = set()
        """Most rows repeat a category; each is written once, in the batch that has it first."""

    def prepare(self, row: TableRow) -> PreparedRow:
        """Clean the texts, verify and keep the picture, and note what is wrong."""
        if row.error is not None:
            note = Note(row.number, DROPPED, "unreadable row", row.error)
            product = NewProduct(source=self.log.source, source_id=row.id)
            return PreparedRow(row.number, product, notes=(note,))
        notes = [Note(row.number, KEPT, problem) for problem in row.problems]
        if row.continues is not None:
            detail = f"row {row.continues} has the product"
            notes.append(Note(row.number, KEPT, "joined to the product above", detail))
            product = NewProduct(source=self.log.source, source_id=row.id)
            return PreparedRow(row.number, product, notes=tuple(notes), continues=True)
        if row.null_words:
            detail = ", ".join(row.null_words)
            notes.append(Note(row.number, KEPT, "a word for nothing, such as NULL", detail))
        name, description = clean_text(row.name), clean_text(row.description)
        # A name such as "-" is one in a table alone.
        name, description = (t if says_something(t) else "" for t in (name, description))
        picture, status, complaint = self._take_picture(row)
        if complaint is not None:
            notes.append(complaint)
        price, currency = read_price(row.price)
        if not (name or description or picture):
            notes.append(Note(row.number, DROPPED, "no name, description or picture"))
        # Where the table has no such column at all, that is no fault of each single row.
        if not row.id and "id" in self.table.columns:
            notes.append(Note(row.number, KEPT, "no id", "an id was made from the content"))
        if not row.category and "category" in self.table.columns:
            notes.append(Note(row.number, KEPT, "no category"))
        product = NewProduct(
            source=self.log.source,
            source_id=row.id or make_id(name, description, picture),
            url=self._if_column("url", row.url),
            name=self._if_column("name", name),
            description=self._if_column("description", description),
            brand=self._if_column("brand", row.brand),
            price=self._if_column("price", price),
            currency=row.currency or currency or self._if_column("currency", ""),
            locale=self._if_column("locale", row.locale),
            category_id=self._if_column(
                "category", join_path(row.category) if row.category else None
            ),
            image_url=row.image_url or AS_STORED,
            image_sha256=self._if_column("image", picture),
            image_status=self._if_column("image", status),
            split=self._if_column("split", row.split),
            group_id=self._if_column("group", row.group),
        )
        paths = (row.category, *row.listings) if row.category else ()
        return PreparedRow(row.number, product, paths, tuple(notes))

    def _take_picture(self, row: TableRow) -> tuple[str | None, str, Note | None]:
        """Keep the first picture of a row that can be read.

        Returns:
            Its hash or None, its status, and what is wrong where there is none.
        """
        complaint, status = None, ""
        for image in (row.image, *row.further_images):
            if image is None:
                continue
            try:
                return self._keep_picture(image), STORED, None
            except ImageError as error:
                if complaint is not None:
                    continue
                # The message is for people; only the cause tells a file that is missing from one
                # that is broken.
                is_missing = isinstance(error.__cause__, FileNotFoundError)
                status = "missing" if is_missing else "unreadable"
                reason = "no picture file" if is_missing else "unreadable picture"
                complaint = Note(row.number, KEPT, reason, str(error))
        # A picture with an address may still be fetched.
        return None, WAITING if row.image_url else status, complaint

    def _if_column(self, field: str, value: T) -> T | AsStored:
        """Return the value, unless the table has no column for the field."""
        return value if field in self.table.columns else AS_STORED

    def _keep_picture(self, image: bytes | Path) -> str:
        """Keep a picture that can be decoded, and return its hash."""
        name = describe(image)
        data = read_bytes(image, name, DEFAULT_LIMITS.max_bytes)
        # Whatever is in the store was decoded once.
        if sha256(data).hexdigest() not in self.corpus.images:
            open_image(data, size_hint=VERIFY_SIZE)
        return self.corpus.images.put(data)

    def write(self, batch: Sequence[PreparedRow], *, rows_done: int) -> None:
        """Write a batch and how far we are, all or nothing."""
        source = self.log.source
        with self.corpus.transaction():
            rows = self._without_repeated(batch)
            counts = self.corpus.upsert_products(row.product for row in rows)
            paths = {path for row in rows for path in row.paths} - self.written_paths
            self.corpus.upsert_categories(source, Taxonomy.from_paths(sorted(paths)))
            self.corpus.link_categories(
                [(row.product_id, join_path(path)) for row in rows for path in row.paths],
                role="listed",
                replace=True,
            )
            self.log.advance(
                counts,
                rows_done=rows_done,
                dropped=sum(not row.continues for row in batch) - len(rows),
                pictures=sum(bool(row.product.image_sha256) for row in rows),
            )
        # Not before the transaction is through: after a failed one they would be missing.
        self.written_paths |= paths

    def _without_repeated(self, batch: Sequence[PreparedRow]) -> list[PreparedRow]:
        """Take the first row of each id, and note what is wrong with this one and the others."""
        first = self.log.first_rows(row.product_id for row in batch)
        rows, notes = [], []
        for row in batch:
            notes += [replace(note, product_id=row.product_id) for note in row.notes]
            if row.is_dropped or row.continues:
                continue
            number = first.setdefault(row.product_id, row.number)
            if number == row.number:
                rows.append(row)
            else:
                detail = f"row {number} has it already"
                notes.append(Note(row.number, DROPPED, "repeated id", detail, row.product_id))
        self.log.add_rows(ImportedRow(row.product_id, row.number) for row in rows)
        self.log.add_notes(notes)
        return rows


def import_id(table: ProductTable, source: str) -> str:
    """Return what tells one import from another: the table's content and how it is read."""
    assert isinstance(table.path, Path)
    assert table.image_root is not None
    # Of a folder only its table. Its pictures are told apart by their own content, one by one.
    path = table.format.path
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    how = [source, path.name, table.columns, asdict(table.form), str(table.image_root.resolve())]
    digest.update(json.dumps(how, sort_keys=True).encode())
    return digest.hexdigest()[:16]


def make_id(name: str, description: str, picture: str | None) -> str:
    """Return an id that the same product gets again.

    >>> make_id("Boots", "", None) == make_id("Boots", "", None) != make_id("Boots", "x", None)
    True
    """
    return "~" + sha256(json.dumps([name, description, picture]).encode()).hexdigest()[:16]
