import io

import pytest
from rich.console import Console

from prodcat.cli.tables import chief_measures_table
from prodcat.measures.interval import Interval
from prodcat.measures.measure import SetMeasures
from prodcat.runs.records import RunMetrics, Selection
from prodcat.screen import build_table, progress_bar, show


def lines(capsys):
    return capsys.readouterr().out.splitlines()


def test_numbers_stand_to_the_right_and_texts_to_the_left(capsys):
    show(build_table(("category", "products"), [("Bags", 7), ("Shoes", 12345)]))

    assert lines(capsys)[3:5] == ["│ Bags     │        7 │", "│ Shoes    │   12,345 │"]


def test_marks_of_rich_in_a_text_are_left_as_they_are(capsys):
    show(build_table(("name",), [("[red]boots[/red] :smile:",)]))

    assert "[red]boots[/red] :smile:" in lines(capsys)[3]


def test_a_pipe_gets_lines_as_long_as_they_are(capsys):
    path = " > ".join(["A long name of a category"] * 5)

    show(build_table(("category",), [(path,)]))

    assert path in lines(capsys)[3]


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_shows_on_a_terminal_alone(monkeypatch, terminal):
    stream = io.StringIO()
    monkeypatch.setattr(
        "rich.console.Console",
        lambda **_: Console(file=stream, force_terminal=terminal, width=100),
    )

    with progress_bar("counting") as on_progress:
        on_progress(3, 10)
        on_progress(10, 10)

    assert ("10/10" in stream.getvalue()) == terminal


def test_without_a_test_split_the_measures_are_those_of_the_validation(capsys):
    intervals = {"accuracy": Interval(0.5), "coverage_at_98": Interval()}
    selection = Selection("name only", SetMeasures(12, intervals=intervals))

    show(chief_measures_table(RunMetrics(sides={"val": (selection,)})))

    shown = "\n".join(lines(capsys))
    assert "validation products" in shown
    assert "│ name only │       12 │ 50.0%" in shown
