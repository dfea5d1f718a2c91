"""What commands print: tables on the screen, and how far they are beside them."""

import json
import logging
import sys
import traceback
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from prodcat.errors import ProdcatError
from prodcat.wording import UNSHOWABLE, escaped, shown

if TYPE_CHECKING:
    from types import TracebackType

    from rich.table import Table


PATH = click.Path(path_type=Path)
NOTHING_IN_HAND = 4
"""Exit code of a command that read to the end and has nothing to show for it."""
WIDTH = 160
"""Columns of what is printed elsewhere than on a terminal."""
OnProgress = Callable[[int, int | None], None]
"""Is told how many rows are done, of how many; None where only the end will tell."""


class Cli(click.Group):
    """Show our own errors as one line; let a bug keep its traceback.

    Args:
        interrupted: Exit code after Ctrl-C; None for that of click, which is 1 as of an error.
    """

    def __init__(self, *args: Any, interrupted: int | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.interrupted = interrupted

    def invoke(self, ctx: click.Context) -> object:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except ProdcatError as error:
            raise click.ClickException(escaped(str(error))) from error
        except click.UsageError as error:
            # An argument may be a file's name, from whatever made up a list of files.
            message = escaped(error.format_message())
            if message == error.format_message():
                raise
            raise click.UsageError(message, error.ctx) from error
        except KeyboardInterrupt:
            if self.interrupted is None:
                raise
            say("Interrupted.", err=True)
            sys.exit(self.interrupted)


def say(line: str, *, err: bool = False) -> None:
    """Print a line on standard output, or on standard error."""
    click.echo(escaped(line), err=err)


def show(*tables: "Table") -> None:
    """Print tables on standard output."""
    from rich.console import Console

    # Names of products may hold `[red]` or `:apple:`, and are shown as they are.
    screen = Console(highlight=False, emoji=False, markup=False)
    if not screen.is_terminal:
        screen.width = WIDTH
    for table in tables:
        screen.print(table)


def show_or_json(data: Mapping[str, Any], tables: Sequence["Table"], *, as_json: bool) -> None:
    """Print the same either as tables or as one line of JSON."""
    if as_json:
        show_json(data)
    else:
        show(*tables)


def show_json(data: Mapping[str, Any]) -> None:
    """Print one line of JSON."""
    print(json_line(data))


def json_line(data: Mapping[str, Any]) -> str:
    r"""Write plain data as one line of JSON that a terminal shows as it is.

    >>> print(json_line({"name": "Été \x9b31m"}))
    {"name": "Été \u009b31m"}
    """
    # JSON escapes the oldest of control characters alone; halves of a pair cannot be printed.
    text = json.dumps(data, ensure_ascii=False)
    return UNSHOWABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


class LogLines(logging.Formatter):
    """Log records as lines for a terminal."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        return escaped(super().format(record))


def show_logs() -> None:
    """Send the library's warnings to standard error, one line each."""
    handler = logging.StreamHandler()
    handler.setFormatter(LogLines())
    sys.excepthook = show_bug
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def show_bug(
    kind: type[BaseException], error: BaseException, trace: "TracebackType | None"
) -> None:
    """Print the traceback of a bug, whose message may hold the text of a file."""
    lines = "".join(traceback.format_exception(kind, error, trace))
    print(escaped(lines), file=sys.stderr, end="")


@contextmanager
def progress_bar(task: str) -> Generator[OnProgress]:
    """Show a bar with rate and time left on standard error; nothing off a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    screen = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as bar:
        # Rows that are not counted beforehand have a bar without an end.
        row = bar.add_task(escaped(task), total=None, rate="")

        def on_progress(done: int, total: int | None) -> None:
            speed = bar.tasks[0].speed
            bar.update(row, completed=done, total=total, rate=f"{speed:.0f}/s" if speed else "")

        yield on_progress


def build_table(
    headings: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = ""
) -> "Table":
    """Lay out rows; numbers stand to the right. Without headings the first column is bold."""
    from rich.table import Table
    from rich.text import Text

    rows = [list(row) for row in rows]
    heading_text = Text(escaped(title), style="table.title") if title else None
    table = Table(title=heading_text, title_justify="left", show_header=any(headings))
    for index, heading in enumerate(headings):
        numeric = bool(rows) and all(isinstance(row[index], int | float | None) for row in rows)
        style = "bold" if not any(headings) and index == 0 else ""
        justify: Literal["left", "right"] = "right" if numeric and any(headings) else "left"
        table.add_column(Text(escaped(heading)), style=style, justify=justify, overflow="fold")
    for row in rows:
        # As Text: in a plain str, rich would read brackets as marks.
        table.add_row(*(Text(escaped(shown(value))) for value in row))
    return table
