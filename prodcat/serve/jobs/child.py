"""The process that works on one table, apart from the service: what a table does stays here.

``python -m prodcat.serve.jobs.child WHAT JOB [MODEL]``, where WHAT is ``describe``, ``answer`` or
``write FORMAT``; the service starts it. What came of it lies in ``outcome.json``.
"""

import os
import shutil
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from prodcat.errors import InputError, ProdcatError, TableError, one_line
from prodcat.files import write_json
from prodcat.serve.jobs.records import Job, answers_name
from prodcat.serve.jobs.store import JOB_FILE, PROGRESS_FILE, _read

OUTCOME = "outcome.json"
PARTS = "parts"
"""Where the finished parts of the answers are kept, to write further files of them."""
EVERY_S = 0.2
COUNT_S = 10.0
"""Time to find out how many rows a table has that does not tell."""


def main() -> None:
    """Do what was asked for, and write down what came of it."""
    import_without_pandas()
    what, folder, format, model = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    limit_memory(int(sys.argv[5]))
    if hasattr(os, "nice"):
        os.nice(5)  # whoever waits for one answer comes first
    try:
        data = _read(folder / JOB_FILE)
        assert data is not None
        job = Job.from_dict(data)
        if what == "describe":
            outcome = describe(folder, job)
        else:
            outcome = answer(folder, job, format, Path(model) if model else None)
    except MemoryError:
        outcome = {"error": "The table takes more memory than a job may have; cut it into several."}
    except (ProdcatError, OSError) as error:
        outcome = {"error": one_line(error, 2000)}
    except Exception:
        outcome = {
            "error": "This is a fault of the service's own; its log says more.",
            "trace": traceback.format_exc(),
        }
    write_json(folder / OUTCOME, outcome)


def describe(folder: Path, job: Job) -> dict[str, Any]:
    """Return which column of the table is what, without reading all of it."""
    from prodcat.serve.jobs.glimpses import write_first_rows

    try:
        table = _open(folder, job)
    except TableError as error:
        return {"table": _unrecognised(folder, job, error)}
    with suppress(ProdcatError, OSError, ValueError):  # without them it can be answered, too
        write_first_rows(table, folder)
    return {"table": {**table.describe(), "told": list(table.told)}}


def answer(folder: Path, job: Job, format: str, model: Path | None) -> dict[str, Any]:
    """Answer the table, or go on with it, and write the answers as a file of one kind."""
    from prodcat.bulk.answering import CategorizeOptions
    from prodcat.bulk.categorizing import categorize
    from prodcat.inference.predictor import Predictor
    from prodcat.serve.jobs.glimpses import write_thumbnails

    table = _open(folder, job)
    output = folder / answers_name(format)
    if output.exists():
        output.unlink()
    kept, parts = folder / PARTS, folder / f".{output.name}.parts"
    is_new = not kept.is_dir()
    if kept.is_dir() and not parts.exists():
        # As if that file had been begun before: only its last step is left.
        shutil.copytree(kept, parts, ignore=shutil.ignore_patterns("lock"))
    told, counted = [0.0], count_rows(table)

    def on_progress(done: int, total: int | None) -> None:
        total = counted if total is None and (counted or 0) >= done else total
        if time.monotonic() - told[0] > EVERY_S or done == total:
            told[0] = time.monotonic()
            write_json(folder / PROGRESS_FILE, {"done": done, "total": total})
        # Where the number of rows is known it is reached before the last part is written, and told
        # once more after that.
        if done == total and is_new and parts.is_dir():
            beside = folder / f"{PARTS}.tmp"
            shutil.rmtree(beside, ignore_errors=True)
            shutil.copytree(parts, beside, ignore=shutil.ignore_patterns("lock", "*.tmp"))
            if any(beside.glob("part-*")):
                shutil.rmtree(kept, ignore_errors=True)
                beside.replace(kept)

    result = categorize(
        folder / job.table_name,
        output,
        predictor=Predictor.load(model, threads=1),
        options=CategorizeOptions(
            accuracy=job.options.accuracy,
            threshold=job.options.threshold,
            columns=job.options.columns,
            # An empty folder: no picture of this machine is read because a table names it.
            image_root=folder / "pictures",
            workers=1,
        ),
        on_progress=on_progress,
    )
    if table.columns.get("image") and is_new:
        with suppress(ProdcatError, OSError):  # answers without pictures are answers
            write_thumbnails(table.rows(), folder)
    return {"result": result.to_dict()}


def count_rows(table: Any) -> int | None:
    """Return how many rows a table has, read through where it does not tell; None if too long."""
    number = 0
    with suppress(ProdcatError, OSError, ValueError):
        if (known := table.count()) is not None:
            return int(known)
        until = time.monotonic() + COUNT_S
        for number, _ in enumerate(table.format.rows((), 0), start=1):
            if number % 1024 == 0 and time.monotonic() > until:
                return None
    return number or None


def import_without_pandas() -> None:
    """Import what reads corpora without what it imports, too, where that is installed.

    sqlite-utils needs pandas for nothing that a job does, and it takes seconds for each table.
    """
    if "pandas" in sys.modules:
        return
    sys.modules["pandas"] = None  # type: ignore[assignment]
    try:
        import sqlite_utils  # noqa: F401
    finally:
        # pyarrow stumbles over one that is there and is none.
        del sys.modules["pandas"]


def limit_memory(most: int) -> None:
    """Let this process have so much memory and no more, where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _open(folder: Path, job: Job) -> Any:
    """Open the table, which must be one file, and hold all that is read of it.

    Raises:
        TableError: If it cannot be read, or is something else.
    """
    from prodcat.tables.columns import PRODUCT_FIELDS
    from prodcat.tables.table import open_table

    file = folder / job.table_name
    if file.is_symlink() or not file.is_file():
        raise InputError("The table is not there any more; send it again.")
    table = open_table(
        file,
        columns=job.options.columns,
        image_root=folder / "pictures",
        fields=PRODUCT_FIELDS,
    )
    if table.is_corpus:
        raise TableError(
            f"{file} is a corpus, which has its pictures elsewhere. Send a table: CSV, Excel,"
            " Parquet or JSON lines."
        )
    return table


def _unrecognised(folder: Path, job: Job, error: TableError) -> dict[str, Any]:
    """Describe a table none of whose columns is known, for people to say what they are.

    Raises:
        TableError: If it is not that which is wrong with it.
    """
    from prodcat.serve.jobs.glimpses import write_first_rows
    from prodcat.tables.corpus_table import CorpusTable
    from prodcat.tables.opening import open_source
    from prodcat.tables.read_as import ReadAs

    _, format = open_source(folder / job.table_name, ReadAs())
    columns = list(dict.fromkeys(format.columns))
    if not columns or isinstance(format, CorpusTable):
        raise error
    # As if the first were the name: that is corrected before anything is answered.
    guessed = replace(job, options=replace(job.options, columns={"name": columns[:1]}))
    table = _open(folder, guessed)
    write_first_rows(table, folder)
    told = "No column looks like a name, a description or a picture; say which one is."
    return {**table.describe(), "columns": {}, "not_read": columns, "told": [told]}


def _end_with_parent(parent: int) -> None:
    """End when the service does, also when it was killed: whoever starts next goes on."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


if __name__ == "__main__":
    main()
