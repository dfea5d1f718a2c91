"""Trees as tables: a column a level, a column of paths, or ids with their parents."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from prodcat.errors import TaxonomyError
from prodcat.inputs.text import clean_text
from prodcat.tables.category_forms import ARROWS, split_levels
from prodcat.tables.category_learning import find_level_signs
from prodcat.tables.csv_files import CsvTable
from prodcat.tables.known_headers import PLAIN_HEADERS, plain_header
from prodcat.tables.table_format import TableFormat
from prodcat.tables.words import is_null_word, read_plain
from prodcat.tables.workbooks import WorkbookTable
from prodcat.taxonomy.tree import MAX_CATEGORIES, Taxonomy
from prodcat.trees.nodes import (
    ParentRow,
    PathRow,
    clean_names,
    quoted,
    refuse,
    tree_of_parents,
    tree_of_paths,
)
from prodcat.wording import clean, shorten

MAX_COLUMNS = 100
IDS = ("id", "categoryid", "catid", "gid", "code", "categorycode", "key", "nodeid", "kategorieid")
NAMES = ("name", "categoryname", "title", "label", "category", "bezeichnung", "kategorie", "nom")
PARENTS = (
    *("parentid", "parent", "parentcategoryid", "parentcategory", "parentcode", "parentkey"),
    *("parentname", "idparent", "oberkategorie", "elternid", "parentnodeid"),
)
PATHS = (
    *("path", "fullpath", "categorypath", "fullname", "categoryfullname", "breadcrumb"),
    *("breadcrumbs", "kategoriepfad", "pfad", "categories", "taxonomy", "category", "name"),
)
LEVEL = re.compile(r"(level|lvl|l|ebene|niveau|nivel|category|cat|kategorie|categorylevel)\d{1,2}")
WORDED_LEVELS = (
    ("department", "category", "subcategory"),
    ("maincategory", "subcategory"),
    ("category", "subcategory"),
    ("gender", "mastercategory", "subcategory", "articletype"),
)
KNOWN = frozenset((*IDS, *NAMES, *PARENTS, *PATHS, *chain.from_iterable(PLAIN_HEADERS.values())))
"""What no first category is called."""
Row = tuple[int, list[str]]
"""The number of a row, the first below the headings being 1, and its cells."""


def read_table(table: TableFormat, file: Path) -> Taxonomy:
    """Read a tree that is a table.

    Raises:
        TaxonomyError: If no column says what the categories are, or a row has none.
    """
    names = [plain_header(column) for column in table.columns[:MAX_COLUMNS]]
    levels = _level_columns(names)
    own_id = _column(names, IDS)
    parent = _column(names, PARENTS)
    name = _column(names, NAMES)
    path = _column(names, PATHS)
    if parent is not None and name is not None and parent != name:
        return _of_parents(
            list(_rows(table, file)), (own_id, name, parent, _column(names, ("fullname",))), file
        )
    if len(levels) > 1:
        return tree_of_paths(list(_of_levels(_rows(table, file), levels, own_id, file)), file)
    if path is not None:
        return tree_of_paths(list(_of_paths(list(_rows(table, file)), path, own_id, file)), file)
    if isinstance(table, CsvTable | WorkbookTable) and _is_headless(table.columns):
        return _of_headless(table, file)
    shown = ", ".join(clean(shorten(column, 30)) for column in table.columns[:8])
    raise TaxonomyError(
        f"{file} has the columns {shown}; expected one with paths (path), one for each level"
        " (level 1, level 2, …), or id, name and parent."
    )


def _rows(table: TableFormat, file: Path) -> Iterator[Row]:
    columns = table.columns[:MAX_COLUMNS]
    for number, raw in enumerate(table.rows(columns, 0), 1):
        if raw.error is not None:
            raise TaxonomyError(f"{file}, row {number}: {raw.error}.")
        cells = [read_plain(raw.values.get(column)) for column in columns]
        if number > MAX_CATEGORIES:
            raise TaxonomyError(f"{file} has more than {MAX_CATEGORIES:,} rows.")
        if any(cells):
            yield number, ["" if is_null_word(cell) else cell for cell in cells]


def _column(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _level_columns(names: Sequence[str]) -> list[int]:
    numbered = [place for place, name in enumerate(names) if LEVEL.fullmatch(name)]
    if len(numbered) > 1:
        # Where one column is called category and the next category 2.
        bare = re.sub(r"\d+$", "", names[numbered[0]])
        first = [names.index(bare)] if bare in names[: numbered[0]] else []
        return first + numbered
    for worded in WORDED_LEVELS:
        if all(name in names for name in worded):
            return [names.index(name) for name in worded]
    return []


def _is_headless(columns: Sequence[str]) -> bool:
    """Tell column names from the first category of a table that has none, as Google's workbook."""
    return len(columns) > 1 and (
        columns[0].isdigit() or not set(map(plain_header, columns)) & KNOWN
    )


