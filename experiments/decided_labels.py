r"""What decisions on the top suspicions bring: accuracy on products that nobody touched.

    python -m experiments.decided_labels fashion.parquet --vectors vectors/ \
        --rate 0.05 --rate 0.03 --seed 0 --seed 1 --seed 2 --out docs/reports/decided-labels.md

Siblings' labels are put into the training products before anything is learnt, and found among them
out of fold. A simulated person decides the first ones rightly. Logistic regression then learns from
the wrong labels, from those that are decided, and from clean ones; validation and test products,
whose labels are as they came and which nothing is chosen by, measure all three. It has one optimum
and no seed: networks move these accuracies by more than clean labels bring. Rows go into a CSV
beside the page one by one: killed, it goes on with what is missing.
"""

import argparse
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from experiments.benchmarks.section import Section, show_sections
from experiments.noise.kinds import make_wrong
from experiments.wrong_labels import Products, by_fold, read_rows
from prodcat.arrays import BoolArray, Float32Array, IntArray
from prodcat.errors import require
from prodcat.files import write_text
from prodcat.review.held_out import answer_by_words
from prodcat.review.judging import judge_labels
from prodcat.training.held_out import answer_held_out

FIELDS = (
    *("rate", "seed", "wrong", "looked_at", "found", "noisy", "decided", "clean"),
    *("noisy_loss", "decided_loss", "clean_loss"),
)
RIDGE = 10.0
"""Half of it times the squared weights is added to the sum of the losses."""
STEPS = 80


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
        " Accuracy on its validation and test products, whose labels are as they came and which"
        " nothing is chosen by, of logistic regression on frozen vectors."
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
    clean = products.labels[train]
    noisy, is_wrong = make_wrong(clean, products.common, kind="sibling", rate=rate, seed=seed)
    looked_at = suspected(products, train, noisy, seed)[: round(top * len(train))]
    decided = noisy.copy()
    decided[looked_at] = clean[looked_at]
    learner = Learner(products, train, test)
    found = {
        name: learner.measure(labels)
        for name, labels in (("clean", clean), ("noisy", noisy), ("decided", decided))
    }
    return {
        "rate": f"{rate:g}",
        "seed": str(seed),
        "wrong": str(int(is_wrong.sum())),
        "looked_at": str(len(looked_at)),
        "found": str(int(is_wrong[looked_at].sum())),
        **{name: f"{accuracy:.5f}" for name, (accuracy, _) in found.items()},
        **{f"{name}_loss": f"{loss:.5f}" for name, (_, loss) in found.items()},
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


class Learner:
    """Logistic regression on the vectors, from where it ended the last time."""

    def __init__(self, products: Products, train: IntArray, test: BoolArray) -> None:
        self._known, self._asked = (_with_one(products.vectors[some]) for some in (train, test))
        self._truth = torch.from_numpy(products.labels[test].astype(np.int64))
        self._weights = torch.zeros(self._known.shape[1], products.categories)

    def measure(self, labels: IntArray) -> tuple[float, float]:
        """Learn, and return the accuracy and the mean logarithmic loss on what is asked."""
        targets = torch.from_numpy(labels.astype(np.int64))
        weights = self._weights.clone().requires_grad_()
        optimizer = torch.optim.LBFGS([weights], max_iter=STEPS, line_search_fn="strong_wolfe")

        def loss() -> torch.Tensor:
            optimizer.zero_grad()
            fit = functional.cross_entropy(self._known @ weights, targets, reduction="sum")
            whole: torch.Tensor = fit + RIDGE / 2 * (weights**2).sum()
            torch.autograd.backward(whole)
            return whole

        optimizer.step(loss)  # type: ignore[no-untyped-call]
        self._weights = weights.detach()
        logits = self._asked @ self._weights
        right = (logits.argmax(dim=1) == self._truth).double().mean()
        return float(right), float(functional.cross_entropy(logits, self._truth))


def _with_one(vectors: Float32Array) -> torch.Tensor:
    ones = np.ones((len(vectors), 1), dtype=np.float32)
    return torch.from_numpy(np.concatenate([vectors.astype(np.float32), ones], axis=1))


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
        "The shares are those of the way from wrong to clean labels.",
        (
            *("wrong labels", "seed", "wrong", "looked at", "of these wrong"),
            *("accuracy, wrong labels", "decided", "clean", "share"),
            *("loss, wrong labels", "decided", "clean", "share"),
        ),
        shown,
    )


def line(row: dict[str, str], seed: str) -> list[str]:
    """Return one line of the table."""
    cells = [f"{float(row[name]):,.0f}" for name in ("wrong", "looked_at", "found")]
    for ending in ("", "_loss"):
        values = [float(row[name + ending]) for name in ("noisy", "decided", "clean")]
        noisy, decided, clean = values
        share = f"{(decided - noisy) / (clean - noisy):.2f}" if clean != noisy else "–"
        cells += [*(f"{value:.4f}" for value in values), share]
    return [f"{float(row['rate']):.0%}", seed, *cells]


if __name__ == "__main__":
    main()
