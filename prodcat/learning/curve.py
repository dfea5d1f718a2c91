"""What could be answered with how many labels, learning after learning, and how many a goal takes.

The points lie in a file of the run that learns on, better or worse: what is left out because it
was worse would make the forecast too hopeful.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from prodcat.analyze.charts.chart import Axis, Chart, Series
from prodcat.decision.accuracies import HEADLINE_ACCURACY, in_percent
from prodcat.errors import AnalyzeError, InputError
from prodcat.files import write_text
from prodcat.review.forecast import forecast_labels
from prodcat.runs.files import read_text
from prodcat.wording import percent

FILE = "learning-curve.csv"
MOST_BYTES = 2**20
GOAL = 0.8
"""Share of the products that shall be answered, where nobody names another."""


@dataclass(frozen=True)
class Point:
    """What a model could answer when it had learnt from so many labels."""

    labels: int
    """Training products with a label."""
    decided: int
    """Of these, those that people decided on."""
    coverage: float
    """Share of the validation products that is answered at an accuracy of 98 %, 0 to 1."""


def read_curve(run: Path) -> tuple[Point, ...]:
    """Read the points of a run, by labels; none where there is no file, or no such file."""
    try:
        rows = csv.DictReader(io.StringIO(read_text(run / FILE, MOST_BYTES)))
        points = [
            Point(int(row["labels"]), int(row["decided"]), float(row["coverage"])) for row in rows
        ]
    except (AnalyzeError, csv.Error, KeyError, TypeError, ValueError, OverflowError):
        return ()
    if not all(0 <= p.coverage <= 1 and 0 <= p.decided <= p.labels < 2**53 for p in points):
        return ()
    return join_points(points)


def join_points(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return points by labels; of several with as many labels and decisions the last one.

    >>> join_points([Point(2, 0, 0.5), Point(1, 0, 0.25), Point(2, 0, 0.75)])
    (Point(labels=1, decided=0, coverage=0.25), Point(labels=2, decided=0, coverage=0.75))
    """
    last = {(point.labels, point.decided): point for point in points}
    return tuple(last[key] for key in sorted(last))


def write_curve(points: Sequence[Point], run: Path) -> None:
    """Write the points into a run's folder."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(field.name for field in fields(Point))
    writer.writerows((*astuple(p)[:2], round(p.coverage, 5)) for p in points)
    write_text(run / FILE, stream.getvalue())


def check_goal(goal: float) -> None:
    """Refuse what is no share.

    Raises:
        InputError: If it is none.
    """
    if not 0 < goal < 1:
        raise InputError(f"The goal is {goal:g}; give a share above 0 and below 1, such as 0.8.")


def outlook(points: Sequence[Point], goal: float) -> str:
    """Say in two sentences how far it is, and how many labels the goal takes.

    >>> outlook([Point(100, 20, 0.5)], 0.8).split(". ")[0]
    'With 100 labels of training products 50.0 % can be answered at an accuracy of 98 %'
    """
    now = points[-1]
    # Labels that were decided on anew teach, too: what counts is how many there are at each point.
    most = {point.labels: point.coverage for point in points}
    forecast = forecast_labels(list(most), list(most.values()), goal)
    return (
        f"With {now.labels:,} labels of training products {percent(now.coverage)} can be answered"
        f" at an accuracy of {in_percent(HEADLINE_ACCURACY)} %. To {percent(goal, digits=0)}:"
        f" {_lower(str(forecast))}"
    )


def draw_curve(points: Sequence[Point], goal: float) -> Chart:
    """Return the chart of the points, with the goal."""
    line = Series(
        "validation",
        tuple(float(point.labels) for point in points),
        tuple(point.coverage for point in points),
        marked=True,
    )
    title = f"Coverage at {in_percent(HEADLINE_ACCURACY)} %, by labels"
    return Chart(
        *("learning", title, Axis("labels of training products", "count")),
        *(Axis("share of the validation products", "share", low=0.0, high=1.0), (line,)),
        guides=(goal,),
    )


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