def _of_headless(table: CsvTable | WorkbookTable, file: Path) -> Taxonomy:
    rows = []
    for number, cells in enumerate(table.all_cells()):
        if any(cell.strip() for cell in cells) and not cells[0].startswith("# "):
            rows.append((number, [cell.strip() for cell in cells[:MAX_COLUMNS]]))
        if number > MAX_CATEGORIES:
            raise TaxonomyError(f"{file} has more than {MAX_CATEGORIES:,} rows.")
    width = max(len(cells) for _, cells in rows)
    rows = [(number, cells + [""] * (width - len(cells))) for number, cells in rows]
    first = int(all(cells[0].isdigit() for _, cells in rows))
    levels = list(range(first, width))
    return tree_of_paths(list(_of_levels(rows, levels, 0 if first else None, file)), file)


def _of_parents(
    rows: Sequence[Row], places: tuple[int | None, int, int, int | None], file: Path
) -> Taxonomy:
    own_id, name, parent, full_name = places
    found = []
    for number, cells in rows:
        title = clean_text(cells[name])
        if not title:
            refuse(file, number + 1, "the name is empty.")
        category = cells[own_id] if own_id is not None else title
        if not category:
            refuse(file, number + 1, f"{quoted(title)} has no id.")
        above = cells[parent] if own_id is not None else clean_text(cells[parent])
        # Databases write the parent of a root as 0, or as itself.
        above = "" if above in ("0", "-1", category) else above
        longer = clean_text(cells[full_name]) if full_name is not None else ""
        found.append(ParentRow(number + 1, category, title, above, longer))
    return tree_of_parents(found, file)


def _of_levels(
    rows: Iterable[Row], levels: Sequence[int], own_id: int | None, file: Path
) -> Iterator[PathRow]:
    above: list[str] = []
    for number, cells in rows:
        names = [clean_text(cells[place]) for place in levels]
        first = next((place for place, name in enumerate(names) if name), None)
        if first is None:
            refuse(file, number + 1, "all levels are empty.")
        if first > len(above):
            refuse(file, number + 1, f"{quoted(names[first])} has nothing above it.")
        # What is left empty at the left is what stands in the row above, as in an outline.
        above = [*above[:first], *filter(None, names[first:])]
        category = cells[own_id] if own_id is not None else ""
        yield PathRow(number + 1, clean_names(above, file, number + 1), category)


def _of_paths(
    rows: Sequence[Row], column: int, own_id: int | None, file: Path
) -> Iterator[PathRow]:
    texts = [cells[column] for _, cells in rows]
    signs = find_level_signs([text for text in texts if text])
    signs = signs if any(sign in text for sign in signs for text in texts) else ARROWS
    for number, cells in rows:
        if not cells[column]:
            refuse(file, number + 1, "the path is empty.")
        path = clean_names(split_levels(cells[column], signs), file, number + 1)
        yield PathRow(number + 1, path, cells[own_id] if own_id is not None else "")
