r"""What accuracy and coverage cost: models, cascades of two, and TF-IDF, side by side.

    python -m experiments.benchmarks.cost_curve build/fashion.db \
        --model bundled=prodcat/models/default --model student=runs/student/model \
        --cascade student+bundled --out docs/reports/cost-curve

Accuracy and coverage are of the test split, with the thresholds that each model chose on
validation, for products as they are. Times are of one thread, without a cache, over the same
products in turns: in batches of 256, and one product alone.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from experiments.baselines.config import TfidfConfig
from experiments.baselines.models import LinearText
from experiments.benchmarks.section import Section, show_sections
from prodcat.config import DataConfig
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows, LearningTask, build_task
from prodcat.data.splits import group_products
from prodcat.decision.fitting import LabelledScores, fit_calibration
from prodcat.decision.scores import Scores
from prodcat.errors import InputError
from prodcat.inference.cascade import is_leaf
from prodcat.inference.predictor import Predictor
from prodcat.measures.metrics import accuracy, macro_f1
from prodcat.product import Product
from prodcat.taxonomy.paths import join_path

ACCURACY = 0.98
BATCH = 256
TFIDF = "TF-IDF + LinearSVC"
ABOUT = (
    "Accuracy and coverage are of the fashion products' test split, with the thresholds that each"
    " model chose on validation. Times are medians of one thread, without a cache, over the same"
    " products in turns, pictures in memory: in batches of 256, and one product alone."
    " `python -m experiments.benchmarks.cost_curve` made this page."
)

Answers = tuple[np.ndarray, np.ndarray]
"""The best leaf of each product, (N,), and whether it would be let through, (N,)."""


@dataclass(frozen=True)
class Contestant:
    """Something that answers products."""

    answer: Callable[[Sequence[Product]], Answers]
    model_bytes: int


def main() -> None:
    """Measure, print a table, and write the page with its chart."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument(
        "--cascade", action="append", default=[], metavar="FIRST+SECOND", help="of two models"
    )
    parser.add_argument("--rounds", type=int, default=5, help="turns over the timed products")
    parser.add_argument("--timed", type=int, default=1024, help="products that are timed")
    parser.add_argument("--out", type=Path, help="folder for README.md and its chart")
    options = parser.parse_args()
    with Corpus.open(options.corpus, read_only=True) as corpus:
        task = build_task(corpus, DataConfig())
        products = [load(row, corpus) for row in task.sides["test"].rows]
    contestants = build_contestants(options.model, options.cascade, task)
    timed = products[: options.timed]
    bulk_ms = time_in_turns(contestants, [timed] * options.rounds)
    alone_ms = time_in_turns(contestants, [[product] for product in timed[:100]])
    rows = []
    for name, contestant in contestants.items():
        measured = measure(contestant.answer(products), task, task.sides["test"])
        times = {"bulk_ms": bulk_ms[name], "one_product_ms": alone_ms[name]}
        size = {"megabytes": contestant.model_bytes / 1e6}
        rows.append({"model": name, **measured, **times, **size})
    page = None
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        draw(rows, options.out / "chart.svg")
        page = options.out / "README.md"
    about = [ABOUT, "![Accuracy and coverage over time](chart.svg)"] if page else [ABOUT]
    show_sections("What accuracy and coverage cost", about, [section(rows)], page)


def load(row: Any, corpus: Corpus) -> Product:
    """Return a product with its picture in memory."""
    image = corpus.images.read(row.image_sha256) if row.image_sha256 else None
    return Product(row.name or None, row.description or None, image)


def build_contestants(
    models: Sequence[str], cascades: Sequence[str], task: LearningTask
) -> dict[str, Contestant]:
    """Return models, cascades and TF-IDF by their names."""
    folders = dict(named.split("=", 1) for named in models)
    found = {name: build_model(Predictor.load(f, threads=1), task) for name, f in folders.items()}
    for cascade in cascades:
        first, _, second = cascade.partition("+")
        if unknown := {first, second} - folders.keys():
            raise InputError(f"--cascade names {min(unknown)!r}, which no --model does.")
        both = Predictor.load(folders[second], threads=1, first=folders[first])
        found[f"{first}, then {second}"] = build_model(both, task)
    found[TFIDF] = build_linear(task)
    return found


def build_model(predictor: Predictor, task: LearningTask) -> Contestant:
    """Return a model, or a cascade, as a contestant."""
    places = {path: i for i, path in enumerate(task.leaf_paths)}

    def answer(products: Sequence[Product]) -> Answers:
        told = list(predictor.predict_many(products, batch_size=BATCH, accuracy=ACCURACY))
        # A leaf that the corpus does not have is a wrong answer, not a missing one.
        best = [places.get(p.alternatives[0].path, len(places)) for p in told]
        sure = [is_leaf(p) for p in told]
        return np.array(best), np.array(sure)

    return Contestant(answer, count_bytes(predictor))


def count_bytes(predictor: Predictor) -> int:
    """Return the bytes of the files that answering needs."""
    first = count_bytes(predictor.first) if predictor.first else 0
    models = [predictor.model]
    if predictor.model.first is not None:
        models.append(predictor.model.first.model)
    files = [model.folder / name for model in models for name in model.needed]
    return first + sum(file.stat().st_size for file in files)


