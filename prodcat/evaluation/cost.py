"""What using a model takes: time, and memory of a process of its own."""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from prodcat.corpus.product_row import ProductRow
from prodcat.corpus.store import Corpus
from prodcat.errors import RunError, one_line
from prodcat.evaluation.answers import Answerer, product_of_row
from prodcat.inference.predictor import Predictor
from prodcat.product import Product
from prodcat.runs.records import Cost

logger = logging.getLogger(__name__)

MOST_S = 900
PROC = Path("/proc/self/status")
CHILD = f"""
import os, sys, threading
from pathlib import Path
# Its parent never writes; that it has no end any more says that it was killed.
threading.Thread(target=lambda: os.read(0, 1) or os._exit(1), daemon=True).start()
from prodcat.cli.commands import main
main(sys.argv[1:], standalone_mode=False)
lines = Path({str(PROC)!r}).read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


def measure_cost(model: Path, rows: Sequence[ProductRow], corpus: Corpus) -> Cost:
    """Measure what using a model takes; what cannot be measured is None, and told.

    A finished training is worth more than any of these numbers, so none can end it.

    Args:
        model: The model directory.
        rows: Products to answer.
        corpus: Holds their pictures.

    Returns:
        As `measure_speed`, and the memory as `measure_peak_memory`.
    """
    cost = Cost()
    try:
        products = [product_of_row(row, corpus) for row in rows]
        cost = measure_speed(Predictor.load(model), products)
        cost = replace(cost, peak_memory_mb=measure_peak_memory(model, rows, corpus))
    except Exception as error:  # of whatever kind: a full disk, no memory for another process
        logger.warning("What using the model takes was not measured: %s", one_line(error))
    return cost


def measure_speed(answerer: Answerer, products: Sequence[Product]) -> Cost:
    """Time a model on some products; a first impression, not a benchmark."""
    times_ms = []
    for product in products[:50]:
        began = time.perf_counter()
        answerer.score([product])
        times_ms.append((time.perf_counter() - began) * 1000)
    began = time.perf_counter()
    answerer.score(products)
    spent_s = time.perf_counter() - began
    return Cost(one_product_ms=float(np.median(times_ms)), products_per_s=len(products) / spent_s)


def measure_peak_memory(model: Path, rows: Sequence[ProductRow], corpus: Corpus) -> float | None:
    """Categorize some products by the command, and return the most memory that it held.

    Args:
        model: The model directory.
        rows: The products.
        corpus: Holds their pictures.

    Returns:
        Megabytes (10⁶ bytes) of resident memory, Python and libraries included; None on
        systems other than Linux.

    Raises:
        RunError: If the command fails.
    """
    if not PROC.exists():
        return None
    # The very code that runs here, also where it is not installed.
    repository = str(Path(__file__).parents[2])
    search = os.pathsep.join(filter(None, [repository, os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "products.jsonl"
        source.write_text("".join(_line(row, corpus) for row in rows), encoding="utf-8")
        answers = Path(folder) / "answers.parquet"
        options: list[str | Path] = ["-o", answers, "--model", model]
        # A corpus without any picture has no folder of them.
        if corpus.images.root.is_dir():
            options += ["--images", corpus.images.root]
        reads, writes = os.pipe()
        try:
            done = subprocess.run(  # noqa: S603
                [sys.executable, "-c", CHILD, "categorize", source, *options],
                stdin=reads,
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "PYTHONPATH": search},
                # A child that hangs would keep the run from ever being finished.
                timeout=MOST_S,
            )
        finally:
            os.close(reads)
            os.close(writes)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise RunError(f"{model} cannot categorize products: {lines[-1]}")
    return int(done.stdout.split()[-1]) * 1024 / 1e6


def _line(row: ProductRow, corpus: Corpus) -> str:
    picture = corpus.images.path(row.image_sha256) if row.image_sha256 else None
    product = {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "image": str(picture.relative_to(corpus.images.root)) if picture else None,
    }
    return json.dumps(product) + "\n"
