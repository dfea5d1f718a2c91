"""What commands print: tables on the screen, and how far they are beside them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from prodcat.measures.interval import Interval
from prodcat.measures.names import CHIEF, MEASURES
from prodcat.product import Prediction, Product
from prodcat.screen import build_table, say
from prodcat.wording import clean, shorten

if TYPE_CHECKING:
    from rich.table import Table

    from prodcat.bulk.categorizing import CategorizeResult
    from prodcat.corpus.corrections import Correction, CorrectionCounts
    from prodcat.corpus.describe import CorpusReport
    from prodcat.corpus.import_log import ImportSummary, ReasonCount
    from prodcat.runs.records import RunMetrics
    from prodcat.tables.table import ProductTable

CELL = 36
"""Characters of a text that a table of many answers has room for."""


def prediction_tables(prediction: Prediction) -> list["Table"]:
    """One answer, and the next best leaves."""
    answer = {
        # Not by `join_path`: its backslashes are for programs that read the path again.
        "category": str(prediction) if prediction.abstained else " > ".join(prediction.path),
        "probability": f"{prediction.probability:.1%}",
        "read from": " and ".join(prediction.used),
    }
    best = [(" > ".join(a.path), f"{a.probability:.1%}") for a in prediction.alternatives]
    return [
        build_table(("", ""), answer.items()),
        build_table(("best leaves", "probability"), best),
    ]


def answers_table(answers: Iterable[tuple[Product, Prediction]]) -> "Table":
    """Many answers, one line each."""
    rows = []
    for product, prediction in answers:
        best = prediction.alternatives[0] if prediction.alternatives else None
        rows.append(
            (
                _cell(product.name),
                _cell(product.description),
                getattr(product.image, "name", None),
                " > ".join(prediction.path) if prediction.path else str(prediction),
                # Of a product that could not be read there is no probability, not one of 0.
                f"{prediction.probability:.1%}" if best else None,
            )
        )
    return build_table(("name", "description", "picture", "answer", "probability"), rows)


def categorize_tables(result: "CategorizeResult") -> list["Table"]:
    """What a run over a table came to, and what of it could not be read."""
    counts = result.counts
    facts: dict[str, Any] = {
        "read as": read_line(result.notes),
        "written to": str(result.output),
        "rows": counts.rows,
        "answered": f"{counts.answered:,}" + _share(counts.answered, counts.rows),
        "abstained": f"{counts.abstained:,}" + _share(counts.abstained, counts.rows),
    }
    facts |= {f"  {reason}": count for reason, count in counts.reasons.items() if count}
    facts["with an error"] = counts.errors
    if result.resumed_rows:
        facts["answered before an interruption"] = result.resumed_rows
    tables = [build_table(("", ""), facts.items())]
    if not counts.problems:
        return tables
    problems = [
        (p.reason, p.count, p.answered, _row_numbers(p.rows, p.count)) for p in counts.problems
    ]
    headings = ("what could not be read", "rows", "of these answered", "such as")
    return [*tables, build_table(headings, problems)]


def read_line(notes: Iterable[str]) -> str:
    """How a file was read, in one line; names of sheets and files are strangers' words.

    >>> read_line(("delimiter ;", "encoding UTF-8"))
    'delimiter ; · encoding UTF-8'
    """
    return clean(" · ".join(notes), 500)


class TableShown:
    """Tells on standard error which column of a table is what, before its rows are read."""

    def __init__(self) -> None:
        self.described: dict[str, Any] = {}
        """The same as plain data, once a table was shown."""

    def __call__(self, table: "ProductTable") -> None:
        """Show a table."""
        self.described = table.describe()
        if table.notes:
            say(f"read as {read_line(table.notes)}", err=True)
        for line in table.told:
            say(line, err=True)


def import_tables(summary: "ImportSummary") -> list["Table"]:
    """What came in, what did not, and why."""
    names = ("rows", "added", "changed", "unchanged", "dropped", "pictures")
    facts: dict[str, Any] = {"read as": read_line(summary.notes)}
    facts |= {name: getattr(summary, name) for name in names}
    if summary.resumed_at:
        facts["rows done before an interruption"] = summary.resumed_at
    tables = [build_table(("", ""), facts.items(), title=f"{summary.file} → {summary.source}")]
    return [*tables, *_reasons(summary.reasons)]


def corpus_tables(report: "CorpusReport") -> list["Table"]:
    """What is in a corpus, and what looks odd."""
    facts: dict[str, Any] = {"products": report.products}
    facts |= {f"from {source}": count for source, count in report.sources.items()}
    facts |= {f"split {split or '(none)'}": count for split, count in report.splits.items()}
    facts |= {"tree that counts": report.tree} if report.tree else {}
    facts |= {"categories in the tree": report.nodes, "leaves": report.leaves}
    facts |= {"categories that are labels": report.labels, "pictures": report.pictures}
    facts |= {"pictures whose file is gone": report.lost_pictures}
    facts |= {"products whose picture is to be fetched": report.pictures_waiting}
    if report.corrections.products or report.corrections.undone:
        facts |= decided_facts(report.corrections)
    levels = [
        (level.level, level.categories, level.products, level.labels) for level in report.levels
    ]
    tables = [
        build_table(("", ""), facts.items(), title=report.file),
        build_table(("level", "categories", "products", "labels of this level"), levels),
        build_table(("products without", "count"), report.missing.items()),
        build_table(("products with", "count"), report.parts.items()),
        _categories("largest categories", report.largest),
        _categories("smallest categories", report.smallest),
        build_table(
            ("duplicates, same", "groups", "products"),
            [(same.part, same.groups, same.products) for same in report.duplicates],
        ),
        build_table(
            ("odd", "count", "products", "such as"),
            [(odd.kind, odd.count, odd.products, _lines(odd.examples)) for odd in report.oddities],
        ),
    ]
    if report.gone:
        heads = ("category of the shop that is gone", "products")
        tables.append(build_table(heads, report.gone.items()))
    return [*tables, *_reasons(report.rejections)]


def decided_facts(counts: "CorrectionCounts") -> dict[str, Any]:
    """What people decided about labels."""
    people = (f"{who or 'nobody named'} {n:,}" for who, n in counts.people.items())
    facts: dict[str, Any] = {
        "labels that people decided on": counts.products,
        "of these another than the shop's": counts.changed,
        "of these none of the categories": counts.foreign,
        "decisions taken back": counts.undone,
        "decided by": ", ".join(people) or "nobody",
    }
    if counts.twice:
        facts["decided on by two or more, alike"] = f"{counts.agreed:,} of {counts.twice:,}"
    return facts


def decision_cells(one: "Correction") -> tuple[Any, ...]:
    """One decision about a label, or that one was taken back."""
    is_what = one.category_id or "none of these"
    if one.undoes is not None:
        is_what = f"takes {one.undoes} back"
    return one.id, one.product_id, shorten(is_what, CELL), one.who, one.decided_at


def chief_measures_table(metrics: "RunMetrics") -> "Table":
    """The chief measures of a run, with parts withheld, on the test products."""
    # Products that were labelled to calibrate on may be all for validation.
    side = "test" if metrics.selections("test") else "val"
    rows = []
    for selection in metrics.selections(side):
        values = [selection.measures.get(name, Interval()).value for name in CHIEF]
        shares = [None if value is None else f"{value:.1%}" for value in values]
        rows.append((selection.name, selection.n, *shares))
    title = f"measures of the {'test' if side == 'test' else 'validation'} products"
    headings = (MEASURES[name].on_screen for name in CHIEF)
    return build_table(("given", "products", *headings), rows, title=title)


def model_tables(facts: Mapping[str, Any]) -> list["Table"]:
    """What a model directory is, as `prodcat.modeldir.describe` tells it."""
    accuracies = list(dict.fromkeys(a for row in facts["thresholds"].values() for a in row))
    in_percent = [f"{100 * float(accuracy):g} %" for accuracy in accuracies]
    apart = ("thresholds", "passes", "files")
    other_facts = {name: value for name, value in facts.items() if name not in apart}

    def rows(name: str, wording: str) -> list[tuple[str, ...]]:
        stored = facts[name].items()
        return [
            (parts, *("-" if (x := row.get(a)) is None else format(x, wording) for a in accuracies))
            for parts, row in stored
        ]

    return [
        build_table(("", ""), _flat(other_facts)),
        build_table(("share answered at", *in_percent), rows("passes", ".1%")),
        build_table(("threshold for", *in_percent), rows("thresholds", ".4f")),
        build_table(("file", "bytes"), facts["files"].items()),
    ]


def _categories(title: str, categories: Iterable[Any]) -> "Table":
    return build_table((title, "products"), [(c.category, c.products) for c in categories])


def _reasons(reasons: Iterable["ReasonCount"]) -> list["Table"]:
    rows = [(r.outcome, r.reason, r.count, _lines(r.examples)) for r in reasons]
    return [build_table(("outcome", "reason", "rows", "such as"), rows)] if rows else []


def _lines(examples: Sequence[str]) -> str:
    return "\n".join(examples)


def _row_numbers(rows: Sequence[int], count: int) -> str:
    """Write the numbers of the first of some rows.

    >>> _row_numbers((7,), 1), _row_numbers((7, 12), 2), _row_numbers((7, 12), 1204)
    ('row 7', 'rows 7, 12', 'rows 7, 12, …')
    """
    more = ", …" if count > len(rows) else ""
    return f"row{'s' if count > 1 else ''} {', '.join(map(str, rows))}{more}"


def _share(count: int, total: int) -> str:
    return f" ({count / total:.1%})" if total else ""


def _flat(facts: Mapping[str, Any], indent: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in facts.items():
        yield f"{indent}{str(name).replace('_', ' ')}", "" if isinstance(value, Mapping) else value
        if isinstance(value, Mapping):
            yield from _flat(value, indent + "  ")


def _cell(text: str | None) -> str | None:
    return None if text is None else shorten(text, CELL)
