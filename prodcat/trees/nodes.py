"""Categories as files state them, put together into a tree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from prodcat.errors import TaxonomyError
from prodcat.inputs.text import clean_text
from prodcat.taxonomy.paths import CategoryPath, join_path
from prodcat.taxonomy.tree import MAX_CATEGORIES, MAX_DEPTH, Category, Taxonomy
from prodcat.wording import clean, shorten

SHOWN = 80
"""Characters of a line that a message repeats."""


@dataclass(frozen=True, slots=True)
class PathRow:
    """A category as its path; the id may be empty."""

    line: int
    path: CategoryPath
    id: str = ""


@dataclass(frozen=True, slots=True)
class ParentRow:
    """A category as its id and its parent's, which is empty for a root."""

    line: int
    id: str
    name: str
    parent: str
    full_name: str = ""


def refuse(file: Path, line: int, message: str) -> NoReturn:
    """Say in one line what is wrong in which line of a file.

    Raises:
        TaxonomyError: Always.
    """
    raise TaxonomyError(f"{file}, line {line}: {message}")


def quoted(text: str) -> str:
    r"""Return as much of a line as a message shows.

    >>> quoted("a\x07b")
    "'a b'"
    """
    return repr(clean(shorten(text, SHOWN)))


def clean_names(names: Iterable[str], file: Path, line: int) -> CategoryPath:
    """Clean the names of a path, as those of products' categories are cleaned.

    Raises:
        TaxonomyError: If one has nothing in it, or there are too many levels.
    """
    path = tuple(map(clean_text, names))
    if not path or not all(path):
        refuse(file, line, "a level of the path has no name; write a name between two signs.")
    if len(path) > MAX_DEPTH:
        refuse(file, line, f"{len(path)} levels; a tree has at most {MAX_DEPTH}.")
    return path


def tree_of_paths(rows: Sequence[PathRow], file: Path) -> Taxonomy:
    """Put together categories that are known by their paths.

    A category without an id has its path as one, and so has a parent that no line states. A
    path that is stated twice without an id is one category.

    Raises:
        TaxonomyError: If an id is that of two categories.
    """
    ids: dict[CategoryPath, str] = {}
    lines: dict[str, int] = {}
    categories: list[tuple[str, CategoryPath]] = []
    for row in rows:
        if not row.id and row.path in ids:
            continue
        category = row.id or join_path(row.path)
        if category in lines:
            refuse(
                file,
                row.line,
                f"the id {quoted(category)} is that of line {lines[category]}, too; ids are"
                " unique.",
            )
        lines[category] = row.line
        # Of two ids with one path the first has the children.
        ids.setdefault(row.path, category)
        categories.append((category, row.path))
        _check_count(len(categories), file)
    nodes: dict[str, Category] = {}
    for category, path in categories:
        parent: str | None = None
        for depth in range(1, len(path)):
            above = path[:depth]
            found = ids.get(above)
            if found is None:
                found = ids[above] = join_path(above)
                if found in lines:
                    refuse(file, lines[found], f"the id {quoted(found)} is another's path.")
                lines[found] = lines[category]
                _check_count(len(ids), file)
            if found not in nodes:
                nodes[found] = Category(found, above[-1], parent)
            parent = found
        if category not in nodes:
            nodes[category] = Category(category, path[-1], parent)
    return Taxonomy(nodes.values())


def tree_of_parents(rows: Sequence[ParentRow], file: Path) -> Taxonomy:
    """Put together categories that name their parents, by id, or by name where that is one's alone.

    Raises:
        TaxonomyError: If an id is there twice, or a parent is not there.
    """
    lines: dict[str, int] = {}
    by_name: dict[str, list[str]] = {}
    for row in rows:
        if row.id in lines:
            refuse(
                file,
                row.line,
                f"the id {quoted(row.id)} is that of line {lines[row.id]}, too; ids are unique.",
            )
        lines[row.id] = row.line
        by_name.setdefault(row.name, []).append(row.id)
        _check_count(len(lines), file)
    categories = []
    for row in rows:
        parent: str | None = row.parent or None
        if parent is not None and parent not in lines:
            named = by_name.get(parent, [])
            if len(named) != 1:
                refuse(
                    file,
                    row.line,
                    f"the parent {quoted(parent)} of {quoted(row.id)} is not in the file.",
                )
            parent = named[0]
        categories.append(Category(row.id, row.name, parent, row.full_name))
    return Taxonomy(categories)


def _check_count(count: int, file: Path) -> None:
    if count > MAX_CATEGORIES:
        raise TaxonomyError(f"{file} has more than {MAX_CATEGORIES:,} categories.")
