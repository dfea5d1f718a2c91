r"""How fast and how right the search index is, beside libraries of nearest neighbours.

    python -m experiments.benchmarks.search_index shop.vectors --kind fused \
        --out docs/reports/search.md

The vectors are those that `prodcat embed` made of a corpus, or an array of them (.npy), with drawn
ones beside them up to the sizes that are asked for. Queries are real vectors, each halfway between
itself and a neighbour, and so in no index. All contestants answer each query in turn, on one core.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from experiments.benchmarks.searching.contestants import (
    Search,
    build_prodcat,
    faiss_index,
    hnswlib_index,
    products_of,
    usearch_index,
)
from experiments.benchmarks.searching.vectors import at_width, enlarge, neighbours
from experiments.benchmarks.section import Section, show_sections
from prodcat.arrays import BoolArray, Float32Array
from prodcat.search.building import EXACT
from prodcat.search.index import VectorIndex
from prodcat.search.layout import CODES, RESTS
from prodcat.search.products import IndexedProduct
from prodcat.vectors.stored import open_vectors
from prodcat.vectors.unit import unit_rows

K = 10
TIE = 2e-5
"""Cosines that differ by less are the same: of products that a shop has twice, or nearly."""
SLOW_TO_BUILD = ("usearch", "hnswlib")
"""Graphs, which take an hour for what the others build in minutes: up to `EXACT` products alone."""
CHANGES = 100
"""Products that are added, and deleted again."""
CONTESTANTS: dict[str, Callable[[Float32Array], tuple[Search, float]]] = {
    "faiss Flat": lambda rows: faiss_index(rows, "Flat"),
    "faiss IVF1024,SQ8, nprobe 16": lambda rows: faiss_index(rows, "IVF1024,SQ8"),
    "usearch i8": lambda rows: usearch_index(rows, "i8"),
    "hnswlib M 16, ef 100": hnswlib_index,
}


def main() -> None:
    """Build the indexes, ask them, print the tables, and write them if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vectors", type=Path, help="folder of `prodcat embed`, or a .npy file")
    parser.add_argument("--kind", default="fused")
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--sizes", type=int, nargs="+", default=[200_000, 1_000_000])
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--beside", nargs="*", default=list(CONTESTANTS), choices=CONTESTANTS)
    parser.add_argument("--folder", type=Path, help="for the indexes; a temporary one if not given")
    parser.add_argument("--out", type=Path, help="Markdown file to write the tables to")
    options = parser.parse_args()
    if options.vectors.suffix == ".npy":
        real = np.load(options.vectors, allow_pickle=False).astype(np.float32)
    else:
        real = np.asarray(open_vectors(options.vectors).by_kind[options.kind], np.float32)
    real = at_width(real[np.any(real, axis=1)], options.width)
    nearest, cosines = neighbours(real, K)
    rng = np.random.default_rng(1)
    chosen = rng.choice(len(real), options.queries, replace=False)
    queries = unit_rows(real[chosen] + real[nearest[chosen, rng.integers(K, size=len(chosen))]])
    sections = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for size in options.sizes:
            rows = enlarge(real, nearest, size)
            sections += _measure(rows, queries, Path(folder) / str(size), options.beside)
            sections.append(_likeness(rows, cosines, queries))
    about = [
        __doc__.split("\n\n")[0],
        f"{len(real):,} real vectors of kind {options.kind}, {options.width} wide, and drawn ones;"
        f" {options.queries} queries; made by `python -m experiments.benchmarks.search_index`."
        " Recall is the share of ten that are found and, in float32, as near as the ten nearest,"
        " within 0.00002. Times are of one core:"
        " medians, and beside them the processor's own, which other processes do not lengthen.",
    ]
    show_sections("The search index, measured", about, sections, options.out)


