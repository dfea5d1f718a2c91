"""What a mapping gets right of the reviewed pairs that it was not fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.mapping.gold import Task
from prodcat.arrays import Float32Array
from prodcat.taxonomy.mapping import SURE
from prodcat.trees.matching.likeness import PATH_PIECES
from prodcat.trees.matching.matching import NONE_BELOW
from prodcat.trees.matching.pairs import Pairs
from prodcat.trees.matching.scorer import Scorer

WAYS_SHOWN = {"words": "words and trees", "meaning": "with the encoder"}


@dataclass(frozen=True)
class Measured:
    """Shares of the pairs of one task's second half."""

    task: str
    kind: str
    pairs: int
    first: float
    among_five: float
    differing: int
    first_of_differing: float
    by_pieces: float
    """With the most similar path by pieces of words alone, among the same candidates."""
    candidates: float
    """A right one is among the candidates."""
    sure: float
    """Share with a confidence of 0.9 or more."""
    right_of_sure: float
    brier: float
    absent_none: float
    """Marked as none after the right candidates were taken away."""
    absent_sure: float
    """Sure of a wrong one after the right candidates were taken away."""


def measure(task: Task, pairs: Pairs, probs: Float32Array, scorer: Scorer, kind: str) -> Measured:
    """Measure on the half that nothing was fitted on."""
    rows, differing, absent = [], [], []
    for place, right in task.half(1):
        part = slice(pairs.starts[place], pairs.starts[place + 1])
        signs, likely = pairs.signs[part], probs[part]
        is_right = np.isin(pairs.right[part], list(right))
        order = np.argsort(-likely, kind="stable")
        rows.append(
            (
                is_right[order[0]],
                is_right[order[:5]].any(),
                is_right[np.argmax(signs[:, PATH_PIECES])],
                is_right.any(),
                _confidence(likely, signs, scorer),
            )
        )
        differing.append(task.differs(place, right))
        if not is_right.all():
            others = likely[~is_right]
            absent.append(_confidence(others / others.sum(), signs[~is_right], scorer))
    table, differ = np.array(rows, dtype=float), np.array(differing)
    is_sure, gone = table[:, 4] >= SURE, np.array(absent)
    first = table[:, 0]
    return Measured(
        task=task.name,
        kind=kind,
        pairs=len(table),
        first=float(first.mean()),
        among_five=float(table[:, 1].mean()),
        differing=int(differ.sum()),
        first_of_differing=float(first[differ].mean()),
        by_pieces=float(table[:, 2].mean()),
        candidates=float(table[:, 3].mean()),
        sure=float(is_sure.mean()),
        right_of_sure=float(first[is_sure].mean()),
        brier=float(((table[:, 4] - first) ** 2).mean()),
        absent_none=float((gone < NONE_BELOW).mean()),
        absent_sure=float((gone >= SURE).mean()),
    )


def _confidence(likely: Float32Array, signs: Float32Array, scorer: Scorer) -> float:
    order = np.argsort(-likely, kind="stable")
    return scorer.confidence_of(likely[order], signs[order[0]])


def page(measured: Sequence[Measured]) -> str:
    """Write the report."""
    lines = [
        "# What `prodcat map` finds of reviewed pairs",
        "",
        "`python -m experiments.mapping ../shared/taxonomies --work build/mapping --write` made"
        " these numbers. The pairs are Shopify's own: from its tree of 2022-02 to that of 2025-01,"
        " and from the latter to Google's. They are parted by the parent of the left category, so"
        " that"
        " siblings are on one side; what is weighed and the confidence were fitted on one half, and"
        " the numbers are of the other. The German task turns the second file around,"
        " with Google's tree in German: every Shopify category that is mapped to a Google"
        " category counts as right for it.",
        "",
        "| from | how | pairs | first | among five | with another path | of these first |"
        " path's pieces alone | a right one is looked at |",
        "|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {m.task} | {WAYS_SHOWN[m.kind]} | {m.pairs:,} | {m.first:.3f} | {m.among_five:.3f}"
            f" | {m.differing:,} | {m.first_of_differing:.3f} | {m.by_pieces:.3f}"
            f" | {m.candidates:.3f} |"
            for m in measured
        ),
        "",
        "The column before the last takes the candidate whose whole path has the most similar"
        " pieces of words (TF-IDF).",
        "",
        "## What the confidence says",
        "",
        "A category is sure from 0.9 on. The last two columns are of the same categories"
        " after their right counterparts were taken out of the candidates, so that every answer"
        " is wrong.",
        "",
        "| from | how | sure | of these right | mean squared error | without a right one: none |"
        " without a right one: sure |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {m.task} | {WAYS_SHOWN[m.kind]} | {m.sure:.3f} | {m.right_of_sure:.3f}"
            f" | {m.brier:.3f} | {m.absent_none:.3f} | {m.absent_sure:.3f} |"
            for m in measured
        ),
        "",
    ]
    return "\n".join(lines)
