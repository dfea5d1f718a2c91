"""What a head can answer after so many labels, measured on products that are never asked about."""

import csv
import io
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from experiments.active.head import Head
from experiments.active.pool import Pool
from experiments.active.strategies import STRATEGIES
from prodcat.arrays import BoolArray, Float64Array, IntArray
from prodcat.decision.guarantee import guarantee, leaf_evidence
from prodcat.decision.temperature import fit_temperature, softmax
from prodcat.files import write_text

BEYOND = 0.05
"""So far above the goal, in plain coverage, a curve ends; in guaranteed coverage, at the goal."""


@dataclass(frozen=True)
class Point:
    """One point of a curve."""

    strategy: str
    seed: int
    labels: int
    categories: int
    """Leaves among the labels."""
    accuracy: float
    """Of the best leaf, on validation and test products."""
    coverage: float
    """The largest share of these, the surest first, that is right as often as asked for."""
    guaranteed: float
    """Share of the test products that is answered with the threshold that validation proves."""
    reached: float | None
    """Share of right ones among these."""
    seconds: float
    """To choose the products and to learn."""


def follow(
    pool: Pool, strategy: str, seed: int, *, points: Sequence[int], accuracy: float, goal: float
) -> Iterator[Point]:
    """Start with no label, and ask for more and more.

    Args:
        pool: The products.
        strategy: Of `STRATEGIES`.
        seed: Of all draws.
        points: How many labels to measure at, rising.
        accuracy: How often answers shall be right.
        goal: Coverage; the curve ends some way above it.
    """
    asked = np.zeros(0, dtype=np.int64)
    head: Head | None = None
    held_out = np.concatenate([pool.sides["val"], pool.sides["test"]])
    for labels in points:
        began = time.monotonic()
        left = np.setdiff1d(pool.sides["train"], asked)
        probs = None if head is None else softmax(head.logits(left))
        choose = STRATEGIES[strategy]
        more = choose(pool, left, probs, asked, labels - len(asked), seed)
        asked = np.concatenate([asked, more])
        head = Head(pool, asked, seed)
        seconds = time.monotonic() - began
        sure, right = _answers(head, held_out)
        coverage = coverage_at(sure, right, accuracy)
        guaranteed, reached = _guaranteed(head, accuracy)
        yield Point(
            strategy,
            seed,
            len(asked),
            len(head.leaves),
            float(right.mean()),
            coverage,
            guaranteed,
            reached,
            round(seconds, 1),
        )
        if coverage > goal + BEYOND and guaranteed >= goal:
            return


def _answers(
    head: Head, places: IntArray, temperature: float = 1.0
) -> tuple[Float64Array, BoolArray]:
    probs = softmax(head.logits(places), temperature)
    return probs.max(axis=1), probs.argmax(axis=1) == head.pool.labels[places]


def _guaranteed(head: Head, accuracy: float) -> tuple[float, float | None]:
    val, test = (head.pool.sides[side] for side in ("val", "test"))
    temperature = fit_temperature(head.logits(val), head.pool.labels[val])
    threshold = guarantee((leaf_evidence(*_answers(head, val, temperature)),), accuracy).threshold
    if threshold is None:
        return 0.0, None
    sure, right = _answers(head, test, temperature)
    answered = sure >= threshold
    return float(answered.mean()), float(right[answered].mean()) if answered.any() else None


def coverage_at(sure: Float64Array, right: BoolArray, accuracy: float) -> float:
    """Return the largest share of products, the surest first, that is right so often.

    >>> coverage_at(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, True]), 0.75)
    1.0
    >>> coverage_at(np.array([0.9, 0.8]), np.array([False, True]), 0.9)
    0.0
    """
    order = np.argsort(-sure, kind="stable")
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(shares >= accuracy)
    return float((enough[-1] + 1) / len(order)) if len(enough) else 0.0


def labels_at(points: Sequence[Point], goal: float, measure: str) -> float | None:
    """Return the labels at which a curve first reaches a goal; None if it does not.

    Between two points the logarithm of labels is laid out evenly.
    """
    before: tuple[float, float] | None = None
    for point in points:
        value = float(getattr(point, measure))
        if value >= goal:
            if before is None:
                return float(point.labels)
            share = (goal - before[1]) / (value - before[1])
            first, last = math.log(before[0]), math.log(point.labels)
            return math.exp(first + share * (last - first))
        before = (point.labels, value)
    return None


def write_curve(points: Sequence[Point], file: Path) -> None:
    """Write points as CSV."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, [f.name for f in fields(Point)], lineterminator="\n")
    writer.writeheader()
    for point in points:
        row = asdict(point)
        writer.writerow({k: round(v, 5) if isinstance(v, float) else v for k, v in row.items()})
    write_text(file, stream.getvalue())


def read_curve(file: Path) -> list[Point]:
    """Read what `write_curve` wrote."""
    with file.open(encoding="utf-8", newline="") as stream:
        return [
            Point(
                row["strategy"],
                int(row["seed"]),
                int(row["labels"]),
                int(row["categories"]),
                float(row["accuracy"]),
                float(row["coverage"]),
                float(row["guaranteed"]),
                float(row["reached"]) if row["reached"] else None,
                float(row["seconds"]),
            )
            for row in csv.DictReader(stream)
        ]
