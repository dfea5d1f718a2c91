"""Answers for a whole table of products: one row out for each row in, in the same order.

It streams: never more than a few batches of products are held. It can be killed at any
time, and started again it goes on behind the last part that it finished. At the end the input
is read once more, for its own columns to stand beside the answers.

Batches are answered by several workers at once, each on one core: so reading texts and
decoding pictures overlap with the network, and no core waits for another within a layer.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodcat.bulk.answer_file import answer_file, check_output
from prodcat.bulk.answering import AnswerEngine, CategorizeOptions, on_this_machine
from prodcat.bulk.counts import AnswerCounts
from prodcat.bulk.finishing import describe, finish
from prodcat.bulk.outputs.kinds import check_size, output_kind
from prodcat.bulk.state import manifest
from prodcat.errors import InputError, require
from prodcat.inference.predictor import Predictor
from prodcat.product import PathLike
from prodcat.tables.columns import PRODUCT_FIELDS
from prodcat.tables.folders import table_paths
from prodcat.tables.stores import is_address
from prodcat.tables.table import ProductTable, open_table

if TYPE_CHECKING:
    from prodcat.screen import OnProgress

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CategorizeResult:
    """What a run over a table came to."""

    output: PathLike
    counts: AnswerCounts
    resumed_rows: int
    """Rows that an earlier, interrupted run had answered already."""
    restarted: str | None
    """Why the parts of an earlier run were thrown away; None if there were none, or not."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Column of the input → what it is called in the output, where one of ours has its name."""
    left_out: tuple[str, ...] = ()
    """Columns of the input that hold pictures' bytes, and are not in the output."""
    remarks: tuple[str, ...] = ()
    """What a file of this kind could not hold as it was, in sentences."""
    notes: tuple[str, ...] = ()
    """How the file was read."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "output": str(self.output),
            **self.counts.to_dict(),
            "resumed_rows": self.resumed_rows,
            "restarted": self.restarted,
            "renamed": dict(self.renamed),
            "left_out": list(self.left_out),
            "remarks": list(self.remarks),
            "read_as": list(self.notes),
        }


def categorize(
    source: PathLike,
    output: PathLike,
    *,
    predictor: Predictor | None = None,
    options: CategorizeOptions | None = None,
    engine: AnswerEngine = on_this_machine,
    on_table: Callable[[ProductTable], None] | None = None,
    on_progress: "OnProgress | None" = None,
) -> CategorizeResult:
    """Answer every product of a table into a file: Parquet, CSV, JSON lines or Excel.

    Its columns: those of the input as they were, pictures' bytes apart; then category (joined
    by ``" > "``, null when abstained), probability, abstained, reason (why), leaf (the best
    one, whatever the threshold), leaf_probability, alternatives, error (what of the row could
    not be read; the rest was answered).

    Args:
        source: Whatever `prodcat.tables.open_table` reads, be it a file, a folder, a pattern of
            file names or a corpus; of Parquet also in an object store; ``-`` for standard input.
        output: The file to write, ``.parquet``, ``.csv``, ``.jsonl`` or ``.xlsx``; it appears
            when all is done.
        predictor: The model, best loaded with one thread; None for the one that comes with
            prodcat.
        options: How to read and answer.
        engine: Where to answer.
        on_table: Is shown the table before any row is answered: which column is what.
        on_progress: Called after each batch.

    Raises:
        InputError: If *output* is there already, is of no kind that we write or cannot hold
            so many rows, if the input changes meanwhile, or an option does not fit the model.
        TableError: If *source* cannot be read as a table of products.
    """
    require("pyarrow.parquet", extra="bulk")  # rather now than after the first part
    options = options or CategorizeOptions()
    check_output(output, overwrite=options.overwrite)
    kind = output_kind(output)
    if options.pictures and not kind.shows_pictures:
        raise InputError(
            f"{output} has no room for pictures; name it .xlsx, or leave out --pictures (pictures)."
        )
    predictor = predictor or Predictor.load(threads=1)
    # Nothing to answer, but a wrong option is told before anything is written.
    predictor.predict_many([], **options.rule)
    table = open_table(
        source,
        columns=options.columns,
        image_root=options.image_root,
        fields=PRODUCT_FIELDS,
        read_as=options.read_as,
    )
    if on_table is not None:
        on_table(table)
    inputs = table_paths(table.format)
    if not is_address(source) and Path(output).resolve() in [path.resolve() for path in inputs]:
        raise InputError(f"{output} is a table to read; name another file for the answers.")
    total = table.count()
    check_size(kind, output, rows=total, columns=len(table.format.columns))
    about = describe(source, table, predictor, options)
    with answer_file(output, manifest(table, predictor, options)) as answers:
        restarted = answers.open()
        if restarted:
            logger.warning("Starting %s from the first row, since %s.", output, restarted)
        resumed_rows = answers.rows
        part: list[Any] = []
        with engine(table, resumed_rows, predictor, options) as answered:
            for batch in answered:
                part.append(batch)
                if (rows := sum(map(len, part))) >= options.part_rows:
                    answers.write_part(part)
                    part, rows = [], 0
                if on_progress is not None:
                    on_progress(answers.rows + rows, total)
        if part:
            answers.write_part(part)
        if on_progress is not None:
            # Of a table that cannot be counted beforehand, the end alone tells how many there were.
            on_progress(answers.rows, answers.rows)
        columns = finish(answers, table, kind, about)
        return CategorizeResult(
            output,
            about.counter.counts(),
            resumed_rows,
            restarted,
            columns.renamed,
            columns.left_out,
            tuple(about.told()),
            table.notes,
        )
