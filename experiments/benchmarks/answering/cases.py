"""What the benchmarks of speed share: the products, and how each case gets a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from prodcat.errors import InputError, RunError
from prodcat.product import Product
from prodcat.tables.columns import PRODUCT_FIELDS
from prodcat.tables.table import open_table

REPOSITORY = Path(__file__).resolve().parents[3]
FASHION = "fashion.parquet"
CONFIG = REPOSITORY / "experiments" / "fashion.yaml"
ALL_PARTS = ("name", "description", "image")

POOLS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),  # torch, numpy, scipy
    "RAYON_NUM_THREADS",  # tokenizers
)
"""Variables by which libraries learn how many threads to start."""
CALL = """
import json, sys
from {module} import {function} as call
print(json.dumps(call(**json.loads(sys.argv[1]))))
"""
GROUP_ROWS = 4096
LEAST_ROWS = 1024
"""Rows of the smallest table that is repeated: more than any batch has."""


@dataclass(frozen=True)
class Setup:
    """What the contestants are made of; plain data, so that it can be told to a process."""

    threads: int
    """Threads, or workers, that each may use."""
    model: str | None = None
    """A model directory; None for the bundled one."""
    config: str = str(CONFIG)
    """The settings that the model was trained with."""
    encoder: str | None = None
    """Folder of the text encoder before it was fine-tuned; None to do without torch."""
    linear: str | None = None
    """File with a fitted linear classifier; None to do without."""

    def with_threads(self, threads: int) -> "Setup":
        """Return the same with other threads."""
        return replace(self, threads=threads)


def run_apart(function: str, setup: Setup, **arguments: Any) -> Any:
    """Call a function in a process of its own, where no library has more than its threads.

    Args:
        function: Its module and name; it takes *setup* as a dict, and answers plain data.
        setup: Whose number of threads holds for every library's pool.
        arguments: Plain data.

    Raises:
        RunError: If it fails.
    """
    module, _, name = function.rpartition(".")
    search = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
    pools = dict.fromkeys(POOLS, str(setup.threads))
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            CALL.format(module=module, function=name),
            json.dumps({"setup": asdict(setup), **arguments}),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **pools, "PYTHONPATH": search},
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
        raise RunError(f"{name} failed: {said[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def find_data(given: Path | None) -> Path:
    """Return the table of products to measure with.

    Raises:
        InputError: If there is none.
    """
    folder = Path(os.environ.get("PRODCAT_DATA") or REPOSITORY.parent / "shared" / "data")
    file = given or folder / FASHION
    if not file.is_file():
        raise InputError(
            f"There is no {file.name} in {file.parent}; name a Parquet file by --data."
        )
    return file


def read_products(file: Path | str, count: int | None = None) -> Iterator[Product]:
    """Yield the first products of a table, as ``prodcat categorize`` reads them."""
    for row in islice(open_table(file, fields=PRODUCT_FIELDS).rows(), count):
        yield Product(row.name, row.description, row.image)


def sample_products(file: Path | str, count: int) -> list[Product]:
    """Choose complete products from all over a table.

    Raises:
        InputError: If it has none.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(file, columns=list(ALL_PARTS)).drop_null()
    table = table.filter(
        pc.and_(pc.not_equal(table["name"], ""), pc.not_equal(table["description"], ""))
    )
    if not table.num_rows:
        raise InputError(f"{file} has no product with name, description and picture.")
    step = max(1, table.num_rows // count)
    chosen = table.take(list(range(0, table.num_rows, step))[:count])
    return [Product(**row) for row in chosen.to_pylist()]


def only(product: Product, parts: tuple[str, ...]) -> Product:
    """Withhold all other parts.

    >>> only(Product("Boots", "for rain", b"..."), ("name",))
    Product(name='Boots', description=None, image=None, id=None)
    """
    return Product(**{part: getattr(product, part) for part in parts})


def repeat_rows(source: Path, target: Path, rows: int) -> None:
    """Write a Parquet file of so many products, by repeating those of a table.

    All rows come once before the first comes again, so no batch has a product twice.

    Raises:
        InputError: If the table is so small that one would.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = ["id", *ALL_PARTS]
    table = pq.read_table(source, columns=columns)
    if table.num_rows < min(rows, LEAST_ROWS):
        raise InputError(
            f"{source.name} has {table.num_rows:,} rows; to be repeated it needs {LEAST_ROWS:,}."
        )
    if missing := [name for name in columns if name not in table.column_names]:
        raise InputError(f"{source.name} has no column {missing[0]!r}.")
    with pq.ParquetWriter(target, table.schema) as writer:
        start = 0
        while start < rows:
            held, wanted = [], min(GROUP_ROWS, rows - start)
            while wanted:
                piece = table.slice(start % table.num_rows, wanted)
                held.append(piece)
                start, wanted = start + piece.num_rows, wanted - piece.num_rows
            writer.write_table(pa.concat_tables(held), row_group_size=GROUP_ROWS)


def peak_memory_mb() -> float | None:
    """Return the most resident memory that this process has held; None where none tells.

    The system's own account of a child (getrusage) begins with the memory of its parent.
    """
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def setup_of(told: Mapping[str, Any]) -> Setup:
    """Return what a process was told."""
    return Setup(**told)
