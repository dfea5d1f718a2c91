import re
from dataclasses import replace

import pytest

from prodcat.analyze.findings.summarize import summarize
from prodcat.analyze.markdown.report import write_markdown
from prodcat.runs.reading import read_runs
from tests.analyze.run_files import CONFIG, draw_side, write_run

HOSTILE = "a|b`c` <script>alert(1)</script> [x](javascript:y) *z*"


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name, right in (("good", 0.9), ("bad", 0.5)):
        test = draw_side(200, right=right, seed=3)
        names = [f"Secret product {i}" for i in range(200)]
        config = {**CONFIG, "train": {"lr": right, "seed": 0}}
        write_run(folder / name, test=replace(test, names=names), config=config)
    return summarize(*read_runs([folder, folder / "none"]))


def line_of(text, start):
    [line] = [line for line in text.splitlines() if line.startswith(start)][:1]
    return line


def test_measures_stand_with_their_intervals_and_the_best_in_bold(summary):
    text = write_markdown(summary, {})

    found = summary.runs[1].measures["accuracy"]
    told = f"{100 * found.value:.1f} % ({100 * found.low:.1f}–{100 * found.high:.1f})"
    assert f"| **{told}** |" in line_of(text, "| good |")
    assert "**" not in line_of(text, "| bad |")


def test_pairs_parts_sizes_and_failures_are_told(summary):
    text = write_markdown(summary, {})

    for heading in (
        "## Pairs of runs",
        "## By parts given",
        "## Accuracy by training products of the category",
        "## Where they fail",
        "### good",
        "## Left out",
    ):
        assert f"\n{heading}\n" in text
    assert "| train.lr | 0.5 | 0.9 |" in text
    assert "| 3–9 (67 products) |" in text
    assert line_of(text, "| bad | good |").count("**") >= 4


def test_no_product_is_shown(summary):
    text = write_markdown(summary, {})

    assert "Secret product" not in text
    assert "shop:test" not in text


def test_charts_of_a_run_stand_with_that_run(summary):
    text = write_markdown(
        summary, {"coverage-leaf": "charts/c.svg", "run-2-learning-loss": "charts/l.svg"}
    )

    assert text.index("![coverage leaf](charts/c.svg)") < text.index("## Where they fail")
    assert text.index("### good") < text.index("![learning loss](charts/l.svg)")


def test_marks_stand_first(summary):
    text = write_markdown(replace(summary, marks=("They differ <b>.",)), {})

    assert text.splitlines()[2] == "> [!CAUTION]"
    assert "> - They differ &lt;b>." in text


def test_hostile_names_stay_text(summary):
    runs = tuple(replace(run, name=HOSTILE) for run in summary.runs)

    text = write_markdown(replace(summary, runs=runs), {})

    assert "<script" not in text
    assert not re.search(r"(?<!\\)\]\(javascript", text)
    row = line_of(text, "| a\\|b")
    headings = text.splitlines()[text.splitlines().index(row) - 2]
    assert row.replace("\\|", "").count("|") == headings.count("|")


def test_every_row_of_a_table_has_as_many_cells(summary):
    widths = []
    for line in write_markdown(summary, {}).splitlines():
        if not line.startswith("|"):
            widths.clear()
            continue
        widths.append(line.replace("\\|", "").count("|"))
        assert widths[-1] == widths[0], line
