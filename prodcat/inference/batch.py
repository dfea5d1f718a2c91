"""Answers for a whole table of products: one row out for each row in, in the same order.

It streams: never more than a few batches of products are held. It can be killed at any
time, and started again it goes on behind the last part that it finished.

Batches are answered by several workers at once, each on one core: so reading texts and
decoding pictures overlap with the network, and no core waits for another within a layer.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from prodcat.corpus import Corpus
from prodcat.errors import InputError, require
from prodcat.inference.cores import count_cores
from prodcat.inference.output import AnswerCounts, answer_file, answer_table, check_output
from prodcat.inference.predictor import Predictor
from prodcat.inference.workers import in_processes, in_threads
from prodcat.object_store import is_address, stored_states
from prodcat.product import PathLike, Prediction, Product
from prodcat.table_opening import PartsTable
from prodcat.tables import PRODUCT_FIELDS, Columns, ProductTable, TableRow, open_table

HEAD_BYTES = 1 << 20
BATCH_BYTES = 16 << 20
"""Of encoded pictures, after which a batch is full."""

OnProgress = Callable[[int, int | None], None]
"""Is told how many rows are done, of how many (None when only the end will tell)."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CategorizeOptions:
    """How a table is read and answered."""

    accuracy: float | None = None
    """How often answers shall be right; None for the model's default."""
    threshold: float | None = None
    """Least probability to answer with, instead of an accuracy."""
    columns: Columns = field(default_factory=dict)
    """Field (id, name, description, image) → the column of the table that holds it, for
    those that `prodcat.tables` does not find by itself."""
    image_root: PathLike | None = None
    """Folder that image paths start from and may not leave; None for the table's own."""
    batch_size: int = 256
    """Rows that a worker takes at once."""
    workers: int | None = None
    """Threads, or processes, that answer; None for one per core."""
    processes: bool = False
    """Answer in processes, each with its own model, instead of threads: on machines of many
    cores, where threads would wait for Python."""
    part_rows: int = 2048
    """Rows that are at most lost when the run is killed."""
    overwrite: bool = False
    """Replace an output that is there already."""

    def __post_init__(self) -> None:
        for key in ("batch_size", "part_rows", "workers"):
            value = getattr(self, key)
            if value is not None and value < 1:
                raise InputError(f"{key} ({value}) must be 1 or more.")


@dataclass(frozen=True)
class CategorizeResult:
    """What a run over a table came to."""

    output: PathLike
    counts: AnswerCounts
    resumed_rows: int
    """Rows that an earlier, interrupted run had answered already."""
    restarted: str | None
    """Why the parts of an earlier run were thrown away; None if there were none, or not."""


@contextmanager
def on_this_machine(
    table: ProductTable, start: int, predictor: Predictor, options: CategorizeOptions
) -> Iterator[Iterator[Any]]:
    """Give the answers to a table's rows from *start* on, as Arrow tables, in their order."""
    answer = partial(answer_batch, accuracy=options.accuracy, threshold=options.threshold)
    in_workers = in_processes if options.processes else in_threads
    with in_workers(answer, predictor, options.workers or count_cores()) as answered:
        yield answered(batches(table.rows(start), options))


AnswerEngine = Callable[
    [ProductTable, int, Predictor, CategorizeOptions], AbstractContextManager[Iterator[Any]]
]
"""What answers a table: `on_this_machine`, or `prodcat.inference.ray_engine.on_ray`."""


