"""The cases of the benchmark of bulk; each is called in a process of its own.

Each answers rows of a Parquet file, and tells how many, in how many seconds, and how much
memory it took. What prodcat does not load itself is imported where it is used.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.benchmarks.answering.cases import peak_memory_mb, read_products, setup_of
from prodcat.inference.threads import in_batches

TORCH_BATCH = 64
"""Products that torch takes at once."""
BATCHES = {"torch": TORCH_BATCH, "linear": 4096}
"""Contestant → products that it takes at once; all others take one."""


def run_prodcat(setup: Mapping[str, Any], file: str, rows: int) -> dict[str, Any]:
    """Run ``prodcat categorize``, from importing it to the finished file; without a cache."""
    began = time.perf_counter()
    from prodcat.cli.commands import main

    told = setup_of(setup)
    answers = Path(file).with_suffix(".answers.parquet")
    words = ["categorize", file, "-o", str(answers), "--workers", str(told.threads)]
    main([*words, *(["--model", told.model] if told.model else [])], standalone_mode=False)
    seconds = time.perf_counter() - began
    answers.unlink()
    return {"rows": rows, "seconds": seconds, "peak_mb": peak_memory_mb()}


def run_bare(
    setup: Mapping[str, Any], file: str, rows: int, way: Mapping[str, Any], ready_rows: int
) -> dict[str, Any]:
    """Run the bare forward over the tensors of the first rows, as often as it takes.

    They are as many as fit into memory; what they take says nothing, so it is not told.
    """
    from experiments.benchmarks.answering.bare_forward import BareForward, Way

    bare = BareForward(setup_of(setup), Way(**way))
    products = list(read_products(file, min(ready_rows, rows)))
    ready = bare.ready(products)
    bare.answer({graph: feeds[:2] for graph, feeds in ready.items()})
    times = -(-rows // len(products))
    began = time.perf_counter()
    for _ in range(times):
        bare.answer(ready)
    seconds = time.perf_counter() - began
    return {"rows": times * len(products), "seconds": seconds, "peak_mb": None}


def run_other(setup: Mapping[str, Any], file: str, rows: int, kind: str) -> dict[str, Any]:
    """Let another contestant read and answer rows, batch by batch; it is loaded before."""
    from experiments.benchmarks.answering.contestants import CONTESTANTS

    contestant = CONTESTANTS[kind](setup_of(setup))
    contestant.answer(list(read_products(file, BATCHES.get(kind, 1))))
    began, done = time.perf_counter(), 0
    for batch in in_batches(read_products(file, rows), BATCHES.get(kind, 1)):
        contestant.answer(batch)
        done += len(batch)
    seconds = time.perf_counter() - began
    return {"rows": done, "seconds": seconds, "peak_mb": peak_memory_mb()}
