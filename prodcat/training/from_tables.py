"""Train on whatever holds products: a corpus, a table, or a data frame.

A table or a frame becomes a corpus of its own beside the run, so that what was learnt from can be
looked at, corrected and learnt from again.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodcat.config import RunConfig
from prodcat.corpus.import_log import ImportLog, ImportSummary
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError, InputError, RunError
from prodcat.importing import import_table
from prodcat.product import PathLike
from prodcat.runs.directory import RunDir
from prodcat.tables.corpus_table import CorpusTable
from prodcat.tables.identity import check_source, import_id
from prodcat.tables.opening import open_format
from prodcat.tables.read_as import ReadAs
from prodcat.tables.stores import is_address
from prodcat.tables.table import ProductTable, open_table
from prodcat.training.fit import RunResult, train
from prodcat.training.fixed_encoders import adopt_encoders
from prodcat.training.frame_table import FrameTable, is_frame, open_frame_table
from prodcat.training.messages import messages_to
from prodcat.training.sources import check_sources

if TYPE_CHECKING:
    from prodcat.screen import OnProgress

logger = logging.getLogger(__name__)

NOTHING_IN = (
    "No product of {source} came in: {why}. Name the columns, such as --column name=title, or"
    " columns={{'name': 'title'}} in Python."
)


def train_on(
    data: Any,
    out: PathLike,
    config: RunConfig,
    *,
    reading: Mapping[str, Any] | None = None,
    again: bool = False,
    on_message: Callable[[str], None] | None = None,
    on_progress: "OnProgress | None" = None,
) -> RunResult:
    """Train on a corpus, a table or a data frame.

    Args:
        data: A corpus, whatever `open_table` reads, or a data frame of pandas, polars or Arrow.
        out: The run directory. Of a table the corpus lies beside it: ``runs/shop.db``.
        config: Settings.
        reading: How the table is read: the options of `open_table`, where any are given.
        again: See `train`; a corpus of another state of the table is kept beside, too.
        on_message: Gets a line now and then that says how far it is, and what was read as what.
        on_progress: Called while the table is read.

    Raises:
        TableError: If the table cannot be read, or lacks a column that was asked for.
        InputError: If *data* is none of these, or a corpus is given options of a table.
        CorpusError: If no product came in, or too little to train on.
        RunError: If the folder holds a run with other settings, or of other products.
        ConfigError: If what the settings name is not there.
    """
    nothing: tuple[Any, ...] = (None, False, {}, ReadAs())
    options = {name: value for name, value in (reading or {}).items() if value not in nothing}
    out = Path(out)
    if is_corpus(data):
        if options:
            raise InputError(
                f"{data} is a corpus, whose columns were chosen when it was imported: leave"
                f" {', '.join(sorted(options))} out."
            )
        result = train(Path(data), config, out, again=again, on_message=on_message)
        return replace(result, corpus=Path(data))
    with messages_to(on_message):
        # Before a large table is read for nothing.
        config = adopt_encoders(config)
        if not again:
            RunDir(out).check(config)
        check_sources(config)
        source = open_source(data, out, options)
        for line in (*source.table.told, *source.table.notes):
            logger.info("%s", line)
        file = corpus_beside(out)
        keep_aside(file, source, RunDir(out), again=again)
        imported = bring_in(source, file, on_progress)
    result = train(file, config, out, again=again, on_message=on_message)
    return replace(
        result, corpus=file, imported=imported, told=(*source.table.told, *source.table.notes)
    )


def is_corpus(data: Any) -> bool:
    """Tell a corpus from tables and frames."""
    if is_frame(data) or is_address(data) or not Path(data).is_file():
        return False
    return isinstance(open_format(Path(data)), CorpusTable)


@dataclass(frozen=True)
class Source:
    """A table that is about to be imported."""

    table: ProductTable
    name: str
    """First part of its products' ids."""
    file: str
    """What the log of imports calls it."""
    identity: str
    """Tells this state of it from others."""


def open_source(data: Any, out: Path, options: Mapping[str, Any]) -> Source:
    """Open a table or a frame, and find out which column is what.

    Args:
        data: The table's path, or the frame.
        out: The run, after which the products of a frame are named.
        options: Of `open_table`, and ``source_name``.
    """
    options = dict(options)
    source_name = options.pop("source_name", None)
    if is_frame(data):
        table = open_frame_table(data, **options)
        name = check_source(table, source_name or out.absolute().name.replace(":", "_"))
        assert isinstance(table.format, FrameTable)
        return Source(table, name, "a data frame", table.format.identity(table, name))
    table = open_table(data, **options)
    name = check_source(table, source_name)
    return Source(table, name, Path(table.path).resolve().name, import_id(table, name))


def corpus_beside(out: Path) -> Path:
    """Return where the corpus of a run's own table lies.

    >>> corpus_beside(Path("runs/shop")).as_posix()
    'runs/shop.db'
    """
    # Of ``.`` only the whole path has a name.
    return (out if out.name else out.absolute()).with_name(f"{out.absolute().name}.db")


def keep_aside(file: Path, source: Source, run: RunDir, *, again: bool) -> None:
    """Make room for the corpus, where that of another table, or of an earlier state, is there.

    Raises:
        RunError: If a run has learnt from that one, and shall not be trained anew.
    """
    if not file.is_file():
        return
    with Corpus.open(file, read_only=True) as corpus:
        others = corpus.db.execute("select file from imports where id != ?", [source.identity])
        if not (other := others.fetchone()):
            return
    if run.config.is_file() and not again:
        raise RunError(
            f"{file} holds the products of {other[0]} as it was, or was read, when the run in"
            f" {run.root} began. Train anew with --again (again=True), which keeps both beside the"
            " new ones, or give --out another folder."
        )
    number = 1
    while (aside := file.with_name(f"{file.stem}.{number}.db")).exists():
        number += 1
    file.rename(aside)
    logger.info("What was in %s is in %s now.", file, aside)


def bring_in(source: Source, file: Path, on_progress: "OnProgress | None") -> ImportSummary:
    """Import a table into the corpus, and tell what came in.

    Raises:
        CorpusError: If no product did.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with Corpus.open(file, create=True) as corpus:
        log = ImportLog(corpus, source.identity, source=source.name, file=source.file)
        summary = import_table(source.table, corpus, log, on_progress=on_progress)
    products = summary.added + summary.changed + summary.unchanged
    if not products:
        why = "; ".join(reason.reason for reason in summary.reasons) or "it has no rows"
        raise CorpusError(NOTHING_IN.format(source=source.file, why=why))
    logger.info(
        f"{summary.rows:,} rows of {source.file} are {products:,} products in {file}:"
        f" {summary.added:,} new, {summary.changed:,} changed, {summary.unchanged:,} as they were;"
        f" {summary.dropped:,} rows left out; {summary.pictures:,} pictures."
    )
    for reason in summary.reasons:
        examples = "; ".join(reason.examples[:2])
        logger.info(f"{reason.outcome}, {reason.reason}: {reason.count:,} rows, such as {examples}")
    return summary
