"""How long one product takes: in a fresh process, and warm, beside the bare forward.

    python -m experiments.benchmarks.latency --encoder FOLDER --json latency.json

Warm: every contestant answers the same products in one process, each product by all of them
before the next, in an order that is drawn anew each time, with a pause before each so that no
thread of one is still awake when the next begins. Cold: from starting Python to the end of the
process, the contestants in turns.
"""

import argparse
import gc
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.benchmarks.answering.bare_forward import BareForward, Way
from experiments.benchmarks.answering.cases import (
    ALL_PARTS,
    Setup,
    only,
    run_apart,
    sample_products,
    setup_of,
)
from experiments.benchmarks.answering.contestants import (
    CONTESTANTS,
    HAND_WRITTEN,
    TITLES,
    Contestant,
    available,
)
from experiments.benchmarks.answering.options import (
    add_options,
    machine_facts,
    prepared,
    write_json,
)
from experiments.benchmarks.section import Section, show_sections
from experiments.benchmarks.startup import BASE, IMAGE, LIMITS_S, take_turns
from prodcat.product import Product

Case = tuple[str, tuple[str, ...]]
"""A contestant, and the parts that it is given."""

HERE = "experiments.benchmarks.latency"
NO_PICTURE = ("name", "description")
CASES: tuple[Case, ...] = (
    ("bare", ALL_PARTS),
    ("bare_at_once", ALL_PARTS),
    ("prodcat", ALL_PARTS),
    ("bare", NO_PICTURE),
    ("prodcat", NO_PICTURE),
    ("bare", ("name",)),
    ("prodcat", ("name",)),
    ("torch", ALL_PARTS),
    *((kind, ALL_PARTS) for kind in HAND_WRITTEN),
    ("linear", ("name",)),
)
GIVEN = {ALL_PARTS: "everything", NO_PICTURE: "no picture", ("name",): "name"}
WARM_UP = 10
"""Products that are answered before, untimed."""
PAUSE_S = 0.02
"""Longer than an idle thread of OpenMP waits busily."""
TRIAL = 50
"""Products by which the fastest way to run the bare forward is chosen."""
COLD = {
    "prodcat": "import prodcat; prodcat.predict(NAME, DESCRIPTION, IMAGE, model=SETUP.model)",
    "any": (
        "from experiments.benchmarks.answering.contestants import CONTESTANTS\n"
        "from prodcat.product import Product\n"
        "with open(IMAGE, 'rb') as file: product = Product(NAME, DESCRIPTION, file.read())\n"
        "one = CONTESTANTS[KIND](SETUP); one.answer(one.ready([product]))"
    ),
}

SETUP = "from experiments.benchmarks.answering.cases import Setup"
PLAIN_SETUP = "from types import SimpleNamespace as Setup"
"""For prodcat alone, without what the other contestants load."""


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
    about = [f"Threads of each contestant: {setup.threads}."]
    show_sections("How long one product takes", about, lay_out(facts), options.markdown)


def add_own_options(parser: argparse.ArgumentParser) -> None:
    """Add what only this benchmark asks."""
    parser.add_argument("--products", type=int, default=400, help="answered one by one")
    parser.add_argument("--runs", type=int, default=10, help="fresh processes for each case")


def measure(setup: Setup, options: argparse.Namespace) -> dict[str, Any]:
    """Return the seconds of every product and of every process."""
    told = {"data": str(options.data), "products": options.products}
    ways = {str(way): vars(way) for way in bare_ways(setup.threads)}
    trial = run_apart(f"{HERE}.try_ways", setup, **told | {"products": TRIAL}, ways=ways)
    fastest = min(trial, key=lambda name: statistics.median(trial[name]))
    seconds = run_apart(f"{HERE}.time_warm", setup, **told, way=ways[fastest])
    cold = take_turns(cold_codes(setup), options.runs)
    return {"way": fastest, "ways": trial, "warm": seconds, "cold": cold}


def bare_ways(threads: int) -> list[Way]:
    """Return the ways to run the bare forward of one product."""
    several = [Way(threads=threads), Way(threads=threads, spin=True)] if threads > 1 else []
    return [Way(), *several]


def try_ways(
    setup: Mapping[str, Any], data: str, products: int, ways: Mapping[str, Any]
) -> dict[str, list[float]]:
    """Time the bare forward in each of several ways."""
    built = setup_of(setup)
    bare = {name: (BareForward(built, Way(**way)), ALL_PARTS) for name, way in ways.items()}
    return take_products(bare, sample_products(data, products))


def time_warm(
    setup: Mapping[str, Any], data: str, products: int, way: Mapping[str, Any]
) -> dict[str, list[float]]:
    """Time all contestants."""
    built = setup_of(setup)
    kinds = available(built)
    made: dict[str, Contestant] = {
        kind: BareForward(built, Way(**way)) if kind == "bare" else CONTESTANTS[kind](built)
        for kind in kinds
    }
    cases = {
        f"{kind}, {GIVEN[parts]}": (made[kind], parts) for kind, parts in CASES if kind in kinds
    }
    return take_products(cases, sample_products(data, products))


