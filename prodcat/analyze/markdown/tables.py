"""Markdown tables and what stands in their cells."""

import re
from collections.abc import Iterable, Sequence

from prodcat.analyze.findings.summary import ClassSize, Difference, Matrix, RunSummary
from prodcat.measures.interval import Interval, percent_range
from prodcat.measures.names import MEASURES
from prodcat.runs.records import Selection
from prodcat.wording import ABSENT, number, p_value, percent

# Those of GitHub, too: `~` strikes out, and `$` begins a formula.
SPECIAL = re.compile(r"([\\`*_\[\]|#~$!])")


def escaped(text: str) -> str:
    r"""Write a stranger's text so that Markdown shows it as it is.

    >>> escaped("a|b <i>*c*")
    'a\\|b &lt;i>\\*c\\*'
    """
    # A line's end would end the row of the table. Of HTML a backslash stops nothing, so `<` is
    # written as an entity; a `>` without it is harmless.
    flat = " ".join(text.split())
    return SPECIAL.sub(r"\\\1", flat.replace("&", "&amp;").replace("<", "&lt;"))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out rows; all columns but the first stand to the right."""
    lines = [
        " | ".join(headings),
        " | ".join([":--", *["--:"] * (len(headings) - 1)]),
        *(" | ".join(row) for row in rows),
    ]
    return "\n".join(f"| {line} |" for line in lines)


def measures_table(runs: Sequence[RunSummary], names: Sequence[str]) -> str:
    """Return a row per run with those measures, in bold where it is the best."""
    headings = ["run", "N", *(MEASURES[name].title for name in names)]
    rows = []
    for run in runs:
        cells = [interval_cell(run.measures.get(name, Interval())) for name in names]
        rows.append(
            [
                escaped(run.name),
                f"{run.n:,}",
                *(
                    f"**{cell}**" if name in run.best_in else cell
                    for name, cell in zip(names, cells, strict=True)
                ),
            ]
        )
    return table(headings, rows) if names else ""


def matrix_table(matrix: Matrix) -> str:
    """Write out a whole matrix, so a small one."""
    cells = {(row, column): n for row, column, n in matrix.cells}
    places = range(len(matrix.labels))
    return table(
        ["", *map(escaped, matrix.labels)],
        (
            [
                escaped(matrix.labels[row]),
                *(f"{cells.get((row, column), 0):,}" for column in places),
            ]
            for row in places
        ),
    )


def size_name(size: ClassSize) -> str:
    """Write which categories these are."""
    ends = f"{size.low}+" if size.high is None else f"{size.low}–{size.high}"
    return f"{ends} ({size.n:,} products)"


def interval_cell(interval: Interval) -> str:
    """Write a share with the ends of its interval."""
    if interval.value is None:
        return ABSENT
    ends = percent_range(interval)
    return f"{percent(interval.value)} ({ends})" if ends else percent(interval.value)


def difference_cell(difference: Difference | None) -> str:
    """Write a difference in percentage points, in bold where it is significant."""
    if difference is None:
        return ABSENT
    ends = f"{number(100 * difference.low)} to {number(100 * difference.high)}"
    value = number(100 * difference.value, signed=True)
    text = f"{value} ({ends}), p {p_value(difference.p)}"
    return f"**{text}**" if difference.significant else text


def selection_cell(selection: Selection | None, measure: str) -> str:
    """Write a measure when some parts are given; a run may not read these."""
    return (
        ABSENT if selection is None else percent(selection.measures.get(measure, Interval()).value)
    )


def with_unit(value: float | None, unit: str, *, digits: int = 1) -> str:
    """Write a number and its unit."""
    return ABSENT if value is None else f"{number(value, digits=digits)} {unit}"
