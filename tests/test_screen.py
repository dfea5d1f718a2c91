import ast
import io
import json
import logging
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.console import Console

from prodcat.errors import InputError
from prodcat.screen import Cli, LogLines, build_table, progress_bar, say, show, show_bug, show_json

REPOSITORY = Path(__file__).parents[1]


def run(error, **options):
    @click.group(cls=Cli, **options)
    def main():
        pass

    @main.command()
    def work():
        raise error

    return CliRunner().invoke(main, ["work"])


def test_our_errors_are_one_line():
    result = run(InputError("There is no name."))
    assert (result.exit_code, result.stderr) == (1, "Error: There is no name.\n")


def test_a_bug_keeps_its_traceback():
    assert isinstance(run(KeyError("name")).exception, KeyError)


def test_an_interruption_ends_as_click_ends_it():
    result = run(KeyboardInterrupt())
    assert (result.exit_code, result.stderr) == (1, "\nAborted!\n")


def test_an_interruption_has_an_exit_code_of_its_own_where_one_is_given():
    result = run(KeyboardInterrupt(), interrupted=130)
    assert (result.exit_code, result.stderr) == (130, "Interrupted.\n")


@pytest.mark.parametrize(
    ("headings", "rows", "justify"),
    [
        (("name", "count"), [("a", 1), ("b", None)], ["left", "right"]),
        (("name", "count"), [("a", 1), ("b", "2 s")], ["left", "left"]),
        (("name", "count"), [], ["left", "left"]),
        (("", ""), [("a", 1)], ["left", "left"]),
    ],
)
def test_columns_of_numbers_stand_to_the_right(headings, rows, justify):
    assert [column.justify for column in build_table(headings, rows).columns] == justify


HOSTILE = "a\x1b[31mred\x1b]0;title\x07\x9b2J\u202eb\r\x08c"
ESCAPED = r"a\x1b[31mred\x1b]0;title\x07\x9b2J\u202eb\r\x08c"


def test_an_error_is_shown_escaped():
    result = run(InputError(f"No column {HOSTILE}.\nIt has others."))
    assert result.stderr == f"Error: No column {ESCAPED}.\nIt has others.\n"


def test_wrong_usage_is_shown_escaped():
    @click.group(cls=Cli)
    def main():
        pass

    @main.command()
    def work():
        pass

    result = CliRunner().invoke(main, ["work", HOSTILE])
    assert result.exit_code == 2
    assert ESCAPED in result.stderr
    assert "\x1b" not in result.stderr


def test_tables_are_shown_escaped(capsys):
    wide = build_table((HOSTILE, "count"), [(HOSTILE, 1), ("two\nlines", 2)], title=HOSTILE)

    show(wide)

    shown = capsys.readouterr().out
    assert shown.count(ESCAPED) == 3
    assert not set(shown) & set("\x1b\x07\x9b\u202e\r\x08")
    assert any(line.startswith("│ two ") for line in shown.splitlines())


def test_lines_and_json_are_shown_escaped(capsys):
    say(HOSTILE)
    show_json({"name": HOSTILE})

    line, data = capsys.readouterr().out.splitlines()
    assert line == ESCAPED
    assert data.isprintable()
    assert json.loads(data) == {"name": HOSTILE}


def test_logs_are_shown_escaped():
    record = logging.LogRecord("prodcat", logging.WARNING, "", 0, "%s is odd", (HOSTILE,), None)
    assert LogLines().format(record) == f"WARNING: {ESCAPED} is odd"


def test_progress_is_shown_escaped(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(
        "rich.console.Console", lambda **_: Console(file=stream, force_terminal=True, width=200)
    )

    with progress_bar("reading \x1b[5m") as on_progress:
        on_progress(1, 2)

    assert r"reading \x1b[5m" in stream.getvalue()
    assert "\x1b[5m" not in stream.getvalue()


BORDER = {
    "prodcat/screen.py": "the border itself",
    "crawler/commands/display.py": "a bar of numbers and of texts that it escapes",
    "prodcat/training/precompute.py": "a bar of texts of our own",
    "prodcat/training/teachers.py": "a bar of texts of our own",
}
PRINTING = {"print", "echo", "secho", "Console", "Progress", "rprint"}


def test_whatever_is_printed_goes_through_one_border():
    """Where names, ids, paths and messages of files are escaped: a terminal obeys what it shows."""
    found = set()
    for file in [*(REPOSITORY / "prodcat").rglob("*.py"), *(REPOSITORY / "crawler").rglob("*.py")]:
        text = file.read_text(encoding="utf-8")
        printing = PRINTING if "rich.progress" in text else PRINTING - {"Progress"}
        for node in ast.walk(ast.parse(text)):
            name = getattr(node, "func", None)
            called = getattr(name, "attr", getattr(name, "id", ""))
            written = called == "write" and "std" in ast.dump(name)
            if isinstance(node, ast.Call) and (called in printing or written):
                found.add(file.relative_to(REPOSITORY).as_posix())
    assert found <= BORDER.keys()


def test_the_traceback_of_a_bug_does_not_reach_the_terminal_as_it_is(capsys):
    show_bug(ValueError, ValueError(HOSTILE), None)

    assert capsys.readouterr().err == f"ValueError: {ESCAPED}\n"
