"""In how much memory `prodcat categorize` answers tables of any length.

    python -m experiments.benchmarks.memory --model runs/student/model --markdown memory.md

Each table repeats the rows of another, with its pictures, and is answered in a process of its
own without a cache.
"""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.benchmarks.answering.cases import Setup, repeat_rows, run_apart
from experiments.benchmarks.answering.options import (
    add_options,
    facts_line,
    machine_facts,
    prepared,
    write_json,
)
from experiments.benchmarks.bulk import CASES, row_counts
from experiments.benchmarks.section import Section, show_sections
from prodcat.wording import ABSENT


def main() -> None:
    """Measure, print a table, and write it if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser)
    parser.add_argument("--rows", type=row_counts, default=[10_000, 100_000, 1_000_000])
    options = parser.parse_args()
    with prepared(options) as setup:
        machine = machine_facts(setup)
        runs = measure(setup, options)
    write_json(options.json, {"machine": machine, "runs": runs})
    about = [
        "Of the whole process, Python and its libraries included, at its highest. Name,"
        " description and picture, from Parquet to Parquet. `python -m"
        " experiments.benchmarks.memory` made this page.",
        facts_line(machine),
    ]
    show_sections("In how much memory", about, [lay_out(runs)], options.markdown)


def measure(setup: Setup, options: argparse.Namespace) -> list[Mapping[str, Any]]:
    """Answer a table of each length."""
    runs: list[Mapping[str, Any]] = []
    for rows in options.rows:
        file = options.folder / f"products-{rows}.parquet"
        repeat_rows(options.data, file, rows)
        size = file.stat().st_size
        told = {"file": str(file), "rows": rows}
        runs.append({**run_apart(f"{CASES}.run_prodcat", setup, **told), "table_bytes": size})
        file.unlink()
    return runs


def lay_out(runs: Sequence[Mapping[str, Any]]) -> Section:
    """Return the table, shortest first."""
    first = runs[0]["peak_mb"]
    rows = [
        [
            f"{run['rows']:,}",
            f"{run['table_bytes'] / 1e6:,.0f} MB",
            f"{run['seconds']:,.0f} s",
            f"{run['rows'] / run['seconds']:,.0f}",
            ABSENT if run["peak_mb"] is None else f"{run['peak_mb']:,.0f} MB",
            ABSENT if run["peak_mb"] is None else f"{run['peak_mb'] / first:.2f}",
        ]
        for run in runs
    ]
    headings = ("rows", "table", "time", "products/s", "peak memory", "times the first")
    return Section("By the length of the table", "One run each.", headings, rows)


if __name__ == "__main__":
    main()
