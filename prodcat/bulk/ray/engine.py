"""The engine of ``prodcat categorize --engine ray``: tables read and answered on a cluster.

Tasks read the table in pieces, as one machine would; actors answer; and the answers come
back to this process in the order of the rows.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from prodcat.bulk.answering import AnswerEngine, CategorizeOptions
from prodcat.bulk.ray.cluster import cluster, telling
from prodcat.bulk.ray.dataset import answer_rows
from prodcat.errors import InputError, require
from prodcat.inference.predictor import Predictor
from prodcat.inference.threads import in_batches
from prodcat.tables.files_table import FilesTable
from prodcat.tables.parquet import ParquetTable
from prodcat.tables.rows import TableRow
from prodcat.tables.table import ProductTable
from prodcat.tables.table_format import TableFormat

READ_CPUS = 0.49
"""Share of a core that reading a piece reserves. It is not that of an actor: Ray Data would make
one step of both, and a piece, however large, the work of one actor."""
BLOCK_BYTES = 1 << 20
"""Of the rows that an actor takes together. Ray's own size would be hours of work in names."""

Piece = tuple[int, int | None]
"""The rows from one on and before another; None for the end."""


def on_ray(address: str | None = None) -> AnswerEngine:
    """Return an engine for `prodcat.bulk.categorizing.categorize`.

    Args:
        address: Of a cluster that runs, such as ``10.0.0.1:6379``. None for the one that this
            process is connected to, or that ``RAY_ADDRESS`` names, or else one on this machine
            that is stopped at the end.
    """
    return partial(_answering, address or os.environ.get("RAY_ADDRESS"))


@contextmanager
def _answering(
    address: str | None,
    table: ProductTable,
    start: int,
    predictor: Predictor,
    options: CategorizeOptions,
) -> Iterator[Iterator[Any]]:
    if options.processes:
        raise InputError("On Ray all workers are processes; leave out --processes (processes).")
    if options.fetch_picture is not None:
        raise InputError(
            "Pictures are fetched on this machine, where the rate of each host is kept, and not on"
            " Ray; leave out --fetch-pictures (fetch_picture), or --engine ray."
        )
    if predictor.engine.device != "cpu":
        raise InputError("On Ray, workers compute on the CPU; leave out --device (device).")
    if predictor.as_tree is not None:
        raise InputError(
            "On Ray, answers are in the model's own tree; leave out --as (as_tree), or move the"
            " model there with `prodcat migrate`."
        )
    if address is not None and predictor.cache is not None:
        raise InputError(
            f"The cache in {predictor.cache} is of one machine, and the cluster at {address} may"
            " have more; leave out --cache (cache)."
        )
    with cluster(address), telling():
        answers = answer_rows(
            read_rows(table, start, options), predictor, options, to_rows=table_to_rows
        )
        blocks = answers.iter_batches(batch_size=None, batch_format="pyarrow")
        # Closed, or the cluster would go on with a run that was given up.
        with closing(block for block in blocks if block.num_rows) as filled:
            del blocks
            yield filled


def read_rows(table: ProductTable, start: int, options: CategorizeOptions) -> Any:
    """Return a Ray Dataset of a table's rows from *start* on, for `table_to_rows`."""
    data = require("ray.data", extra="ray")
    pieces = cut(table.format, start, least=options.part_rows)
    # The numbers of the pieces are given out, not their rows: these are read by who gets one.
    numbers = data.from_items(
        [{"piece": number} for number in range(len(pieces))], override_num_blocks=len(pieces)
    )
    numbers.context.target_max_block_size = BLOCK_BYTES
    # The command has a bar of its own.
    numbers.context.enable_progress_bars = False
    return numbers.map_batches(
        read_piece,
        batch_size=1,
        num_cpus=READ_CPUS,
        fn_kwargs={"pieces": pieces, "table": table, "rows_at_once": options.batch_size},
    )


def cut(format: TableFormat, start: int, *, least: int) -> list[Piece]:
    """Cut a table from *start* on where reading can begin without what is before.

    Args:
        format: The table.
        start: How many rows to pass over.
        least: Rows of a piece, but for the last.
    """
    bounds = [start]
    for row in row_groups(format):
        if row - bounds[-1] >= least:
            bounds.append(row)
    # The last has no end: where rows cannot be counted it is all of the table.
    return [*pairwise(bounds), (bounds[-1], None)]


def row_groups(format: TableFormat) -> Iterator[int]:
    """Yield the first row of each row group, as far as they are known without reading."""
    first = 0
    for part in format.parts if isinstance(format, FilesTable) else [format]:
        # Such as CSV, which has to be read to be counted; what follows is one piece with it.
        if not isinstance(part, ParquetTable):
            return
        for group in part.row_groups:
            yield first
            first += group.rows


def read_piece(
    batch: Any, pieces: Sequence[Piece], table: ProductTable, rows_at_once: int
) -> Iterator[Any]:
    """Yield the rows of the piece that a batch of one names."""
    start, stop = pieces[int(batch["piece"][0])]
    rows = table.rows(start, stop)
    for batch_rows in in_batches(rows, rows_at_once):
        yield rows_to_table(batch_rows)


def rows_to_table(rows: Sequence[TableRow]) -> Any:
    """Return rows as an Arrow table; their types do not depend on what was read."""
    arrow = require("pyarrow", extra="bulk")
    schema = arrow.schema(
        [
            ("number", arrow.int64()),
            *((name, arrow.string()) for name in ("id", "name", "description")),
            # A picture is bytes or a path, and a column is of one type. Large, because the others
            # end at two gigabytes, and rows may hold megabytes each.
            ("image", arrow.large_binary()),
            ("image_path", arrow.string()),
            ("problems", arrow.list_(arrow.string())),
            ("error", arrow.string()),
        ]
    )
    cells = [
        {
            "number": row.number,
            "id": row.id,
            "name": row.name,
            "description": row.description,
            "image": row.image if isinstance(row.image, bytes) else None,
            "image_path": str(row.image) if isinstance(row.image, Path) else None,
            "problems": row.problems,
            "error": row.error,
        }
        for row in rows
    ]
    return arrow.Table.from_pylist(cells, schema=schema)


def table_to_rows(table: Any) -> list[TableRow]:
    """Return the rows of a table from `rows_to_table`."""
    return [
        TableRow(
            number=row["number"],
            id=row["id"],
            name=row["name"],
            description=row["description"],
            image=Path(row["image_path"]) if row["image_path"] is not None else row["image"],
            problems=tuple(row["problems"]),
            error=row["error"],
        )
        for row in table.to_pylist()
    ]
