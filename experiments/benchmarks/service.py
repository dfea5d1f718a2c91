r"""How the service does beside the one that people write around `prodcat.predict` themselves.

    python -m experiments.benchmarks.service fashion.parquet --out docs/reports/service.md

Both run as processes of the same machine and get the same requests, each with one product's name,
description and picture as JSON. Contestants take turns, so that whatever else the machine does
falls on all alike. The client shares the machine, too.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.benchmarks.section import Section, show_sections
from experiments.benchmarks.serving.load import Load, closed_loop, open_loop, request_bytes
from experiments.benchmarks.serving.processes import Running, running
from prodcat.errors import require
from prodcat.inference.cores import count_cores
from prodcat.inference.predictor import Predictor

CLIENTS = 32
LONE = 150
"""Requests of a lone client in each round."""
OVERLOAD = 2.5
"""Times what it answered at `CLIENTS` clients."""
CATEGORIZE = """
import json, sys, time
from prodcat.bulk.categorizing import categorize
from prodcat.inference.predictor import Predictor
predictor = Predictor.load(threads=1)
predictor.open()
began, cpu = time.perf_counter(), time.process_time()
result = categorize(sys.argv[1], sys.argv[2], predictor=predictor)
print(json.dumps([result.counts.rows, time.perf_counter() - began, time.process_time() - cpu]))
"""
OURS = ("-m", "prodcat", "serve", "--port", "PORT")
PLAIN = ("-m", "experiments.benchmarks.serving.plain", "PORT")


def main() -> None:
    """Run the rounds, print the tables, and write them if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path, help="Parquet with name, description and image")
    parser.add_argument("--rounds", type=int, default=5, help="0 for the memory alone")
    parser.add_argument("--requests", type=int, default=1500, help="of 32 clients, in each round")
    parser.add_argument("--memory", type=int, default=0, help="requests to watch the memory over")
    parser.add_argument(
        "--memory-model", type=Path, help="to watch the memory of, if a smaller one"
    )
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    products = read_products(options.table, options.requests)
    sections = [
        *(side_by_side(products, options.rounds) if options.rounds else ()),
        *(overloaded(products) if options.rounds else ()),
        *(watch_memory(products, options.memory, options.memory_model) if options.memory else ()),
    ]
    about = [
        "`python -m experiments.benchmarks.service` made these tables. "
        + " ".join(__doc__.split("\n\n")[2].split()),
        f"{count_cores()} cores, Python {sys.version.split()[0]}; the bundled model;"
        f" {len(products):,} products of {options.table.name}, none of them twice in a round.",
    ]
    show_sections("The service under load", about, sections, options.out)


