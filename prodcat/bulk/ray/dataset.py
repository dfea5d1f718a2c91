"""Products of a Ray Dataset, answered by actors that each hold the model.

They answer as one machine does, bit for bit. The model goes with the work: it need not be
on the nodes, but the same version of prodcat must.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from prodcat.bulk.answering import CategorizeOptions, answer_batch
from prodcat.bulk.answers import output_names
from prodcat.bulk.arrow_cells import without_bytes
from prodcat.bulk.joining import JoinedRows
from prodcat.bulk.outputs.parquet_file import beside
from prodcat.bulk.ray.actors import map_by_actors, read_files, write_files
from prodcat.errors import require
from prodcat.inference.predictor import Predictor
from prodcat.product import PathLike
from prodcat.tables.arrow_rows import arrow_rows
from prodcat.tables.columns import PRODUCT_FIELDS, Columns, match_columns
from prodcat.tables.rows import RowReader, TableRow

ToRows = Callable[[Any], list[TableRow]]
"""Understands an Arrow table."""
ToOutput = Callable[[Any, Any], Any]
"""Makes one of an Arrow table and the answers to its rows."""


def categorize(
    dataset: Any,
    *,
    model: PathLike | None = None,
    first: PathLike | None = None,
    accuracy: float | None = None,
    confidence: float | None = None,
    threshold: float | None = None,
    columns: Columns | None = None,
    image_root: PathLike | None = None,
    workers: int | None = None,
    batch_size: int = 256,
) -> Any:
    """Answer every product of a Ray Dataset, when the answers are asked for.

    Args:
        dataset: A ``ray.data.Dataset`` with columns for some of id, name, description and
            image (encoded bytes, or a path).
        model: The ``model`` folder of a run, on this machine; None for the bundled model.
        first: Folder of a smaller model of the same tree, which is asked first.
        accuracy: How often answers shall be right; None for the model's default.
        confidence: How sure that is to hold; None for what the model was made for.
        threshold: Least probability to answer with, instead of *accuracy*.
        columns: Field → column, for those that `prodcat.tables.table` does not find by itself.
        image_root: Folder that image paths start from and may not leave, the same on every
            node; None where there are no paths.
        workers: Actors; None for one on each core that the cluster has now.
        batch_size: Products that an actor takes at once.

    Returns:
        A Dataset of one row for each row in, in the same order, with the columns that
        `prodcat.bulk.categorizing.categorize` writes: those that came, pictures' bytes apart,
        and the answers.

    Raises:
        TableError: If no column looks like a name, a description or a picture.
        InputError: If an option does not fit the model.
    """
    require("ray.data", extra="ray")
    options = CategorizeOptions(
        accuracy=accuracy,
        confidence=confidence,
        threshold=threshold,
        workers=workers,
        batch_size=batch_size,
    )
    predictor = Predictor.load(model, threads=1, first=first)
    header = dataset.columns() or []
    matched = match_columns(header, columns or {}, PRODUCT_FIELDS, "The dataset")
    reader = RowReader(matched, image_root=None if image_root is None else Path(image_root))
    return answer_rows(
        dataset,
        predictor,
        options,
        to_rows=partial(raw_to_rows, reader),
        to_output=partial(beside_input, reader.columns.get("image", ())),
    )


def raw_to_rows(reader: RowReader, table: Any) -> list[TableRow]:
    """Understand the rows of a table as it came."""
    # Counted within the batch: a Dataset does not tell how many rows were before it.
    rows = (row for batch in table.to_batches() for row in arrow_rows(batch))
    return [reader(number, row) for number, row in enumerate(rows, 1)]


def beside_input(pictures: Sequence[str], table: Any, answers: Any) -> Any:
    """Put answers beside the table that they are for, without the pictures' bytes in it."""
    cells = without_bytes(table, pictures)
    return beside(output_names(cells.column_names), JoinedRows(1, cells, answers))


def answer_rows(
    dataset: Any,
    predictor: Predictor,
    options: CategorizeOptions,
    *,
    to_rows: ToRows,
    to_output: ToOutput | None = None,
) -> Any:
    """Return the Dataset of answers to the rows of another.

    Args:
        dataset: Any Dataset.
        predictor: Whose model and cache the actors use.
        options: Of these the accuracy or threshold, the workers and the size of a batch.
        to_rows: Understands a batch of the Dataset.
        to_output: What to make of a batch and its answers; None for the answers alone.
    """
    ray = require("ray", extra="ray")
    # Nothing to answer, but a wrong option is told before anything is started.
    predictor.predict_many([], **options.rule)
    return map_by_actors(
        dataset,
        ModelActor,
        {
            # In the cluster's store once, not once more in what each actor is made of.
            "models": ray.put(read_models(predictor)),
            "cache": predictor.cache,
            "answer": partial(answer_batch, **options.rule, pictures=options.pictures),
            "to_rows": to_rows,
            "to_output": to_output,
        },
        workers=options.workers,
        batch_size=options.batch_size,
    )


class ModelActor:
    """An actor's work: holds the model, and answers one batch after the other.

    Args:
        models: Ray's reference to what `read_models` returned.
        cache: Folder in which embeddings are kept; None for none.
        answer: What to do with the rows of a batch.
        to_rows: Understands a batch.
        to_output: What to make of a batch and its answers; None for the answers alone.
    """

    def __init__(
        self,
        models: Any,
        cache: Path | None,
        answer: Callable[[Predictor, list[TableRow]], Any],
        to_rows: ToRows,
        to_output: ToOutput | None = None,
    ) -> None:
        self.predictor = load_models(require("ray", extra="ray").get(models), cache)
        self.answer, self.to_rows, self.to_output = answer, to_rows, to_output

    def __call__(self, batch: Any) -> Any:
        """Return the answers to a batch."""
        answers = self.answer(self.predictor, self.to_rows(batch))
        return answers if self.to_output is None else self.to_output(batch, answers)


def read_models(predictor: Predictor) -> list[dict[str, bytes]]:
    """Return the files of a model that answering needs, by their names.

    Before them, if it has a first model, come those of that.
    """
    before = [] if predictor.first is None else read_models(predictor.first)
    return [*before, read_files(predictor.model)]


def load_models(models: Sequence[Mapping[str, bytes]], cache: Path | None = None) -> Predictor:
    """Load a model from what `read_models` returned, and leave nothing on the disk."""
    with TemporaryDirectory(prefix="prodcat-") as folder:
        places = [Path(folder) / str(number) for number in range(len(models))]
        for place, files in zip(places, models, strict=True):
            place.mkdir()
            write_files(files, place)
        predictor = Predictor.load(
            places[-1], threads=1, cache=cache, first=places[0] if len(models) > 1 else None
        )
        # A killed actor cleans nothing up, so the files are read now and removed.
        predictor.open()
    return predictor
