r"""Which wrong labels are found out of fold, by kind, rate and score, beside what others use.

    python -m experiments.wrong_labels fashion.parquet --vectors vectors/ \
        --kind sibling --rate 0.05 --rate 0.03 --rate 0.01 --seed 0 --seed 1 --seed 2 \
        --out docs/reports/wrong-labels

Labels of `fashion.parquet` are exchanged before anything is learnt. `experiments.plain_vectors`
makes the vectors, of encoders that know none of the labels. Rows go into `scores.csv` one by one:
killed, it goes on with what is missing.
"""

import argparse
import csv
from collections import Counter
from collections.abc import Collection, Iterator
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

from experiments.benchmarks.section import Section, show_sections
from experiments.noise.kinds import KINDS, make_wrong
from experiments.noise.scores import (
    average_precision,
    confident_flags,
    precision_at,
    usual_scores,
)
from prodcat.arrays import BoolArray, Float32Array, Float64Array, IntArray
from prodcat.errors import require
from prodcat.files import write_text
from prodcat.review.checking import common_levels
from prodcat.review.held_out import answer_by_words, split_folds
from prodcat.review.judging import JudgedLabels, judge_labels
from prodcat.training.held_out import HeadSettings, answer_held_out

LEVELS = ("gender", "master_category", "sub_category", "article_type")
LEAST = 3
"""Products of a category."""
COMPONENTS = 192
"""Of the pictures' vectors."""
LINEAR = HeadSettings(hidden=0, dropout=0.0, input_dropout=0.0, epochs=20, lr=3e-3)
HIDDEN, OURS = "hidden layer", "hidden layer and words"
WAYS: dict[str, HeadSettings | None] = {"linear head": LINEAR, HIDDEN: None}
FIELDS = (
    *("kind", "rate", "seed", "answers", "score", "average_precision", "precision_at_100"),
    *("flagged", "flag_precision", "flag_recall"),
)


class Products:
    """The products of the table whose category has enough, with their vectors."""

    def __init__(self, table: Path, vectors: Path) -> None:
        columns = ["name", "group", "brand", *LEVELS]
        parquet = require("pyarrow.parquet", extra="bulk")
        rows = parquet.read_table(table, columns=columns).to_pydict()
        paths = list(zip(*(rows[level] for level in LEVELS), strict=True))
        tree, numbers, counts = np.unique(
            [" > ".join(path) for path in paths], return_inverse=True, return_counts=True
        )
        self.kept = kept = np.flatnonzero(counts[numbers] >= LEAST)
        """Rows of the table, (N,)."""
        used, self.labels = np.unique(numbers[kept], return_inverse=True)
        self.common = common_levels([tuple(tree[number].split(" > ")) for number in used])
        self.names = [(rows["name"][place] or "").lower() for place in kept]
        self.brands = [rows["brand"][place] for place in kept]
        self.folds = split_folds([rows["group"][place] for place in kept])
        parts = [np.load(vectors / f"{part}.npy")[kept] for part in ("name", "description")]
        pictures = np.load(vectors / "picture.npy")[kept].astype(np.float32)
        pictures -= pictures.mean(axis=0)
        _, axes = np.linalg.eigh((pictures.T @ pictures).astype(np.float64))
        parts.append(pictures @ axes[:, -COMPONENTS:].astype(np.float32))
        self.vectors = np.concatenate([standardized(part) for part in parts], axis=1)

    @property
    def categories(self) -> int:
        """How many categories there are, C."""
        return len(self.common)

    def answer(self, labels: IntArray, settings: HeadSettings | None, seed: int) -> Float32Array:
        """Return what heads say out of fold, logarithms of probabilities, (N, C)."""
        answers = np.empty((len(labels), self.categories), dtype=np.float32)
        blocks = answer_held_out(
            *(self.vectors, labels, self.folds),
            classes=self.categories,
            settings=settings,
            seed=seed,
        )
        for fold, block in enumerate(blocks):
            answers[self.folds == fold] = block
        return answers


