"""Rows of a table to rows of answers, in batches, by the workers of this machine."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from prodcat.bulk.answers import answer_table
from prodcat.bulk.pictures_ahead import FetchPicture, with_pictures
from prodcat.bulk.workers import in_processes, in_threads
from prodcat.errors import InputError
from prodcat.inference.cores import count_cores
from prodcat.inference.predictor import Predictor
from prodcat.product import PathLike, Prediction, Product
from prodcat.tables.columns import Columns
from prodcat.tables.read_as import ReadAs
from prodcat.tables.rows import TableRow
from prodcat.tables.table import ProductTable

BATCH_BYTES = 16 << 20
"""Of encoded pictures, after which a batch is full."""


@dataclass(frozen=True)
class CategorizeOptions:
    """How a table is read and answered."""

    accuracy: float | None = None
    """How often answers shall be right; None for the model's default."""
    confidence: float | None = None
    """How sure that is to hold; None for what the model was made for."""
    threshold: float | None = None
    """Least probability to answer with, instead of an accuracy."""
    columns: Columns = field(default_factory=dict)
    """Field (id, name, description, image) → the column of the table that holds it, for
    those that `prodcat.tables.table` does not find by itself."""
    image_root: PathLike | None = None
    """Folder that image paths start from and may not leave; None for the table's own."""
    read_as: ReadAs = ReadAs()  # noqa: RUF009  (it cannot be changed)
    """What is known of the file, such as its encoding; the rest is found out."""
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
    fetch_picture: FetchPicture | None = None
    """What gives the file of a picture that a row names by its web address, such as a
    `crawler.pictures.cache.PictureCache`; None leaves such pictures out."""
    pictures: bool = False
    """Put a small picture of each product into an output that can show it: Excel."""

    @property
    def rule(self) -> dict[str, Any]:
        """When to answer, as `prodcat.Predictor` takes it."""
        return {
            "accuracy": self.accuracy,
            "confidence": self.confidence,
            "threshold": self.threshold,
        }

    def __post_init__(self) -> None:
        for key in ("batch_size", "part_rows", "workers"):
            value = getattr(self, key)
            if value is not None and value < 1:
                raise InputError(f"{key} ({value}) must be 1 or more.")


@contextmanager
def on_this_machine(
    table: ProductTable, start: int, predictor: Predictor, options: CategorizeOptions
) -> Iterator[Iterator[Any]]:
    """Give the answers to a table's rows from *start* on, as Arrow tables, in their order."""
    answer = partial(answer_batch, **options.rule, pictures=options.pictures)
    in_workers = in_processes if options.processes else in_threads
    with in_workers(answer, predictor, options.workers or count_cores()) as answered:
        rows = table.rows(start)
        if options.fetch_picture is not None:
            rows = with_pictures(rows, options.fetch_picture)
        yield answered(batches(rows, options))


def batches(rows: Iterable[TableRow], options: CategorizeOptions) -> Iterator[list[TableRow]]:
    """Cut rows into batches, none of which goes beyond a part's end or holds too many bytes."""
    most = min(options.batch_size, options.part_rows)
    batch: list[TableRow] = []
    image_bytes = 0
    for row in rows:
        batch.append(row)
        # A path weighs nothing here: the worker opens its picture, and lets go of it.
        image_bytes += len(row.image) if isinstance(row.image, bytes) else 0
        if len(batch) == most or image_bytes >= BATCH_BYTES:
            yield batch
            batch, image_bytes = [], 0
    if batch:
        yield batch


def answer_batch(
    predictor: Predictor,
    rows: Sequence[TableRow],
    *,
    accuracy: float | None = None,
    confidence: float | None = None,
    threshold: float | None = None,
    pictures: bool = False,
) -> Any:
    """Return the answers to rows, or what was wrong with them, as an Arrow table."""
    answers = predictor.predict_many(
        [Product(row.name, row.description, row.image, row.id) for row in rows],
        # At once: the rows have been cut into a batch already, and there may be none.
        batch_size=max(1, len(rows)),
        accuracy=accuracy,
        confidence=confidence,
        threshold=threshold,
    )
    complete = [
        with_problems(row, prediction) for row, prediction in zip(rows, answers, strict=True)
    ]
    return answer_table(rows, complete, pictures=pictures)


def with_problems(row: TableRow, prediction: Prediction) -> Prediction:
    """Add what was wrong with the row already when it was read.

    >>> with_problems(TableRow(3, error="no readable JSON"), Prediction((), 0.0)).error
    'no readable JSON'
    """
    if row.error is not None:
        # Nothing of it was read, so nothing else can be wrong with it.
        return replace(prediction, error=row.error)
    problems = [*row.problems, *([prediction.error] if prediction.error else [])]
    return replace(prediction, error="; ".join(problems) or None)


AnswerEngine = Callable[
    [ProductTable, int, Predictor, CategorizeOptions], AbstractContextManager[Iterator[Any]]
]
"""What answers a table: `on_this_machine`, or `prodcat.bulk.ray.engine.on_ray`."""