def categorize(
    source: PathLike,
    output: PathLike,
    *,
    predictor: Predictor | None = None,
    options: CategorizeOptions | None = None,
    engine: AnswerEngine = on_this_machine,
    on_progress: OnProgress | None = None,
) -> CategorizeResult:
    """Answer every product of a table into a Parquet file.

    Its columns: id, category (joined by ``" > "``, null when abstained), probability,
    abstained, leaf (the best one, whatever the threshold), leaf_probability,
    alternatives, error (what of the row could not be read; the rest was answered).

    Args:
        source: Parquet, CSV, JSON lines, a corpus, a folder of Parquet files or in the Kaggle
            layout, or a pattern of file names; of Parquet also in an object store.
        output: The Parquet file to write; it appears when all is done.
        predictor: The model, best loaded with one thread; None for the one that comes with
            prodcat.
        options: How to read and answer.
        engine: Where to answer.
        on_progress: Called after each batch.

    Raises:
        InputError: If *output* is there already or is no Parquet name, or an option
            does not fit the model.
        TableError: If *source* cannot be read as a table of products.
    """
    require("pyarrow.parquet", extra="bulk")  # rather now than after the first part
    options = options or CategorizeOptions()
    check_output(output, overwrite=options.overwrite)
    predictor = predictor or Predictor.load(threads=1)
    # Nothing to answer, but a wrong option is told before anything is written.
    predictor.predict_many([], accuracy=options.accuracy, threshold=options.threshold)
    table = open_table(
        source, columns=options.columns, image_root=options.image_root, fields=PRODUCT_FIELDS
    )
    read = table.format.parts if isinstance(table.format, PartsTable) else [table.format]
    if not is_address(source) and Path(output).resolve() in [t.path.resolve() for t in read]:
        raise InputError(f"{output} is a table to read; name another file for the answers.")
    total = table.count()
    with answer_file(output, manifest(table, predictor, options)) as answers:
        restarted = answers.open()
        if restarted:
            logger.warning("Starting %s from the first row, since %s.", output, restarted)
        resumed_rows = answers.rows
        held: list[Any] = []
        with engine(table, resumed_rows, predictor, options) as answered:
            for batch in answered:
                held.append(batch)
                if (rows := sum(map(len, held))) >= options.part_rows:
                    answers.write_part(held)
                    held, rows = [], 0
                if on_progress is not None:
                    on_progress(answers.rows + rows, total)
        if held:
            answers.write_part(held)
        if on_progress is not None:
            on_progress(answers.rows, answers.rows)
        return CategorizeResult(output, answers.finish(), resumed_rows, restarted)


def batches(rows: Iterable[TableRow], options: CategorizeOptions) -> Iterator[list[TableRow]]:
    """Cut rows into batches, none of which goes beyond a part's end or holds too many bytes."""
    most = min(options.batch_size, options.part_rows)
    batch: list[TableRow] = []
    held = 0
    for row in rows:
        batch.append(row)
        held += len(row.image) if isinstance(row.image, bytes) else 0
        if len(batch) == most or held >= BATCH_BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def answer_batch(
    predictor: Predictor,
    rows: Sequence[TableRow],
    *,
    accuracy: float | None = None,
    threshold: float | None = None,
) -> Any:
    """Return the answers to rows, or what was wrong with them, as an Arrow table."""
    answers = predictor.predict_many(
        [Product(row.name, row.description, row.image, row.id) for row in rows],
        batch_size=max(1, len(rows)),
        accuracy=accuracy,
        threshold=threshold,
    )
    told = [with_problems(row, prediction) for row, prediction in zip(rows, answers, strict=True)]
    return answer_table([row.id or None for row in rows], told)


def with_problems(row: TableRow, prediction: Prediction) -> Prediction:
    """Add what was wrong with the row already when it was read.

    >>> with_problems(TableRow(3, error="no readable JSON"), Prediction((), 0.0)).error
    'no readable JSON'
    """
    if row.error is not None:
        return replace(prediction, error=row.error)
    told = [*row.problems, *([prediction.error] if prediction.error else [])]
    return replace(prediction, error="; ".join(told) or None)


def manifest(
    table: ProductTable, predictor: Predictor, options: CategorizeOptions
) -> dict[str, Any]:
    """Return all that the answers depend on, as plain data."""
    return {
        "format": 2,
        "input": input_state(table),
        "model": predictor.fingerprint,
        "options": {
            "accuracy": options.accuracy,
            "threshold": options.threshold,
            "device": predictor.engine.device,
            "columns": table.columns,
            "image_root": table.image_root and str(table.image_root.resolve()),
        },
    }


def input_state(table: ProductTable) -> dict[str, Any]:
    """Tell a table's state from any later one, without reading all of a large file."""
    if isinstance(table.path, str):
        return {"path": table.path, "parts": stored_states(table.format)}
    path = table.path.resolve()
    if table.is_corpus:  # whose newest rows may be in a file beside it
        with Corpus.open(path, read_only=True) as corpus:
            return {"path": str(path), "fingerprint": corpus.fingerprint()}
    if isinstance(table.format, PartsTable):
        return {"path": str(path), "parts": [file_state(p.path) for p in table.format.parts]}
    return file_state(path / "styles.csv" if path.is_dir() else path)


def file_state(path: Path) -> dict[str, Any]:
    """Tell a file's state by its size, its time and its beginning."""
    status = path.stat()
    with path.open("rb") as stream:
        head = hashlib.sha256(stream.read(HEAD_BYTES)).hexdigest()
    return {
        "path": str(path),
        "bytes": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "head": head,
    }
