"""A table of a report with its title and note, for the screen and as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from prodcat.analyze.markdown.tables import escaped
from prodcat.analyze.markdown.tables import table as markdown_table
from prodcat.files import write_text


@dataclass(frozen=True)
class Section:
    """A table with its title, and what there is to know of it."""

    title: str
    note: str
    headings: tuple[str, ...]
    rows: list[list[str]]

    def screen(self) -> Table:
        """Return it for the screen."""
        shown = Table(title=Text(self.title), caption=Text(self.note))
        for place, heading in enumerate(self.headings):
            shown.add_column(Text(heading), justify="right" if place else "left")
        for row in self.rows:
            shown.add_row(*map(Text, row))
        return shown

    def markdown(self) -> str:
        """Return it as Markdown."""
        parts = [f"## {self.title}", self.note]
        if self.rows:
            rows = ([escaped(cell) for cell in row] for row in self.rows)
            parts.append(markdown_table(self.headings, rows))
        return "\n\n".join(parts)


def show_sections(
    title: str, about: Sequence[str], sections: Sequence[Section], file: Path | None
) -> None:
    """Print the tables, and write them as a page of Markdown if a file is given.

    Args:
        title: Heading of the page.
        about: Its first paragraphs.
        sections: The tables.
        file: Where to write it.
    """
    screen = Console()
    for paragraph in about:
        screen.print(paragraph, markup=False)
    for section in sections:
        screen.print(section.screen())
    if file is not None:
        pieces = [f"# {title}", *about, *(section.markdown() for section in sections)]
        write_text(file, "\n\n".join(pieces) + "\n")
