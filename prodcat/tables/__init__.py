"""Products out of tables of whatever kind."""

from prodcat.tables.columns import Columns
from prodcat.tables.read_as import ReadAs
from prodcat.tables.rows import TableRow
from prodcat.tables.table import ProductTable, open_table

__all__ = ["Columns", "ProductTable", "ReadAs", "TableRow", "open_table"]
