"""Category paths that go too deep to be any."""

from dataclasses import replace

from prodcat.tables.rows import TableRow

MAX_LEVELS = 20
"""Of a category path, as in the crawler. Each level is a category of its own, with the names of
all above it: thousands of them would fill the memory."""


def within_levels(row: TableRow) -> TableRow:
    """Return a row without its category, if that is too deep.

    >>> within_levels(TableRow(1, category=("x",) * 21)).problems
    ('category of more than 20 levels',)
    """
    paths = (row.category, *row.listings)
    if max(map(len, paths)) <= MAX_LEVELS:
        return row
    problem = f"category of more than {MAX_LEVELS} levels"
    category, *listings = (path if len(path) <= MAX_LEVELS else () for path in paths)
    return replace(
        row,
        category=category,
        listings=tuple(filter(None, listings)),
        problems=(*row.problems, problem),
    )