def read_products(table: Path, most: int) -> list[dict[str, Any]]:
    """Return products with all parts, from the middle of the table."""
    parquet = require("pyarrow.parquet", extra="bulk")
    read = parquet.read_table(table, columns=["name", "description", "image"])
    products: list[dict[str, Any]] = []
    for row in read.slice(len(read) // 2).to_pylist():
        image = row["image"]["bytes"] if isinstance(row["image"], dict) else row["image"]
        if image and row["name"] and len(products) < most:
            products.append({**row, "image": image})
    return products


def side_by_side(products: Sequence[Mapping[str, Any]], rounds: int) -> list[Section]:
    """Measure both services, predict and categorize in turn."""
    requests = [request_bytes([product]) for product in products]
    predictor = Predictor.load()
    lone: dict[str, list[float]] = {"service": [], "plain FastAPI": [], "predict": []}
    many: dict[str, list[tuple[float, float, float, float]]] = {"service": [], "plain FastAPI": []}
    bulk: list[tuple[float, float]] = []
    with running(OURS, ready="/readyz") as ours, running(PLAIN, ready="/openapi.json") as plain:
        services = {"service": ours, "plain FastAPI": plain}
        for service in services.values():
            asyncio.run(closed_loop(service.port, requests, 4, most=100))
        for number in range(rounds):
            some = products[number * LONE % len(products) :][:LONE]
            lone["predict"].append(_predict(predictor, some))
            for name, service in services.items():
                asked = [request_bytes([product]) for product in some]
                load = asyncio.run(closed_loop(service.port, asked, 1, most=len(asked)))
                lone[name].append(load.quantile_ms(0.5))
            for name, service in services.items():
                many[name].append(_under(service, requests))
            bulk.append(_categorize(products))
            print(number, {n: round(r[-1][0]) for n, r in many.items()}, round(bulk[-1][0]))
    return [_lone_section(lone), _many_section(many, bulk)]


def _predict(predictor: Predictor, products: Sequence[Mapping[str, Any]]) -> float:
    """Return the median of `Predictor.predict`, in milliseconds."""
    times = []
    for product in products:
        began = time.perf_counter()
        predictor.predict(product["name"], product["description"], product["image"])
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def _under(service: Running, requests: Sequence[bytes]) -> tuple[float, float, float, float]:
    """Return rate, median and 99th percentile in ms, and processor ms a request, at 32 clients."""
    before = service.cpu_s()
    load = asyncio.run(closed_loop(service.port, requests, CLIENTS, most=len(requests)))
    if load.failed or load.answered != len(requests):
        raise RuntimeError(f"Not all were answered: {load.statuses}, {load.failed} failed.")
    cpu_ms = 1000 * (service.cpu_s() - before) / len(requests)
    return load.rate, load.quantile_ms(0.5), load.quantile_ms(0.99), cpu_ms


def _categorize(products: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """Return rows a second, and processor ms a row, of `categorize` on the same products."""
    arrow, parquet = require("pyarrow", extra="bulk"), require("pyarrow.parquet", extra="bulk")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "products.parquet"
        parquet.write_table(arrow.Table.from_pylist(list(products)), source)
        arguments = [sys.executable, "-c", CATEGORIZE, str(source), f"{folder}/answers.parquet"]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    rows, seconds, cpu_s = json.loads(done.stdout.splitlines()[-1])
    return rows / seconds, 1000 * cpu_s / rows


def _lone_section(lone: Mapping[str, Sequence[float]]) -> Section:
    predict = lone["predict"]
    rows = []
    for name, medians in lone.items():
        ratios = [mine / theirs for mine, theirs in zip(medians, predict, strict=True)]
        more = [mine - theirs for mine, theirs in zip(medians, predict, strict=True)]
        rows.append(
            [
                name,
                f"{statistics.median(medians):.2f} ms",
                f"{statistics.median(ratios):.2f}",
                f"{statistics.median(more):+.2f} ms",
            ]
        )
    note = (
        "Medians over a round of the median latency. Promised of the service: at most 1.25 times"
        " `predict`, and at most 3 ms more."
    )
    return Section("One client", note, ("", "p50", "times predict", "more"), rows)


def _many_section(
    many: Mapping[str, Sequence[tuple[float, float, float, float]]],
    bulk: Sequence[tuple[float, float]],
) -> Section:
    ours = [rate for rate, *_ in many["service"]]
    rows = []
    for name, rounds in many.items():
        rates, p50s, p99s, cpus = zip(*rounds, strict=True)
        ratios = [mine / theirs for mine, theirs in zip(ours, rates, strict=True)]
        rows.append(
            [
                name,
                f"{statistics.median(rates):.0f}",
                _ratio(ratios),
                f"{statistics.median(p50s):.0f} ms",
                f"{statistics.median(p99s):.0f} ms",
                f"{statistics.median(cpus):.2f} ms",
            ]
        )
    ratios = [mine / rate for mine, (rate, _) in zip(ours, bulk, strict=True)]
    bulk_rates = [rate for rate, _ in bulk]
    cpu_ms = statistics.median(cpu for _, cpu in bulk)
    rows.append(
        [
            "categorize",
            f"{statistics.median(bulk_rates):.0f}",
            _ratio(ratios),
            "",
            "",
            f"{cpu_ms:.2f} ms",
        ]
    )
    note = (
        "Each client asks when its last request was answered. The second column is the median over"
        " rounds, from the least to the most, of the service's rate divided by that of the row:"
        " asked for are 2 beside plain FastAPI and 0.75 beside categorize."
    )
    headings = ("", "products/s", "service / this", "p50", "p99", "processor time each")
    return Section(f"{CLIENTS} clients", note, headings, rows)


def _ratio(ratios: Sequence[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def overloaded(products: Sequence[Mapping[str, Any]]) -> list[Section]:
    """Ask more than can be answered, of services with several limits."""
    requests = [request_bytes([product]) for product in products]
    rows = []
    for waiting in (4, 16, 32, 64):
        with running((*OURS, "--waiting", str(waiting)), ready="/readyz") as service:
            asyncio.run(closed_loop(service.port, requests, 4, most=100))
            alone = asyncio.run(closed_loop(service.port, requests, 1, most=200))
            most = min(waiting, CLIENTS)
            loaded = asyncio.run(closed_loop(service.port, requests, most, most=600))
            rate = OVERLOAD * loaded.rate
            load = asyncio.run(open_loop(service.port, requests, rate, 20.0))
        rows.append(_overload_row(waiting, alone, most, loaded, load))
    note = (
        f"Requests come {OVERLOAD:g} times as fast as they can be answered, whatever came of those"
        " before, for 20 s. What there is no room for gets 429 at once. A request that waits behind"
        " others takes longer than one alone: the limit says how much longer, and what it costs."
        " Promised was a p99 of the accepted of at most 2 times the p99 without load. Taken of a"
        " service that is full and refuses nobody, as many clients as fit, that is the column"
        ' "times as many as fit". Taken of a lone client, the plain reading, it is the column'
        " before it: whoever waits for others cannot keep it, so it can hold for the least limits"
        " alone."
    )
    headings = (
        *("--waiting", "p99 of one client", "p99 of as many as fit", "p99 of the accepted"),
        *("times one client", "times as many as fit", "accepted/s", "refused", "lost"),
    )
    return [Section("More than it can bear", note, headings, rows)]


def _overload_row(waiting: int, alone: Load, most: int, loaded: Load, load: Load) -> list[str]:
    p99 = load.quantile_ms(0.99)
    return [
        str(waiting),
        f"{alone.quantile_ms(0.99):.0f} ms",
        f"{loaded.quantile_ms(0.99):.0f} ms ({most})",
        f"{p99:.0f} ms",
        f"{p99 / alone.quantile_ms(0.99):.1f}",
        f"{p99 / loaded.quantile_ms(0.99):.1f}",
        f"{load.rate:.0f}",
        f"{load.statuses.get(429, 0):,}",
        str(load.failed + sum(n for s, n in load.statuses.items() if s not in (200, 429))),
    ]


def watch_memory(
    products: Sequence[Mapping[str, Any]], most: int, model: Path | None
) -> list[Section]:
    """Ask so many times, every tenth time with a picture, and watch the memory."""
    requests = [
        request_bytes([product if number % 10 == 0 else {"name": product["name"]}])
        for number, product in enumerate(products)
    ]
    rows = []
    command = OURS if model is None else (*OURS, "--model", str(model))
    with running(command, ready="/readyz") as service:
        for number in range(11):
            asked = number * most // 10
            rows.append([f"{asked:,}", f"{service.memory_mb():.1f} MB"])
            print(*rows[-1], flush=True)
            if number < 10:
                load = closed_loop(service.port, requests, 16, most=most // 10, seconds=3600)
                if asyncio.run(load).answered != most // 10:
                    raise RuntimeError("Not all were answered.")
    which = "the bundled model" if model is None else "a small model that was drawn for tests"
    note = f"What the process holds, with {which}, after so many requests of 16 clients."
    return [Section("Memory", note, ("requests", "memory"), rows)]


if __name__ == "__main__":
    main()
