"""Products from a table into the corpus, with a reason for whatever is not taken over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from prodcat.corpus.decision_list import keep_decisions
from prodcat.corpus.fetched_pictures import WAITING, keep_fetched
from prodcat.corpus.import_log import DROPPED, KEPT, ImportedRow, ImportLog, ImportSummary, Note
from prodcat.corpus.known_products import sources_of
from prodcat.corpus.new_product import AS_STORED, AsStored, NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import ImageError
from prodcat.inputs.image_decoding import describe, read_bytes
from prodcat.inputs.images import DEFAULT_LIMITS, open_image
from prodcat.inputs.text import clean_text, says_something
from prodcat.product import PathLike
from prodcat.tables.columns import Columns
from prodcat.tables.corrections import NO_VERDICT, CorrectionsTable, as_corrections
from prodcat.tables.identity import check_source, import_id, make_id
from prodcat.tables.read_as import ReadAs
from prodcat.tables.rows import WEB_ADDRESS, TableRow
from prodcat.tables.table import ProductTable, open_table
from prodcat.tables.words import read_price
from prodcat.taxonomy.paths import CategoryPath, join_path
from prodcat.taxonomy.tree import Taxonomy

if TYPE_CHECKING:
    from prodcat.screen import OnProgress

# Of one transaction: a kill costs no more than these.
BATCH_ROWS = 250
STORED = "stored"
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
    read_as: ReadAs | None = None,
    keep_null_words: bool = False,
    on_table: "Callable[[ProductTable], None] | None" = None,
    on_progress: "OnProgress | None" = None,
) -> ImportSummary:
    """Take the products of a table over into the corpus.

    Importing the same again changes nothing. After an interruption it goes on where it was.
    A product that is already there keeps what the table has no column for.

    Args:
        source: Whatever `open_table` reads of this machine but a corpus; ``-`` for standard input.
        corpus: Where they go; their pictures go to the folder beside it.
        columns: Field → column, see `open_table`.
        separator: Between the levels of a category path in one column; None to find it out.
        source_name: First part of the products' ids; the name of the file if not given.
        image_root: Folder that image paths start from.
        read_as: What is known of the file, such as its encoding; None to find all of it out.
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
        read_as=read_as,
    )
    if "category" not in (columns or {}):
        table = as_corrections(table)
    name = check_source(table, source_name)
    if on_table is not None:
        on_table(table)
    log = ImportLog(
        corpus, import_id(table, name), source=name, file=Path(table.path).resolve().name
    )
    return import_table(table, corpus, log, on_progress=on_progress)


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
        return log.summarize(resumed_at=start, notes=table.notes)


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
        self.updates = not {"name", "description", "image"} & table.columns.keys()
        """Whether the table says something of products that are there, and holds none itself."""
        self.decides = isinstance(table.format, CorrectionsTable)
        """Whether it is a list of what a person decided, and nothing that a shop says."""
        self.written_paths: set[tuple[str, CategoryPath]] = set()
        """Most rows repeat a category; each is written once, in the batch that has it first."""

    def prepare(self, row: TableRow) -> PreparedRow:
        """Clean the texts, verify and keep the picture, and note what is wrong."""
        if row.error is not None:
            reason = NO_VERDICT if row.error == NO_VERDICT else "unreadable row"
            note = Note(row.number, DROPPED, reason, row.error)
            product = NewProduct(source=self.log.source, source_id=row.id)
            return PreparedRow(row.number, product, notes=(note,))
        # An address is kept, and may be fetched later.
        notes = [Note(row.number, KEPT, p) for p in row.problems if p != WEB_ADDRESS]
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
        # Of a product that has nothing else, its address is what tells it from others.
        address_alone = None if name or description else row.image_url or None
        price, currency = read_price(row.price)
        if not (name or description or picture or row.image_url or self.updates):
            notes.append(Note(row.number, DROPPED, "no name, description or picture"))
        # Where the table has no such column at all, that is no fault of each single row.
        if not row.id and "id" in self.table.columns:
            notes.append(Note(row.number, KEPT, "no id", "an id was made from the content"))
        if not row.category and "category" in self.table.columns and not self.decides:
            notes.append(Note(row.number, KEPT, "no category"))
        product = NewProduct(
            source=self.log.source,
            source_id=row.id or make_id(name, description, picture or address_alone),
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
        with self.corpus.transaction():
            rows = self._without_repeated(self._with_sources(batch))
            if self.decides:
                paths, pictures = set(), 0
                decisions = {row.product_id: row.paths[0] if row.paths else () for row in rows}
                counts = keep_decisions(
                    self.corpus, decisions, who=self.log.file, asked="list of mistakes"
                )
            else:
                products = keep_fetched(self.corpus, [row.product for row in rows])
                pictures = sum(bool(product.image_sha256) for product in products)
                counts = self.corpus.upsert_products(products)
                paths = self._write_categories(rows)
            self.log.advance(
                counts,
                rows_done=rows_done,
                dropped=sum(not row.continues for row in batch) - len(rows),
                pictures=pictures,
            )
        # Not before the transaction is through: after a failed one they would be missing.
        self.written_paths |= paths

    def _write_categories(self, rows: Sequence[PreparedRow]) -> set[tuple[str, CategoryPath]]:
        """Write the categories of products, and return those that were not written before."""
        paths = {(row.product.source, p) for row in rows for p in row.paths} - self.written_paths
        for source in sorted({source for source, _ in paths}):
            new = sorted(path for of, path in paths if of == source)
            self.corpus.upsert_categories(source, Taxonomy.from_paths(new))
        self.corpus.link_categories(
            [(row.product_id, join_path(path)) for row in rows for path in row.paths],
            role="listed",
            replace=True,
        )
        return paths

    def _with_sources(self, batch: Sequence[PreparedRow]) -> list[PreparedRow]:
        """Tell ids as reports and answers print them, ``shop:12``, from ids of the table's own.

        Such a row is about the product of that source, and not a new one of this table.
        """
        sources = sources_of(self.corpus, {row.product.source_id for row in batch})
        found = []
        for row in batch:
            if (id := row.product.source_id) in sources:
                source = sources[id]
                of_source = id.removeprefix(f"{source}:")
                product = replace(row.product, source=source, source_id=of_source)
                row = replace(row, product=product)
            elif self.updates and not row.is_dropped:
                note = Note(row.number, DROPPED, "no such product", row.product.source_id)
                row = replace(row, notes=(*row.notes, note))
            found.append(row)
        return found

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
