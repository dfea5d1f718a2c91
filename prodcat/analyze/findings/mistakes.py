"""Wrong answers, the surest first: that is where wrong labels show."""

import csv
import io

import numpy as np

from prodcat.analyze.findings.summary import Mistake, RunSummary, Summary
from prodcat.excel.cells import guarded
from prodcat.inputs.image_store import is_hash
from prodcat.runs.side import Side

COLUMNS = (
    "id",
    "name",
    "label",
    "answer",
    "probability",
    "label_probability",
    "run",
    "runs_wrong",
    "runs",
    "image",
    "verdict",
)


def find_mistakes(side: Side) -> tuple[Mistake, ...]:
    """Return the products whose best leaf is wrong, the surest answers first."""
    wrong = np.flatnonzero(~side.right).tolist()
    is_label = side.top == side.labels[:, None]
    label_probs = (is_label * side.top_probability).sum(axis=1)
    # Beyond the five best no probability is stored, which is not to say that it was 0.
    among = is_label.any(axis=1)
    wrong.sort(key=lambda row: (-side.probability[row], side.ids[row]))
    return tuple(
        Mistake(
            id=side.ids[row],
            answer=side.paths[side.best[row]],
            probability=float(side.probability[row]),
            label_probability=float(label_probs[row]) if among[row] else None,
        )
        for row in wrong
    )


def mistakes_csv(summary: Summary) -> str:
    """Write the mistakes of all runs as a table for a person to check.

    A row for each product that any run gets wrong, with its surest wrong answer: what all
    runs get wrong alike is most likely a wrong label. The column ``verdict`` is for the
    person to fill in. What a spreadsheet would run as a formula, also one that
    separates cells by ``;``, gets a ``'`` before it.
    """
    wrong: dict[str, list[tuple[Mistake, RunSummary]]] = {}
    for run in summary.runs:
        for mistake in run.mistakes:
            wrong.setdefault(mistake.id, []).append((mistake, run))
    worst = {id: max(pairs, key=lambda pair: pair[0].probability) for id, pairs in wrong.items()}
    # Not the number of runs: products without the parts that a run reads are not answered by it.
    answered = _answered(summary)
    stream = io.StringIO()
    # The same on every system, so that equal runs give equal files.
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for id in sorted(worst, key=lambda id: (-worst[id][0].probability, id)):
        mistake, run = worst[id]
        product = summary.products[id]
        label_probability = mistake.label_probability
        row = (
            id,
            product.name or "",
            product.label,
            mistake.answer,
            f"{mistake.probability:.6f}",
            "" if label_probability is None else f"{label_probability:.6f}",
            run.name,
            len(wrong[id]),
            answered[id],
            image_path(product.image_sha256),
            "",
        )
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])
    return stream.getvalue()


def image_path(image_sha256: str | None) -> str:
    """Where a picture lies beside its corpus; empty when there is none.

    >>> image_path("ab" * 32)[:13]
    'images/ab/ab/'
    """
    # What is no hash may be a path, and lead anywhere.
    if image_sha256 is None or not is_hash(image_sha256):
        return ""
    return f"images/{image_sha256[:2]}/{image_sha256[2:4]}/{image_sha256}.jpg"


def _answered(summary: Summary) -> dict[str, int]:
    """How many runs answered each product."""
    counts: dict[str, int] = {}
    for run in summary.runs:
        for id in run.side.ids:
            counts[id] = counts.get(id, 0) + 1
    return counts
