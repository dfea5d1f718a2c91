"""Small tables, written and read."""

from prodcat.tables.table import open_table


def rows(path, **options):
    return list(open_table(path, **options).rows())


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path
