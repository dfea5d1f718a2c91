"""How fast a table is categorized and in how much memory, beside the bare forward.

    python -m experiments.benchmarks.bulk --rows 10000,100000 --encoder FOLDER --json bulk.json

``prodcat categorize`` reads Parquet with name, description and picture, made by repeating the
rows of a table; caches are off. The other contestants answer fewer rows of the same file. Each
case is a process of its own; in each round all of them run, in an order that is drawn anew.
"""

import argparse
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from experiments.benchmarks.answering.bare_forward import BATCH_ROWS, Way
from experiments.benchmarks.answering.cases import Setup, repeat_rows, run_apart
from experiments.benchmarks.answering.contestants import HAND_WRITTEN, TITLES, available
from experiments.benchmarks.answering.options import (
    add_options,
    machine_facts,
    prepared,
    write_json,
)
from experiments.benchmarks.answering.stages import measure_stages, stages_section
from experiments.benchmarks.section import Section, show_sections
from prodcat.wording import ABSENT

CASES = "experiments.benchmarks.answering.bulk_cases"
ONCE_ROWS = 50_000
"""A table of more rows is categorized in the first round only."""
BARE = "bare"

Result = dict[str, Any]


def main() -> None:
    """Measure, print tables, and write them if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser)
    add_own_options(parser)
    options = parser.parse_args()
    with prepared(options) as setup:
        facts = measure(setup, options)
    write_json(options.json, {"machine": machine_facts(setup), **facts})
    about = [f"Threads or workers of each contestant: {setup.threads}."]
    show_sections("How fast a table is categorized", about, lay_out(facts), options.markdown)


def add_own_options(parser: argparse.ArgumentParser) -> None:
    """Add what only this benchmark asks."""
    parser.add_argument(
        "--rows", type=row_counts, default=[10_000, 100_000, 1_000_000], help="of the tables"
    )
    parser.add_argument("--rounds", type=int, default=5, help="runs of each case")
    parser.add_argument("--bare-rows", type=int, default=16_384, help="for the bare forward")
    parser.add_argument("--ready-rows", type=int, default=4096, help="of these with tensors apart")
    parser.add_argument("--torch-rows", type=int, default=2048, help="for torch in batches")
    parser.add_argument("--hand-rows", type=int, default=512, help="for transformers one by one")
    parser.add_argument("--linear-rows", type=int, default=16_384, help="for TF-IDF")
    parser.add_argument("--stage-rows", type=int, default=2048, help="for each stage alone")


def row_counts(text: str) -> list[int]:
    """Read counts of rows.

    >>> row_counts("100000,10000")
    [10000, 100000]
    """
    counts = sorted({int(part) for part in text.split(",")})
    if counts[0] < 1:
        raise ValueError(f"{counts[0]} rows")
    return counts


def measure(setup: Setup, options: argparse.Namespace) -> dict[str, Any]:
    """Run all cases, and time each stage."""
    files = {}
    for rows in options.rows:
        files[rows] = options.folder / f"products-{rows}.parquet"
        repeat_rows(options.data, files[rows], rows)
    others = {
        "torch": options.torch_rows,
        **dict.fromkeys(HAND_WRITTEN, options.hand_rows),
        "linear": options.linear_rows,
    }
    most = max(options.bare_rows, *others.values())
    file = options.folder / "products.parquet"
    repeat_rows(options.data, file, most)
    bare = {"file": str(file), "rows": options.bare_rows, "ready_rows": options.ready_rows}
    trial = try_ways(setup, bare | {"rows": options.ready_rows})
    fastest = max(trial, key=lambda name: trial[name])
    way = vars(bare_ways(setup.threads, options.ready_rows)[fastest])
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        f"prodcat {rows}": ("run_prodcat", {"file": str(files[rows]), "rows": rows})
        for rows in options.rows
    }
    calls[BARE] = ("run_bare", bare | {"way": way})
    for kind in available(setup):
        if kind in others:
            calls[kind] = ("run_other", {"file": str(file), "rows": others[kind], "kind": kind})
    runs = take_rounds(setup, calls, options.rounds)
    stages = measure_stages(setup, options.data, options.folder, options.stage_rows, options.rounds)
    return {"way": fastest, "ways": trial, "runs": runs, "stages": stages}


def bare_ways(threads: int, rows: int) -> dict[str, Way]:
    """Return the ways to run the bare forward of many products."""
    spread = [Way(workers=threads)]
    if threads > 1:
        spread.append(Way(threads=threads, spin=True))
    ways = [replace(way, rows=r) for way in spread for r in sorted({BATCH_ROWS, rows})]
    return {str(way): way for way in ways}


def try_ways(setup: Setup, told: Mapping[str, Any]) -> dict[str, float]:
    """Return the products per second of the bare forward in each way."""
    ways = bare_ways(setup.threads, told["ready_rows"])
    found = {n: run_apart(f"{CASES}.run_bare", setup, **told, way=vars(w)) for n, w in ways.items()}
    return {name: rate(result) for name, result in found.items()}


def take_rounds(
    setup: Setup, calls: Mapping[str, tuple[str, Mapping[str, Any]]], rounds: int
) -> dict[str, list[Result | None]]:
    """Run each case once a round; None where a long one is left out."""
    runs: dict[str, list[Result | None]] = {name: [] for name in calls}
    order, rng = list(calls), random.Random(0)
    for number in range(rounds):
        rng.shuffle(order)
        for name in order:
            function, told = calls[name]
            left_out = number and told["rows"] > ONCE_ROWS
            found = None if left_out else run_apart(f"{CASES}.{function}", setup, **told)
            runs[name].append(found)
    return runs


def rate(result: Result) -> float:
    """Return products per second."""
    return result["rows"] / result["seconds"]


def lay_out(facts: Mapping[str, Any]) -> list[Section]:
    """Return the tables."""
    return [rate_section(facts), ways_section(facts), stages_section(facts["stages"])]


def rate_section(facts: Mapping[str, Any]) -> Section:
    """Compare the rates with that of the bare forward in the same round."""
    rows = []
    for name, runs in facts["runs"].items():
        kind = name.split()[0]
        done = [run for run in runs if run is not None]
        peaks = [run["peak_mb"] for run in done if run["peak_mb"] is not None]
        rows.append(
            [
                TITLES[kind],
                f"{done[0]['rows']:,}",
                f"{len(done)}",
                f"{statistics.median(map(rate, done)):,.0f}",
                share(ratios(runs, facts["runs"][BARE])),
                f"{statistics.median(peaks):,.0f} MB" if peaks else ABSENT,
            ]
        )
    return Section(
        "A table of products",
        "Name, description and picture. prodcat: `prodcat categorize` with one worker per thread,"
        " from its import to the finished file. Others: loaded before, in batches of their own,"
        " answers not written. Ratios to the bare forward are of runs of the same round: their"
        " median, and from the least to the most. Memory is all that the process held, Python and"
        " libraries included.",
        ("contestant", "rows", "runs", "products/s", "share of bare", "peak memory"),
        rows,
    )


def ways_section(facts: Mapping[str, Any]) -> Section:
    """Show in which ways the bare forward was tried."""
    rows = [[name, f"{found:,.0f}"] for name, found in facts["ways"].items()]
    return Section(
        "The bare forward, in several ways",
        f"One short run each, by which the fastest was chosen for the table above: {facts['way']}.",
        ("way", "products/s"),
        rows,
    )


def ratios(runs: Sequence[Result | None], bare: Sequence[Result | None]) -> list[float]:
    """Return rate by rate of the bare forward, for each round in which both ran."""
    return [rate(a) / rate(b) for a, b in zip(runs, bare, strict=True) if a and b]


def share(found: Sequence[float]) -> str:
    """Write the median of shares, and from where to where they go.

    >>> share([0.875, 0.75, 0.8])
    '0.800 (0.750–0.875)'
    """
    return f"{statistics.median(found):.3f} ({min(found):.3f}–{max(found):.3f})"


def promised_rows(facts: Mapping[str, Any]) -> list[list[str]]:
    """Hold what was measured against what the project promises, as rows of a table."""
    runs, rows = facts["runs"], []
    sizes = {int(name.split()[1]): name for name in runs if name.startswith("prodcat ")}
    for size, name in sizes.items():
        found = statistics.median(ratios(runs[name], runs[BARE]))
        rows.append([f"{size:,} rows: share of the bare forward's rate", f"{found:.3f}", "≥ 0.85"])
    longest = sizes[max(sizes)]
    for kind in HAND_WRITTEN:
        if kind in runs:
            found = statistics.median(ratios(runs[longest], runs[kind]))
            title = f"{max(sizes):,} rows: times the rate of {TITLES[kind]}"
            rows.append([title, f"{found:.1f}", "≥ 8" if kind == "hand" else ""])
    if len(sizes) > 1:
        less, most = sorted(sizes)[-2:]
        found = peak(runs[sizes[most]]) / peak(runs[sizes[less]])
        title = f"peak memory at {most:,} rows, times that at {less:,}"
        rows.append([title, f"{found:.2f}", "≤ 1.10"])
    return rows


def peak(runs: Sequence[Result | None]) -> float:
    """Return the median of the peak memory; NaN where the system tells none."""
    found = [run["peak_mb"] for run in runs if run and run["peak_mb"] is not None]
    return statistics.median(found) if found else float("nan")


if __name__ == "__main__":
    main()
