"""The command that finds near-duplicates."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prodcat.cli.options import json_option, path_options, table_options, with_category
from prodcat.cli.tables import TableShown
from prodcat.screen import NOTHING_IN_HAND, PATH, build_table, progress_bar, say, show_or_json
from prodcat.wording import shorten

if TYPE_CHECKING:
    from rich.table import Table

    from prodcat.search.duplicates.records import DuplicateGroup, Duplicates
    from prodcat.tables.table import ProductTable

CELL = 44
KINDS = ("name", "family", "near-name", "picture", "alike-picture", "description", "id")


@click.command()
@click.argument("source")
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="FILE",
    help="File to write: .csv, .xlsx, .parquet, .jsonl, or .html with pictures.",
)
@click.option(
    "--by",
    multiple=True,
    type=click.Choice(KINDS),
    help="What ties two products; repeatable.  [default: all of these]",
)
@click.option(
    "--vectors",
    type=PATH,
    metavar="FOLDER",
    help="Compare embeddings, too: what `prodcat embed` wrote, such as shop.vectors.",
)
@click.option(
    "--most",
    type=click.IntRange(min=2),
    default=250,
    show_default=True,
    help="Products that a group may have; what more share ties none.",
)
@click.option(
    "--first", type=click.IntRange(min=0), default=20, show_default=True, help="Groups to show."
)
@table_options
@path_options
@json_option
def duplicates(
    source: str,
    output: Path | None,
    by: tuple[str, ...],
    vectors: Path | None,
    most: int,
    first: int,
    columns: Mapping[str, str],
    category: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Find products of SOURCE that are the same, or the same in another colour or size.

    SOURCE is a corpus, or any table as for `prodcat categorize`. Products of a group share an id, a
    picture, a long description of one brand, or a name but for colours, numbers and slips; each
    group says what. Those whose categories contradict each other come first.

    \b
    prodcat duplicates shop.db
    prodcat duplicates shop.db -o duplicates.html
    prodcat duplicates products.csv --by picture --by name -o duplicates.xlsx
    """
    from prodcat.search.duplicates.finding import find_duplicates
    from prodcat.search.duplicates.records import DuplicateSettings
    from prodcat.search.duplicates.writing import check_output, write_duplicates

    if output is not None:
        check_output(output)
    chosen = [kind.replace("-", " ") for kind in by or KINDS]
    chosen += ["vectors"] if vectors is not None else []
    seen = TableShown()
    tables: list[ProductTable] = []

    def on_table(table: "ProductTable") -> None:
        seen(table)
        tables.append(table)

    with progress_bar("reading") as on_progress:
        found = find_duplicates(
            source,
            settings=DuplicateSettings(by=tuple(chosen), most=most),
            vectors=vectors,
            columns=with_category(columns, category),
            on_table=on_table,
            on_progress=on_progress,
            **options,
        )
    remarks: tuple[str, ...] = ()
    if output is not None:
        remarks = write_duplicates(found, output, table=tables[0])
    data = {
        **found.summary(),
        "largest": [group.to_dict() for group in found.groups[:first]],
        "output": None if output is None else str(output),
        "remarks": list(remarks),
        "table": seen.described,
    }
    show_or_json(data, duplicates_tables(found, first), as_json=as_json)
    if not as_json:
        for line in remarks:
            say(line)
    if not found.products:
        say("Error: There is no product to compare.", err=True)
        sys.exit(NOTHING_IN_HAND)


def _categories(group: "DuplicateGroup") -> str:
    """The most frequent categories, by their last name where that tells them apart."""
    shown = list(group.categories.items())[:4]
    last = {path[-1] for path, _ in shown}
    return "; ".join(
        f"{path[-1] if len(last) == len(shown) else ' > '.join(path)} {count}"
        for path, count in shown
    )


def duplicates_tables(found: "Duplicates", first: int) -> list["Table"]:
    """What was found: counts, the first groups, and what was left out."""
    summary = found.summary()
    facts = {
        "products": found.products,
        "groups": len(found.groups),
        "products in groups": found.products_in_groups,
        "groups with contradicting categories": summary["contradicting_groups"],
    }
    facts |= {
        f"groups: {name}": count for name, count in summary["groups_by_meaning"].items() if count
    }
    if found.unread:
        facts["rows that could not be read"] = found.unread
    if found.chained:
        facts["ties left out, as groups would be too large"] = found.chained
    tables = [build_table(("", ""), facts.items(), title="Near-duplicates")]
    if shown := found.groups[:first]:
        rows = [
            (
                number,
                len(group.members),
                group.meaning + (" (contradicting)" if group.contradicting else ""),
                shorten(group.members[0].name or group.members[0].id, CELL),
                group.why,
                _categories(group),
            )
            for number, group in enumerate(shown, 1)
        ]
        headings = ("group", "products", "meaning", "such as", "why", "categories")
        tables.append(build_table(headings, rows))
    left_out: list[tuple[str, object]] = [
        (f"{one.products:,} products share one {one.kind}, such as {one.example}", "ties none")
        for one in found.cut
    ]
    left_out += [(f"picture: {reason}", count) for reason, count in found.problems.items()]
    if left_out:
        tables.append(build_table(("left out", ""), left_out[:20]))
    return tables