def take_products(
    cases: Mapping[str, tuple[Contestant, tuple[str, ...]]],
    products: Sequence[Product],
    pause_s: float = PAUSE_S,
) -> dict[str, list[float]]:
    """Give each product to all contestants, and return the seconds of each."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    order, rng = list(cases), random.Random(0)
    # What was loaded is not searched for garbage again and again at the cost of all.
    gc.collect()
    gc.freeze()
    warm_up = [*products] * WARM_UP
    for place, product in enumerate([*warm_up[:WARM_UP], *products], -WARM_UP):
        rng.shuffle(order)
        for name in order:
            contestant, parts = cases[name]
            ready = contestant.ready([only(product, parts)])
            time.sleep(pause_s)
            began = time.perf_counter()
            contestant.answer(ready)
            seconds = time.perf_counter() - began
            if place >= 0:
                times[name].append(seconds)
    return times


def cold_codes(setup: Setup) -> dict[str, str]:
    """Return what the fresh processes run."""
    given = f"NAME, DESCRIPTION, IMAGE = 'Men Running Shoes', 'For long runs', {str(IMAGE)!r}"
    codes = {BASE: "pass"}
    for kind in available(setup):
        if kind.startswith("bare"):  # never alone in a process
            continue
        imported, code = (PLAIN_SETUP, COLD[kind]) if kind in COLD else (SETUP, COLD["any"])
        told = f"SETUP, KIND = {setup!r}, {kind!r}"
        codes[TITLES[kind]] = "\n".join((imported, given, told, code))
    return codes


def lay_out(facts: Mapping[str, Any]) -> list[Section]:
    """Return the tables."""
    return [warm_section(facts), cold_section(facts["cold"])]


def warm_section(facts: Mapping[str, Any]) -> Section:
    """Compare the warm times with those of the bare forward of the same parts."""
    rows = []
    for kind, parts in CASES:
        given = GIVEN[parts]
        seconds = facts["warm"].get(f"{kind}, {given}")
        if seconds is None:
            continue
        p50, p95, p99 = percentiles(seconds)
        bare = percentiles(facts["warm"][f"bare, {given}"])[0]
        cells = [f"{1000 * s:.2f} ms" for s in (p50, p95, p99)]
        rows.append([TITLES[kind], given, *cells, f"{p99 / p50:.2f}", f"{p50 / bare:.2f}"])
    products = len(next(iter(facts["warm"].values())))
    return Section(
        "One product, warm",
        f"{products:,} products, each with name, description and picture, of which the contestants"
        " get what is given. The last column compares the median with that of the bare forward"
        f" of the same parts, run by run, in the fastest of {len(facts['ways'])} ways:"
        f" {facts['way']}.",
        ("contestant", "given", "p50", "p95", "p99", "p99 / p50", "p50 / bare"),
        rows,
    )


def cold_section(times: Mapping[str, Sequence[float]]) -> Section:
    """Compare the fresh processes."""
    base = statistics.median(times[BASE])
    rows = []
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        found = (middle, min(seconds), max(seconds), middle - base)
        rows.append([name, *(f"{1000 * s:,.0f} ms" for s in found)])
    return Section(
        "One product, cold",
        f"From starting Python to the end of the process, {len(times[BASE])} runs of each: imports,"
        " loading the model, and the answer to a first product with all parts; threads as each"
        " library likes.",
        ("contestant", "median", "least", "most", "beyond Python"),
        rows,
    )


def promised_rows(facts: Mapping[str, Any]) -> list[list[str]]:
    """Hold what was measured against what the project promises, as rows of a table."""
    warm = {name: percentiles(seconds) for name, seconds in facts["warm"].items()}
    whole, fewer = (f"prodcat, {GIVEN[parts]}" for parts in (ALL_PARTS, NO_PICTURE))
    p50, _, p99 = warm[whole]
    beyond = {n: warm[n][0] / warm[n.replace("prodcat", "bare")][0] for n in (whole, fewer)}
    medians = {name: statistics.median(seconds) for name, seconds in facts["cold"].items()}
    cold = medians[TITLES["prodcat"]] - medians[BASE]
    return [
        ["one product: p50, times that of the bare forward", f"{beyond[whole]:.2f}", "≤ 1.25"],
        ["one product: p99, times p50", f"{p99 / p50:.2f}", "< 3"],
        ["no picture: p50, times the bare forward without one", f"{beyond[fewer]:.2f}", ""],
        [
            "fresh process to the first answer, beyond Python",
            f"{1000 * cold:,.0f} ms",
            f"< {1000 * LIMITS_S['first answer, all']:,.0f} ms",
        ],
    ]


def percentiles(seconds: Sequence[float]) -> tuple[float, float, float]:
    """Return p50, p95 and p99, between the nearest two where none is exact.

    >>> percentiles([float(n) for n in range(101)])
    (50.0, 95.0, 99.0)
    """
    import numpy as np

    p50, p95, p99 = np.percentile(seconds, (50, 95, 99)).tolist()
    return p50, p95, p99


if __name__ == "__main__":
    main()
