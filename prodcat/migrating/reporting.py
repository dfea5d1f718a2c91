"""What a change of the tree does, as a workbook, a page, or JSON."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from prodcat.excel.cells import cut_text
from prodcat.excel.outputs import output_suffix
from prodcat.excel.sheets import Sheets, open_sheets, write_headings
from prodcat.files import write_json, write_text
from prodcat.migrating.migrating import Migrated
from prodcat.migrating.outcomes import KINDS
from prodcat.migrating.plan import Plan, Uses
from prodcat.search.duplicates.page import page_of
from prodcat.taxonomy.paths import join_path
from prodcat.wording import encodable, shorten

SUFFIXES = (".xlsx", ".html", ".json")
CATEGORIES = (
    *("kind", "category", "new category", "products", "decisions", "suggestions", "why"),
    *("sure", "such as", "id", "new id"),
)
WIDTHS = (10, 50, 50, 10, 10, 11, 40, 8, 50, 30, 30)
REVIEW = ("id", "name", "label", "answer", "verdict")
"""Those of a list that `prodcat import` takes decisions from."""
MOST_ROWS = 500
"""Categories of one kind on a page."""
CELL = 120


def check_report(output: Path) -> None:
    """Refuse an output that cannot be written.

    Raises:
        InputError: If it is of no kind that we write, or its folder is not there.
        MissingDependencyError: If a library is missing.
    """
    output_suffix(output, SUFFIXES, what="A report is")


def write_report(migrated: Migrated, output: Path) -> None:
    """Write what a change does as .xlsx, .html or .json, by the file's ending.

    Raises:
        InputError: If the ending is another.
        OSError: If it cannot be written.
    """
    check_report(output)
    if output.suffix.lower() == ".json":
        write_json(output, migrated.to_dict())
    elif output.suffix.lower() == ".html":
        write_text(output, _page(migrated), errors="replace")
    else:
        with open_sheets(output, "From one category tree to another") as sheets:
            _summary(sheets, migrated)
            _categories(sheets, migrated.plan)
            _review(sheets, migrated.plan)


def summary_lines(migrated: Migrated) -> Iterator[tuple[str, int | str]]:
    """Yield what a manager wants to know first."""
    plan = migrated.plan
    data = plan.to_dict()
    yield "products", plan.products
    yield "with a label before", data["labelled_before"]
    yield "with a label after", data["labelled_after"]
    yield "  told apart where a category is split", data["split_products"]["told_apart"]
    yield "  to be told apart in the queue", data["split_products"]["to_review"]
    yield "decisions of people that go along", sum(u.decisions for u in plan.uses.values())
    yield "categories without an answer", len(plan.unanswered)
    yield "categories whose counterpart nobody is sure of", len(plan.doubtful)
    yield "labels that the old tree does not have", sum(plan.outside.values())
    yield "ids that both trees have, for different categories", len(plan.ambiguous)


def _summary(sheets: Sheets, migrated: Migrated) -> None:
    sheet = sheets.add("summary")
    sheet.set_column(0, 0, 50)
    facts = list(summary_lines(migrated))
    for row, (what, value) in enumerate(facts):
        sheet.write_string(row, 0, what, sheets.bold)
        if isinstance(value, int):
            sheet.write_number(row, 1, value)
        else:
            sheet.write_string(row, 1, value)
    first = len(facts) + 1
    write_headings(sheet, first, ("what becomes of them", "categories", "products"), sheets.head)
    for row, (kind, counts) in enumerate(migrated.plan.counts().items(), first + 1):
        sheet.write_string(row, 0, kind)
        sheet.write_number(row, 1, counts["categories"])
        sheet.write_number(row, 2, counts["products"])
    for row, note in enumerate(migrated.plan.notes, first + len(KINDS) + 2):
        sheet.write_string(row, 0, cut_text(encodable(note)))


def _categories(sheets: Sheets, plan: Plan) -> None:
    sheet = sheets.add("categories")
    write_headings(sheet, 0, CATEGORIES, sheets.head)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 2)
    last = 0
    for last, cells in enumerate(category_rows(plan), 1):
        for column, cell in enumerate(cells):
            if isinstance(cell, int):
                sheet.write_number(last, column, cell)
            else:
                sheet.write_string(last, column, cut_text(encodable(cell)))
    sheet.autofilter(0, 0, max(1, last), len(CATEGORIES) - 1)


def category_rows(plan: Plan) -> Iterator[tuple[str | int, ...]]:
    """Yield a row for each category: what has no answer first, then what is in doubt."""
    right = plan.mapping.right
    urgent = {o.category: place for place, o in enumerate((*plan.unanswered, *plan.doubtful))}
    order = sorted(
        plan.outcomes,
        key=lambda o: (urgent.get(o.category, len(urgent)), -KINDS.index(o.kind), o.path),
    )
    for one in order:
        uses = plan.uses.get(one.category, Uses())
        new = "" if one.new is None else join_path(right.path(one.new))
        among = " | ".join(join_path(right.path(each)) for each in one.counterparts)
        yield (
            "no answer" if not one.is_answered else one.kind,
            *(join_path(one.path), among or new),
            *(uses.labels, uses.decisions, uses.suggestions, one.reason),
            "yes" if one.is_sure else "no",
            *("\n".join(uses.examples), one.category, one.new or ""),
        )


def _review(sheets: Sheets, plan: Plan) -> None:
    sheet = sheets.add("to review")
    write_headings(sheet, 0, REVIEW, sheets.head)
    for column, width in enumerate((16, 50, 40, 40, 40)):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 2)
    paths = {one.category: join_path(one.path) for one in plan.outcomes}
    choices = {
        one.category: [join_path(plan.mapping.right.path(c)) for c in one.counterparts]
        for one in plan.outcomes
    }
    waiting = [one for one in plan.splits if one.counts and one.choice is None]
    for row, one in enumerate(waiting, 1):
        for column, text in enumerate((one.id, one.name, paths[one.old])):
            sheet.write_string(row, column, cut_text(encodable(str(text))))
        listed = choices[one.old]
        # Excel takes lists of up to 255 characters.
        if len(",".join(listed)) < 255 and not any("," in each for each in listed):
            options = {"validate": "list", "source": listed, "error_type": "information"}
            sheet.data_validation(row, REVIEW.index("verdict"), row, 4, options)


def _page(migrated: Migrated) -> str:
    plan = migrated.plan
    done = "went over" if migrated.change is not None else "would go over"
    summary = (
        f"The corpus {done} to the tree {plan.name}. "
        + "; ".join(f"{what.strip()}: {value:,}" for what, value in summary_lines(migrated))
        + "."
    )
    sections, left_out = [], list(plan.notes)
    rows = list(category_rows(plan))
    for kind in ("no answer", *reversed(KINDS)):
        found = [row for row in rows if row[0] == kind]
        if not found:
            continue
        if len(found) > MOST_ROWS:
            left_out.append(f"Of {kind} the first {MOST_ROWS} of {len(found):,} are shown.")
        items = "".join(map(_item, found[:MOST_ROWS]))
        sections.append(f"<section><h2>{kind} ({len(found):,})</h2><ul>{items}</ul></section>")
    return page_of("From one category tree to another", summary, left_out, sections)


def _item(row: tuple[str | int, ...]) -> str:
    _, path, new, products, decisions, _, why, sure, examples, *_ = row
    to = f"<p>→ <b>{escape(shorten(str(new), CELL))}</b></p>" if new else ""
    doubt = " Nobody is sure of it." if new and sure != "yes" else ""
    listed = str(examples).replace("\n", "; ")
    such_as = f" Such as {escape(shorten(listed, CELL))}." if examples else ""
    return (
        f"<li><b>{escape(shorten(str(path), CELL))}</b>{to}"
        f'<p class="quiet">{products:,} products, {decisions:,} decisions.{such_as}{doubt}</p>'
        f'<p class="quiet">{escape(shorten(str(why), CELL))}</p></li>'
    )
