"""How good a model is through ``categorize``, beside TF-IDF with a linear classifier.

    python experiments/benchmarks/accuracy.py build/fashion.db --split test

Each selection of parts is written as a Parquet file, answered by ``categorize`` as a user
would, and compared with the corpus's labels. The linear model, which a sensible user would
pick instead, learns from the same training products and answers the same ones.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from experiments.baselines.config import TfidfConfig
from experiments.baselines.models import LinearText
from prodcat.bulk.answering import CategorizeOptions
from prodcat.bulk.categorizing import categorize
from prodcat.config import DataConfig
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows, LearningTask, build_task
from prodcat.files import write_json
from prodcat.inference.predictor import Predictor
from prodcat.measures.metrics import accuracy, macro_f1
from prodcat.product import Product
from prodcat.taxonomy.paths import join_path

SELECTIONS = {
    "everything": ("name", "description", "image"),
    "no image": ("name", "description"),
    "no name": ("description", "image"),
    "name only": ("name",),
    "image only": ("image",),
}


def main() -> None:
    """Measure, print a table, and write the numbers if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", help="a model directory; the bundled one if not given")
    parser.add_argument("--split", choices=("val", "test"), default="test")
    parser.add_argument("--no-baseline", action="store_true", help="leave the linear model out")
    parser.add_argument("--json", type=Path, help="where to write the numbers")
    options = parser.parse_args()
    predictor = Predictor.load(options.model)
    with Corpus.open(options.corpus, read_only=True) as corpus:
        task = build_task(corpus, DataConfig())
        side = task.sides[options.split]
        rows = [
            {"model": "prodcat", "given": given, **measure(predictor, task, side, corpus, parts)}
            for given, parts in SELECTIONS.items()
        ]
    if not options.no_baseline:
        rows.append({"model": "TF-IDF + LinearSVC", **measure_linear(task, side)})
    Console().print(table(rows, f"{options.split}, {len(side.rows):,} products"))
    if options.json:
        write_json(options.json, rows, indent=1)


def measure(
    predictor: Predictor,
    task: LearningTask,
    side: LabelledRows,
    corpus: Corpus,
    parts: Sequence[str],
) -> dict[str, Any]:
    """Categorize a side with some of its parts, and compare the best leaves with the labels."""
    paths = {join_path(path): i for i, path in enumerate(task.leaf_paths)}
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "products.parquet", Path(folder) / "answers.parquet"
        write_products(source, side, corpus, parts)
        began = time.perf_counter()
        categorize(source, output, predictor=predictor, options=CategorizeOptions(accuracy=0.98))
        seconds = time.perf_counter() - began
        answers = pq.read_table(output).to_pylist()
    labels = np.array(side.labels)
    # A leaf that the corpus does not have is a wrong answer, not a missing one.
    best = np.array([paths.get(row["leaf"] or "", len(paths)) for row in answers])
    answered = np.array([not row["abstained"] for row in answers])
    to_leaf = answered & np.array([row["category"] == row["leaf"] for row in answers])
    return {
        "accuracy": accuracy(labels, best),
        "macro_f1": macro_f1(labels, best),
        "answered_at_98": float(answered.mean()),
        "leaf_answers_at_98": float(to_leaf.mean()),
        "accuracy_of_leaf_answers": accuracy(labels[to_leaf], best[to_leaf]),
        "products_per_s": len(answers) / seconds,
    }


def write_products(file: Path, side: LabelledRows, corpus: Corpus, parts: Sequence[str]) -> None:
    """Write the products of a side as a user's table, with nothing but the given parts."""
    columns: dict[str, list[Any]] = {"id": [row.id for row in side.rows]}
    for part in ("name", "description"):
        if part in parts:
            columns[part] = [getattr(row, part) for row in side.rows]
    if "image" in parts:
        columns["image"] = [
            corpus.images.read(row.image_sha256) if row.image_sha256 else None for row in side.rows
        ]
    pq.write_table(pa.table(columns), file)


def measure_linear(task: LearningTask, side: LabelledRows) -> dict[str, Any]:
    """Train TF-IDF with LinearSVC on the names, as the baseline does, and compare."""
    model = LinearText(TfidfConfig("tfidf_svc", reads=("name",)), len(task.leaf_ids))
    train = task.sides["train"]
    model.fit(train.rows, train.labels)
    products = [Product(row.name) for row in side.rows]
    began = time.perf_counter()
    answers = model.logits(products).argmax(axis=1)
    return {
        "given": "name only",
        "accuracy": accuracy(side.labels, answers),
        "macro_f1": macro_f1(side.labels, answers),
        "products_per_s": len(answers) / (time.perf_counter() - began),
    }


def table(rows: Sequence[dict[str, Any]], title: str) -> Table:
    """Return the numbers as a table."""
    columns = list(rows[0])
    shown = Table(*(name.replace("_", " ") for name in columns), title=title)
    for row in rows:
        cells = [row.get(name) for name in columns]
        shown.add_row(
            *("–" if c is None else f"{c:.4g}" if isinstance(c, float) else c for c in cells)
        )
    return shown


if __name__ == "__main__":
    main()
