"""What the kind of table costs: CSV with paths beside Parquet, Excel and CSV out beside Parquet.

    python -m experiments.benchmarks.doors --rows 5000 --rounds 5 --json doors.json

``prodcat categorize`` answers the same products in each case, from its import to the finished
file, in a process of its own and without a cache. In each round every case runs once, in an
order that is drawn anew; ratios are of runs of the same round.
"""

import argparse
import csv
import io
import os
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.benchmarks.answering.cases import (
    Setup,
    peak_memory_mb,
    read_products,
    repeat_rows,
    run_apart,
    setup_of,
)
from experiments.benchmarks.answering.options import (
    add_options,
    machine_facts,
    prepared,
    write_json,
)
from experiments.benchmarks.bulk import rate, share
from experiments.benchmarks.section import Section, show_sections
from prodcat.files import write_text, write_whole

PLAIN = "parquet to parquet"
CASES = {
    PLAIN: ("products.parquet", "parquet"),
    "parquet of paths to parquet": ("paths.parquet", "parquet"),
    "csv of paths to parquet": ("products.csv", "parquet"),
    "parquet to xlsx": ("products.parquet", "xlsx"),
    "parquet to csv": ("products.parquet", "csv"),
    "parquet to jsonl": ("products.parquet", "jsonl"),
}
"""Name of a case → its table, and the kind of file that it writes."""
BESIDE = {"csv of paths to parquet": "parquet of paths to parquet"}
"""Case → the one that it is held against, where that is not from pictures in Parquet to Parquet."""
PROMISED = {"csv of paths to parquet": 0.97, "parquet to xlsx": 1 / 1.3}
"""Least share of the rate of the case that it is held against."""


def main() -> None:
    """Measure, print a table, and write it if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser)
    parser.add_argument("--rows", type=int, default=5000, help="of the table")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each case")
    parser.add_argument(
        "--case",
        action="append",
        choices=CASES,
        metavar="NAME",
        help=f"one of: {', '.join(CASES)}; repeat for several; all if not given",
    )
    options = parser.parse_args()
    cases = [PLAIN, *(name for name in options.case or CASES if name != PLAIN)]
    cases += {BESIDE[name] for name in cases if name in BESIDE} - set(cases)
    with prepared(options) as setup:
        write_tables(options.data, options.folder, options.rows)
        runs = take_rounds(setup, options.folder, cases, options.rows, options.rounds)
        facts = {"machine": machine_facts(setup), "rows": options.rows, "runs": runs}
    write_json(options.json, facts)
    about = [f"Workers: {setup.threads}. {options.rows:,} products with their pictures."]
    show_sections("What the kind of table costs", about, [lay_out(runs)], options.markdown)


def write_tables(data: Path, folder: Path, rows: int) -> None:
    """Write the same products as Parquet with pictures, and with paths as Parquet and as CSV."""
    repeat_rows(data, folder / "products.parquet", rows)
    written: list[tuple[str | None, str | None, str]] = []
    (folder / "images").mkdir()
    for product in read_products(folder / "products.parquet"):
        path = ""
        if isinstance(product.image, bytes):
            path = f"images/{sha256(product.image).hexdigest()}.jpg"
            if not (folder / path).exists():
                write_whole(folder / path, product.image, sync=False)
        written.append((product.name, product.description, path))
    header = ("name", "description", "image")
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *written])
    write_text(folder / "products.csv", text.getvalue())
    columns = dict(zip(header, map(list, zip(*written, strict=True)), strict=True))
    pq.write_table(pa.table(columns), folder / "paths.parquet")


def take_rounds(
    setup: Setup, folder: Path, cases: Sequence[str], rows: int, rounds: int
) -> dict[str, list[Any]]:
    """Run each case once a round."""
    runs: dict[str, list[Any]] = {name: [] for name in cases}
    order, rng = list(cases), random.Random(0)
    for _ in range(rounds):
        rng.shuffle(order)
        for name in order:
            table, kind = CASES[name]
            told = {"file": str(folder / table), "kind": kind, "rows": rows}
            runs[name].append(run_apart("experiments.benchmarks.doors.run_case", setup, **told))
    return runs


def run_case(setup: Mapping[str, Any], file: str, kind: str, rows: int) -> dict[str, Any]:
    """Run ``prodcat categorize`` in this process, from importing it to the finished file."""
    began = time.perf_counter()
    from prodcat.cli.commands import main as command

    told = setup_of(setup)
    answers = Path(file).with_suffix(f".answers.{kind}")
    words = ["categorize", file, "-o", str(answers), "--workers", str(told.threads)]
    command([*words, *(["--model", told.model] if told.model else [])], standalone_mode=False)
    seconds = time.perf_counter() - began
    size = answers.stat().st_size
    answers.unlink()
    return {
        "rows": rows,
        "seconds": seconds,
        "cpu_seconds": sum(os.times()[:4]),
        "peak_mb": peak_memory_mb(),
        "bytes": size,
    }


def lay_out(runs: Mapping[str, Sequence[Any]]) -> Section:
    """Compare the rates of each case with another's in the same round."""
    rows = []
    for name, done in runs.items():
        beside = runs[BESIDE.get(name, PLAIN)]
        pairs = list(zip(done, beside, strict=True))
        ratios = [rate(run) / rate(other) for run, other in pairs]
        work = [other["cpu_seconds"] / run["cpu_seconds"] for run, other in pairs]
        peaks = [run["peak_mb"] for run in done if run["peak_mb"] is not None]
        rows.append(
            [
                name,
                f"{statistics.median(map(rate, done)):,.0f}",
                share(ratios),
                share(work),
                f"≥ {PROMISED[name]:.2f}" if name in PROMISED else "",
                f"{statistics.median(peaks):,.0f} MB" if peaks else "",
            ]
        )
    return Section(
        "The same products, from and to several kinds of files",
        "Products a second, and their ratio to those from Parquet to Parquet in the same round,"
        " of CSV to those of Parquet with the same paths: the median, and from the least to the"
        " most. The same for products per second of a core at work, which tells more where other"
        " work takes turns on the machine.",
        ("from and to", "products/s", "ratio", "of a core's time", "promised", "peak memory"),
        rows,
    )


if __name__ == "__main__":
    main()