def main() -> None:
    """Measure what is missing, then write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--kind", action="append", choices=KINDS, dest="kinds")
    parser.add_argument("--rate", action="append", type=float, dest="rates")
    parser.add_argument("--seed", action="append", type=int, dest="seeds")
    parser.add_argument("--out", type=Path, required=True, help="folder of the scores and the page")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / "scores.csv"
    rows = read_rows(file)
    products = Products(options.table, options.vectors)
    cases = product(options.kinds or ["sibling"], options.rates or [0.03], options.seeds or [0])
    for kind, rate, seed in cases:
        case = (kind, f"{rate:g}", str(seed))
        known = {r["answers"] for r in rows if (r["kind"], r["rate"], r["seed"]) == case}
        missing = {*WAYS, OURS} - known
        if not missing:
            continue
        for row in measure(products, kind, rate, seed, missing):
            print(row, flush=True)
            rows.append(row)
        rows.sort(key=order)
        write_rows(rows, file)
    about = [
        "Labels of `fashion.parquet` that were exchanged before anything was learnt, found by"
        " answers out of fold over all of its products in categories of three or more. Vectors are"
        " those of MiniLM and MobileNetV2 as they come. `python -m experiments.wrong_labels` made"
        " this page from `scores.csv`."
    ]
    sections = [page(rows)]
    if (seen := options.out / "alarms.csv").is_file():
        sections.append(alarms(read_rows(seen)))
    show_sections("Which wrong labels are found", about, sections, options.out / "README.md")


def order(row: dict[str, str]) -> tuple[str, float, int, int]:
    """Return what rows are sorted by: cases, and within these ways to answer."""
    place = [*WAYS, OURS].index(row["answers"])
    return row["kind"], -float(row["rate"]), int(row["seed"]), place


def measure(
    products: Products, kind: str, rate: float, seed: int, wanted: Collection[str]
) -> Iterator[dict[str, str]]:
    """Yield a row for each score of one case, of those ways to answer that are wanted."""
    truth = None
    if kind == "confusion":
        truth = products.answer(products.labels, LINEAR, seed)
    labels, is_wrong = make_wrong(
        *(products.labels, products.common),
        kind=kind,
        rate=rate,
        seed=seed,
        answers=truth,
        groups=products.brands,
    )
    case = {"kind": kind, "rate": f"{rate:g}", "seed": str(seed)}
    for answers, settings in WAYS.items():
        if answers not in wanted and not (answers == HIDDEN and OURS in wanted):
            continue
        logs = products.answer(labels, settings, seed)
        if answers not in wanted:
            continue
        for score, values in usual_scores(logs, labels).items():
            yield case | {"answers": answers, "score": score} | judged(values, is_wrong)
        flags = confident_flags(logs, labels)
        yield case | {"answers": answers, "score": "confident joint"} | flagged(flags, is_wrong)
    if OURS not in wanted:
        return
    # What was answered last is the hidden layer's.
    ours = judge(products, labels, logs, seed)
    found = judged(ours.scores, is_wrong) | flagged(ours.wrong > 0.5, is_wrong)
    yield case | {"answers": OURS, "score": "learnt on paper"} | found


def judge(products: Products, labels: IntArray, logs: Float32Array, seed: int) -> JudgedLabels:
    """Judge labels as `prodcat check` does, by what heads answered and by words."""
    kinds = [partial(by_fold, logs), partial(by_words, products)]
    return judge_labels(kinds, labels, products.folds, products.common, seed=seed)


def by_fold(
    logs: Float32Array, _labels: IntArray, folds: IntArray, _weights: Float32Array | None
) -> Iterator[Float32Array]:
    """Yield what was answered already, fold by fold."""
    for fold in range(int(folds.max()) + 1):
        yield logs[folds == fold]


def by_words(
    products: Products, labels: IntArray, folds: IntArray, weights: Float32Array | None
) -> Iterator[Float32Array]:
    """Yield what the words of names say, fold by fold."""
    return answer_by_words(
        products.names, labels, folds, classes=products.categories, weights=weights
    )


def judged(scores: Float64Array, is_wrong: BoolArray) -> dict[str, str]:
    """Return how well a score finds what is wrong."""
    return {
        "average_precision": f"{average_precision(scores, is_wrong):.4f}",
        "precision_at_100": f"{precision_at(scores, is_wrong):.2f}",
    }


def flagged(flags: BoolArray, is_wrong: BoolArray) -> dict[str, str]:
    """Return how well flags find what is wrong."""
    return {
        "flagged": str(int(flags.sum())),
        "flag_precision": f"{is_wrong[flags].mean() if flags.any() else 0:.4f}",
        "flag_recall": f"{flags[is_wrong].mean() if is_wrong.any() else 0:.4f}",
    }


def standardized(vectors: Float32Array) -> Float32Array:
    """Return vectors whose numbers have mean 0 and, together, deviation 1."""
    centred = np.asarray(vectors, np.float32) - np.asarray(vectors, np.float32).mean(axis=0)
    return np.asarray(centred / max(float(centred.std()), 1e-6), np.float32)


def read_rows(file: Path) -> list[dict[str, str]]:
    """Read the rows of an earlier run; none where there is no file."""
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def write_rows(rows: list[dict[str, str]], file: Path) -> None:
    """Write all rows."""
    lines = [",".join(FIELDS)]
    lines += [",".join(f'"{row.get(field) or ""}"' for field in FIELDS) for row in rows]
    write_text(file, "\n".join(lines) + "\n")


def page(rows: list[dict[str, str]]) -> Section:
    """Return the table of means over seeds."""
    cases: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in rows:
        key = row["kind"], row["rate"], row["answers"], row["score"]
        cases.setdefault(key, []).append(row)

    def mean(some: list[dict[str, str]], field: str) -> str:
        values = [float(row[field]) for row in some if row.get(field)]
        return f"{np.mean(values):.3f}" if values else "–"

    shown = [
        [*key, str(len(some)), *(mean(some, field) for field in FIELDS[5:7] + FIELDS[8:])]
        for key, some in cases.items()
    ]
    return Section(
        "By kind and rate",
        "Means over seeds. Flags are those of the default filter of confident learning, and of a"
        " probability over a half.",
        (
            *("kind", "rate", "answers out of fold", "score", "seeds", "average precision"),
            *("precision at 100", "precision of flags", "recall of flags"),
        ),
        shown,
    )


def alarms(rows: list[dict[str, str]]) -> Section:
    """Return what a person saw in the first false alarms."""
    counts = Counter(row["seen"] for row in rows)
    last = int(rows[-1]["place"])
    wrong = sum(count for seen, count in counts.items() if seen.startswith("wrong"))
    return Section(
        "False alarms that are none",
        f"The first {len(rows)} products that come before others and whose labels were not"
        f" exchanged (siblings, 5 %, seed 0), looked at with their pictures by one person"
        " (`python -m experiments.false_alarms`, `alarms.csv`), in the order of before a"
        f" category's size was counted outside of the fold. Of the {last:,} products down to"
        f" the last of them {last - len(rows):,} were exchanged, and at least {wrong} more have a"
        f" label of the shop that is wrong: a precision of {1 - len(rows) / last:.3f} by what was"
        f" exchanged is {1 - (len(rows) - wrong) / last:.3f}.",
        ("their own label is", "products"),
        [[seen, str(count)] for seen, count in counts.most_common()],
    )


if __name__ == "__main__":
    main()