def build_linear(task: LearningTask) -> Contestant:
    """Return TF-IDF with LinearSVC on the names, its threshold chosen on validation."""
    model = LinearText(TfidfConfig("tfidf_svc", reads=("name",)), len(task.leaf_ids))
    train, val = task.sides["train"], task.sides["val"]
    model.fit(train.rows, train.labels)
    scores = Scores(model.logits([Product(row.name) for row in val.rows]))
    labelled = LabelledScores(scores, np.array(val.labels), val.paths, group_products(val.rows))
    calibration = fit_calibration(
        {"name": labelled}, task.leaf_paths, accuracies=[ACCURACY]
    ).patterns["name"]
    threshold = calibration.thresholds[ACCURACY]

    def answer(products: Sequence[Product]) -> Answers:
        probs = calibration.probabilities(Scores(model.logits(products)))
        sure = probs.max(axis=1) >= (np.inf if threshold is None else threshold)
        return probs.argmax(axis=1), sure

    return Contestant(answer, model.size)


def time_in_turns(
    contestants: Mapping[str, Contestant], jobs: Sequence[Sequence[Product]]
) -> dict[str, float]:
    """Return the median milliseconds for one product; who begins changes with each job."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for name in names:
        contestants[name].answer(jobs[0])
    for turn, products in enumerate(jobs):
        for name in (*names[turn % len(names) :], *names[: turn % len(names)]):
            began = time.perf_counter()
            contestants[name].answer(products)
            times[name].append((time.perf_counter() - began) * 1000 / len(products))
    return {name: statistics.median(some) for name, some in times.items()}


def measure(answers: Answers, task: LearningTask, side: LabelledRows) -> dict[str, Any]:
    """Compare answers with the labels."""
    best, sure = answers
    labels = np.array(side.labels)
    parents = [join_path(path[:-1]) for path in task.leaf_paths] + [""]
    right = [parents[a] == parents[b] for a, b in zip(best, labels, strict=True)]
    return {
        "accuracy": accuracy(labels, best),
        "macro_f1": macro_f1(labels, best),
        "parent_accuracy": float(np.mean(right)),
        "coverage_at_98": float(sure.mean()),
        "accuracy_at_98": accuracy(labels[sure], best[sure]) if sure.any() else None,
    }


def cells(row: Mapping[str, Any], first_ms: float) -> list[str]:
    """Return a row as text."""
    reached = row["accuracy_at_98"]
    return [
        row["model"],
        f"{row['accuracy']:.4f}",
        f"{row['macro_f1']:.3f}",
        f"{row['coverage_at_98']:.3f}",
        "–" if reached is None else f"{reached:.3f}",
        f"{row['bulk_ms']:.2f}",
        f"{first_ms / row['bulk_ms']:.1f}",
        f"{row['one_product_ms']:.1f}",
        f"{row['megabytes']:.0f}",
    ]


HEADINGS = (
    *("model", "accuracy", "macro-F1", "let through at 98 %", "of these right"),
    *("ms a product, in bulk", "times as fast as the first", "ms for one alone", "MB"),
)


def section(rows: Sequence[Mapping[str, Any]]) -> Section:
    """Return the numbers as a table."""
    first_ms = rows[0]["bulk_ms"]
    note = "The line in the charts joins those that nothing quicker is better than."
    return Section("Models side by side", note, HEADINGS, [cells(row, first_ms) for row in rows])


def draw(rows: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Draw accuracy and coverage over the time that a product takes in bulk."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    with mpl.rc_context({"svg.hashsalt": "prodcat", "svg.fonttype": "none", "font.size": 9}):
        figure, axes = pyplot.subplots(1, 2, figsize=(11, 4), layout="constrained")
        titles = {"accuracy": "accuracy", "coverage_at_98": "let through at 98 %"}
        for axis, (key, title) in zip(axes, titles.items(), strict=True):
            for number, row in enumerate(rows, 1):
                axis.plot(row["bulk_ms"], row[key], "o", color="#2f6f9f", ms=13)
                place = {"color": "white", "ha": "center", "va": "center"}
                axis.annotate(str(number), (row["bulk_ms"], row[key]), **place)
            best = best_line(rows, key)
            axis.plot(
                [r["bulk_ms"] for r in best],
                [r[key] for r in best],
                color="#9a9fa6",
                lw=1,
                zorder=0,
            )
            axis.set(xscale="log", xlabel="ms a product, in bulk, one thread", title=title)
            axis.grid(visible=True, color="#e4e6e9")
            axis.set_axisbelow(True)
        names = "\n".join(f"{number}  {row['model']}" for number, row in enumerate(rows, 1))
        axes[1].annotate(names, (1.04, 1), xycoords="axes fraction", va="top", linespacing=1.8)
        figure.savefig(file, metadata={"Date": None})
        pyplot.close(figure)


def best_line(rows: Sequence[Mapping[str, Any]], key: str) -> list[Mapping[str, Any]]:
    """Return those that nothing quicker is better than, quickest first."""
    quickest = sorted(rows, key=lambda row: row["bulk_ms"])
    best = [quickest[0]]
    for _, row in pairwise(quickest):
        if row[key] > best[-1][key]:
            best.append(row)
    return best


if __name__ == "__main__":
    main()
