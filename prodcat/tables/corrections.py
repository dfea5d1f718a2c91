"""The list of mistakes that `prodcat analyze` writes, with what a person decided in it.

Each row has a product's label and the answer of the models; in the column ``verdict`` a person
says which of the two is right, writes the right category, or that it is none of these.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from prodcat.excel.cells import unguarded
from prodcat.tables.category_forms import CategoryForm
from prodcat.tables.table import ProductTable
from prodcat.tables.table_format import RawRow, TableFormat
from prodcat.tables.words import is_null_word, read_plain

CELLS = ("id", "label", "answer", "verdict")
HEADER = frozenset(CELLS)
NO_VERDICT = "no verdict"
FOR_ANSWER = frozenset(
    {"answer", "a", "label wrong", "wrong label", "wrong", "model", "answer right", "fix"}
)
FOR_LABEL = frozenset(
    {"label", "l", "label right", "right", "ok", "keep", "answer wrong", "model wrong", "correct"}
)
# Not "none" or a dash: so programs write a cell that nobody filled in.
FOR_NEITHER = frozenset({"none of these", "neither", "foreign"})


class CorrectionsTable:
    """A list of mistakes, read as a table of ids and categories."""

    columns: tuple[str, ...] = ("id", "category")
    inner_columns: frozenset[str] = frozenset()
    has_own_fields = False

    def __init__(self, table: TableFormat) -> None:
        self.table, self.path, self.folder = table, table.path, table.folder

    @property
    def notes(self) -> tuple[str, ...]:
        """How the list is read."""
        return self.table.notes

    def count(self) -> int | None:
        """Number of rows, if it is known."""
        return self.table.count()

    def rows(self, _: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows: the ids, with the category that was decided on."""
        for raw in self.table.rows(sorted(HEADER), start):
            if raw.error is not None:
                yield raw
                continue
            # As they were before they were guarded from being taken for formulas.
            product, *decided = (unguarded(read_plain(raw.values.get(name))) for name in CELLS)
            found = decide(*decided)
            if found is None:
                yield RawRow(error=NO_VERDICT)
            else:
                yield RawRow({"id": product, "category": found}, raw.problems)

    @staticmethod
    def fits(table: TableFormat) -> bool:
        """Tell whether a table is such a list."""
        return set(table.columns) >= HEADER


def decide(label: str, answer: str, verdict: str) -> str | None:
    """Return the category that a verdict says is right; None where there is no verdict.

    Empty where it says that none of the tree's categories is.

    >>> decide("Boots", "Clogs", "answer"), decide("Boots", "Clogs", " OK ")
    ('Clogs', 'Boots')
    >>> decide("Boots", "Clogs", "Shoes > Sandals"), decide("Boots", "Clogs", "?")
    ('Shoes > Sandals', None)
    >>> decide("Boots", "Clogs", "None of these"), decide("Boots", "Clogs", "None")
    ('', None)
    >>> decide("Boots", "Clogs", "-") is None
    True

    Of a product that no category was suggested for, an empty cell is no verdict either.

    >>> decide("Boots", "", "") is None, decide("Boots", "", "answer") is None
    (True, True)
    """
    word = " ".join(verdict.casefold().split())
    if word in FOR_NEITHER:
        return ""
    if word in FOR_ANSWER or word == answer.casefold():
        return answer or None
    if word in FOR_LABEL or word == label.casefold():
        return label or None
    # Any other words name a category; a mark alone names none.
    says = any(map(str.isalnum, word)) and not is_null_word(word)
    return verdict.strip() if says else None


def as_corrections(table: ProductTable) -> ProductTable:
    """Return a list of mistakes as a table of ids and categories; any other table as it is."""
    if not CorrectionsTable.fits(table.format):
        return table
    return replace(
        table,
        columns={"id": ("id",), "category": ("category",)},
        form=CategoryForm(levels=(">",)),
        image_kind="",
        format=CorrectionsTable(table.format),
        remarks=(
            *table.remarks,
            "Its verdicts are kept as decisions, and count in place of the shop's labels.",
        ),
    )