def _measure(
    rows: Float32Array, queries: Float32Array, folder: Path, beside: Sequence[str]
) -> list[Section]:
    size = len(rows)
    index, took, cpu = build_prodcat(rows, folder)
    print(f"{size:,}: ours built in {took:.0f} s, reads {index.record.share:.4f}", flush=True)
    searches: dict[str, Search] = {"prodcat": _search(index)}
    built = {"prodcat": took}
    beside = [name for name in beside if size <= EXACT or not name.startswith(SLOW_TO_BUILD)]
    for name in beside:
        searches[name], built[name] = CONTESTANTS[name](rows)
        print(f"{size:,}: {name} built in {built[name]:.0f} s", flush=True)
    truth = _truth(rows, queries)
    answers = _interleaved(searches, queries)
    table = [
        [
            name,
            f"{_recall(found, truth, rows, queries):.4f}",
            f"{np.median(wall):.2f}",
            f"{np.median(own):.2f}",
            f"{np.quantile(own, 0.95):.2f}",
            f"{built[name]:.0f}",
        ]
        for name, (found, wall, own) in answers.items()
    ]
    way = "scanned whole" if size <= EXACT else f"in lists, {index.record.share:.1%} looked at"
    heads = ("index", "recall@10", "ms a query", "ms of processor", "95 % below", "s to build")
    first = Section(
        f"{size:,} products",
        f"Ours {way}; built in {took:.0f} s with {cpu:.0f} s of processor on two"
        " cores. All answer query after query in turn.",
        heads,
        table,
    )
    changes = _change(index, rows)
    memory = memory_of(folder, queries)
    filters = _filters(index, rows, queries)
    index.close()
    second = Section(
        f"{size:,} products: filters, changes, memory",
        "A filter keeps one product in a hundred, or half of them; recall is among those it keeps."
        " Memory is that of a process that has answered all queries: what it has for itself, and"
        " the pages of the vectors' two files that it read, which the system may take back.",
        ("what", "value"),
        [
            *filters,
            *changes,
            *memory_lines(memory, folder),
        ],
    )
    return [first, second]


def _likeness(rows: Float32Array, real: Float32Array, queries: Float32Array) -> Section:
    """Show how near neighbours are among real rows, among all, and to the queries."""
    chosen = np.random.default_rng(2).choice(len(rows), 200, replace=False)
    scores = [np.sort(rows @ rows[place])[::-1][1 : K + 1] for place in chosen]
    asked = [np.sort(rows @ query)[::-1][:K] for query in queries]
    lines = [
        [name, *(f"{np.median([line[i] for line in values]):.3f}" for i in (0, 4, 9))]
        for name, values in (("real", list(real)), ("all", scores), ("queries", asked))
    ]
    return Section(
        f"How near neighbours are among {len(rows):,}",
        "Median cosine of the first, fifth and tenth neighbour: of the real vectors among"
        " themselves, of all with the drawn ones, and of the queries.",
        ("vectors", "first", "fifth", "tenth"),
        lines,
    )


def _search(index: VectorIndex) -> Search:
    return lambda query, k: np.array([int(f.product.id) for f in index.nearest(query, k)])


def _truth(
    rows: Float32Array, queries: Float32Array, allowed: BoolArray | None = None
) -> list[float]:
    """Return the cosine of the tenth nearest row of each query."""
    kept = rows if allowed is None else rows[allowed]
    return [float(np.partition(kept @ query, -K)[-K]) for query in queries]


def _recall(
    found: Sequence[np.ndarray], truth: Sequence[float], rows: Float32Array, queries: Float32Array
) -> float:
    """Return the share of K that were found and are as near as the true K, within `TIE`."""
    hits = [
        np.count_nonzero(rows[places[places >= 0]] @ query >= least - TIE) / K
        for places, least, query in zip(found, truth, queries, strict=True)
    ]
    return float(np.mean(hits))


