r"""What decisions on the top suspicions bring: accuracy on products that nobody touched.

    python -m experiments.decided_labels fashion.parquet --vectors vectors/ \
        --rate 0.05 --rate 0.03 --seed 0 --seed 1 --seed 2 --out docs/reports/decided-labels.md

Siblings' labels are put into the training products before anything is learnt, and found among them
out of fold. A simulated person decides the first ones rightly. A head then learns from the wrong
labels, from those that are decided, and from clean ones; validation and test products, whose
labels are as they came and which nothing is chosen by, measure all three, each with several seeds
of the head. Rows go into a CSV beside the
page one by one: killed, it goes on with what is missing.
"""

import argparse
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

from experiments.benchmarks.section import Section, show_sections
from experiments.noise.kinds import make_wrong
from experiments.wrong_labels import Products, by_fold, read_rows
from prodcat.arrays import BoolArray, Float32Array, IntArray
from prodcat.errors import require
from prodcat.files import write_text
from prodcat.review.held_out import answer_by_words
from prodcat.review.judging import judge_labels
from prodcat.training.held_out import answer_held_out

FIELDS = ("rate", "seed", "wrong", "looked_at", "found", "noisy", "decided", "clean")
HEADS = 10
"""Seeds of the head over which accuracies are means; one seed moves them by 0.2 points, and 3 % of
wrong labels by hardly more than 0.1."""


def main() -> None:
    """Measure what is missing, then write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--rate", action="append", type=float, dest="rates")
    parser.add_argument("--seed", action="append", type=int, dest="seeds")
    parser.add_argument("--top", type=float, default=0.03, help="share of the products looked at")
    parser.add_argument("--out", type=Path, required=True, help="the page; the CSV is beside it")
    options = parser.parse_args()
    file = options.out.with_suffix(".csv")
    rows = read_rows(file)
    products = Products(options.table, options.vectors)
    sides = np.array(read_sides(options.table))[products.kept]
    for rate, seed in product(options.rates or [0.05], options.seeds or [0]):
        if any((row["rate"], row["seed"]) == (f"{rate:g}", str(seed)) for row in rows):
            continue
        rows.append(measure(products, sides, rate, seed, options.top))
        print(rows[-1], flush=True)
        lines = [FIELDS, *([row[field] for field in FIELDS] for row in rows)]
        write_text(file, "".join(",".join(line) + "\n" for line in lines))
    about = [
        "Labels of the training products of `fashion.parquet` were exchanged for a sibling's, and"
        f" the first {options.top:.0%} of them, in the order of `prodcat check`, decided rightly."
        f" Accuracy on its validation and test products, whose labels are as they came and which"
        f" nothing is chosen by, means of {HEADS} heads."
        " `python -m experiments.decided_labels` made this page from the CSV beside it."
    ]
    show_sections("What decisions bring", about, [page(rows)], options.out)


def read_sides(table: Path) -> list[str]:
    """Read the split of each product."""
    columns = require("pyarrow.parquet", extra="bulk").read_table(table, columns=["split"])
    return [str(side) for side in columns["split"].to_pylist()]


def measure(
    products: Products,
    sides: "np.ndarray[tuple[int], np.dtype[np.str_]]",
    rate: float,
    seed: int,
    top: float,
) -> dict[str, str]:
    """Return the row of one case."""
    train, test = np.flatnonzero(sides == "train"), sides != "train"
    clean = np.where(sides == "train", products.labels, -1)
    noisy, decided = clean.copy(), clean.copy()
    noisy[train], is_wrong = make_wrong(
        products.labels[train], products.common, kind="sibling", rate=rate, seed=seed
    )
    looked_at = suspected(products, train, noisy[train], seed)[: round(top * len(train))]
    decided[train] = noisy[train]
    decided[train[looked_at]] = products.labels[train[looked_at]]
    accuracies = {
        name: f"{np.mean([accuracy(products, labels, test, head) for head in range(HEADS)]):.5f}"
        for name, labels in (("noisy", noisy), ("decided", decided), ("clean", clean))
    }
    return {
        "rate": f"{rate:g}",
        "seed": str(seed),
        "wrong": str(int(is_wrong.sum())),
        "looked_at": str(len(looked_at)),
        "found": str(int(is_wrong[looked_at].sum())),
        **accuracies,
    }


def suspected(products: Products, rows: IntArray, labels: IntArray, seed: int) -> IntArray:
    """Return places among *rows*, the likeliest wrong first."""
    folds, names = products.folds[rows], [products.names[row] for row in rows]
    logs = np.empty((len(rows), products.categories), dtype=np.float32)
    blocks = answer_held_out(
        products.vectors[rows], labels, folds, classes=products.categories, seed=seed
    )
    for fold, block in enumerate(blocks):
        logs[folds == fold] = block

    def by_words(labels: IntArray, folds: IntArray, weights: Float32Array | None) -> object:
        return answer_by_words(names, labels, folds, classes=products.categories, weights=weights)

    kinds = [partial(by_fold, logs), by_words]
    judged = judge_labels(kinds, labels, folds, products.common, seed=seed)  # type: ignore[arg-type]
    return np.argsort(-judged.scores, kind="stable")


def accuracy(products: Products, labels: IntArray, test: BoolArray, head: int) -> float:
    """Return how often a head that has learnt from these labels is right on the test products."""
    answers = answer_held_out(
        products.vectors,
        labels,
        np.where(test, 0, 1),
        classes=products.categories,
        seed=1000 * head,
    )
    # The first fold alone, which is the test products.
    return float((next(answers).argmax(axis=1) == products.labels[test]).mean())


def page(rows: list[dict[str, str]]) -> Section:
    """Return the table, with the mean of each rate."""
    shown = []
    for rate in sorted({row["rate"] for row in rows}, key=float):
        some = [row for row in rows if row["rate"] == rate]
        shown += [line(row, row["seed"]) for row in some]
        means = {f: str(np.mean([float(row[f]) for row in some])) for f in FIELDS if f != "seed"}
        shown.append(line(means, "mean"))
    return Section(
        "By rate and seed",
        "The last column is the share of the rise from wrong to clean labels.",
        (
            *("wrong labels", "seed", "wrong", "looked at", "of these wrong"),
            *("accuracy, wrong labels", "decided", "clean", "of the rise"),
        ),
        shown,
    )


def line(row: dict[str, str], seed: str) -> list[str]:
    """Return one line of the table."""
    noisy, decided, clean = (float(row[name]) for name in ("noisy", "decided", "clean"))
    rise = f"{(decided - noisy) / (clean - noisy):.2f}" if clean > noisy else "–"
    counts = (f"{float(row[name]):,.0f}" for name in ("wrong", "looked_at", "found"))
    return [
        f"{float(row['rate']):.0%}",
        seed,
        *counts,
        *(f"{each:.4f}" for each in (noisy, decided, clean)),
        rise,
    ]


if __name__ == "__main__":
    main()