def _interleaved(
    searches: dict[str, Search], queries: Float32Array
) -> dict[str, tuple[list[np.ndarray], list[float], list[float]]]:
    """Let all answer each query in turn; return answers, milliseconds, and those of processor."""
    for search in searches.values():
        for query in queries[:5]:
            search(query, K)
    answers: dict[str, tuple[list[np.ndarray], list[float], list[float]]] = {
        name: ([], [], []) for name in searches
    }
    for query in queries:
        for name, search in searches.items():
            wall, own = time.perf_counter(), time.process_time()
            answers[name][0].append(search(query, K))
            answers[name][2].append((time.process_time() - own) * 1e3)
            answers[name][1].append((time.perf_counter() - wall) * 1e3)
    return answers


def _filters(index: VectorIndex, rows: Float32Array, queries: Float32Array) -> list[list[str]]:
    numbers = np.arange(len(rows))
    prices = numbers // 100 % 1000
    lines = []
    for name, arguments, allowed in (
        ("category of 1 %", {"category": "Top > Leaf 7"}, numbers % 100 == 7),
        ("price of 1 %", {"price": (100.0, 109.0)}, (prices >= 100) & (prices <= 109)),
        ("price of half", {"price": (None, 499.0)}, prices <= 499),
    ):
        found, own, fewest = [], [], K
        for query in queries:
            start = time.process_time()
            hits = index.nearest(query, K, **arguments)
            own.append((time.process_time() - start) * 1e3)
            found.append(np.array([int(hit.product.id) for hit in hits]))
            fewest = min(fewest, len(hits))
        recall = _recall(found, _truth(rows, queries, allowed), rows, queries)
        value = f"recall {recall:.4f}, {fewest} hits or more, {np.median(own):.2f} ms of processor"
        lines.append([name, value])
    return lines


def _change(index: VectorIndex, rows: Float32Array) -> list[list[str]]:
    lines = []
    extra = products_of(CHANGES)
    times: dict[str, list[float]] = {"add": [], "search after it": [], "delete": []}
    for place, product in enumerate(extra):
        new = IndexedProduct(f"new {place}", product.name, product.category, product.price)
        for name, act in (
            (
                "add",
                lambda new=new, place=place: index.add([new], {"fused": rows[place : place + 1]}),
            ),
            ("search after it", lambda place=place: index.nearest(rows[place], K)),
            ("delete", lambda place=place: index.delete([f"new {place}"])),
        ):
            start = time.perf_counter()
            act()
            times[name].append((time.perf_counter() - start) * 1e3)
    for name, values in times.items():
        value = f"{np.median(values):.2f} ms, 95 % below {np.quantile(values, 0.95):.2f} ms"
        lines.append([f"{name}, one product", value])
    return lines


def memory_of(folder: Path, queries: Float32Array) -> dict[str, float]:
    """Let a fresh process answer queries, and return its memory in MB, by what it is."""
    np.save(folder.with_suffix(".npy"), queries)
    asking = "experiments.benchmarks.searching.asking"
    arguments = [sys.executable, "-m", asking, str(folder), str(folder.with_suffix(".npy"))]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True)
    memory: dict[str, float] = json.loads(done.stdout)
    return memory


def memory_lines(memory: dict[str, float], folder: Path) -> list[list[str]]:
    """Show the memory of a process, and what the index takes of the disk."""
    size = {
        name: sum(file.stat().st_size for file in folder.glob(f"data-*/{name}")) / 1e6
        for name in (CODES, RESTS, "*")
    }
    return [
        ["memory beyond the vectors' files", f"{memory['beyond']:.0f} MB"],
        [f"pages of {CODES}, first bytes", f"{memory['codes']:.0f} of {size[CODES]:.0f} MB"],
        [f"pages of {RESTS}, second bytes", f"{memory['rests']:.0f} of {size[RESTS]:.0f} MB"],
        ["on disk, all files", f"{size['*']:.0f} MB"],
    ]


if __name__ == "__main__":
    main()
