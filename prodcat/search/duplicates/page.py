"""Near-duplicates as one page that opens without network: groups with pictures and reasons."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from prodcat.errors import ImageError
from prodcat.files import write_text
from prodcat.inputs.thumbnails import make_thumbnail
from prodcat.search.duplicates.records import DuplicateGroup, Duplicates, Member
from prodcat.tables.table import ProductTable
from prodcat.wording import shorten

MOST_GROUPS = 300
MOST_MEMBERS = 24
MOST_BYTES = 12_000_000
"""Of pictures on a page."""
NAME = 300
"""Characters of a name; it may be as long as a book."""
STYLE = """
:root { color-scheme: light dark; --ground: #fff; --panel: #f6f7f9; --line: #d5d9de;
  --text: #1d2126; --quiet: #59616a; --bad: #b3261e; --bad-ground: #fdecea; }
@media (prefers-color-scheme: dark) { :root { --ground: #15181c; --panel: #1e2227; --line: #3a414a;
  --text: #e6e8eb; --quiet: #a5adb6; --bad: #ff9d94; --bad-ground: #3b1d1b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; margin: .3rem 0; }
h2 { font-size: 1.05rem; margin: 0 0 .2rem; overflow-wrap: anywhere; }
p { margin: .3rem 0; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); font-size: .9rem; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
  padding: .8rem; margin: 1rem 0; }
.bad { color: var(--bad); background: var(--bad-ground); border-radius: 4px; padding: 0 .3rem; }
ul { list-style: none; margin: .6rem 0 0; padding: 0; display: grid; gap: .7rem;
  grid-template-columns: repeat(auto-fill, minmax(min(8.8rem, 100%), 1fr)); }
li { min-width: 0; background: var(--ground); border: 1px solid var(--line); border-radius: 6px;
  padding: .5rem; overflow-wrap: anywhere; font-size: .85rem; }
.picture { height: 96px; margin-bottom: .4rem; display: flex; align-items: center;
  justify-content: center; color: var(--quiet); }
.picture img { max-height: 96px; max-width: 100%; background: #fff; border-radius: 3px; }
b { font-weight: 600; }
"""


def write_page(found: Duplicates, file: Path, table: ProductTable | None) -> tuple[str, ...]:
    """Write the first groups as a page, with pictures where the table has some.

    Returns:
        What the page leaves out, in sentences.
    """
    shown = found.groups[:MOST_GROUPS]
    numbers = {member.row for group in shown for member in _first(group)}
    pictures = _pictures(table, numbers) if table is not None and numbers else {}
    sections = "\n".join(_section(number, group, pictures) for number, group in enumerate(shown, 1))
    summary = (
        f"{found.products_in_groups:,} of {found.products:,} products are in"
        f" {len(found.groups):,} groups;"
        f" {sum(group.contradicting for group in found.groups):,} of these have contradicting"
        " categories and come first, those of equal products before others."
    )
    left_out: tuple[str, ...] = ()
    if len(shown) < len(found.groups):
        left_out = (
            f"The page shows the first {len(shown):,} of {len(found.groups):,} groups;"
            " a table (.csv, .xlsx, .parquet or .jsonl) has all.",
        )
    page = page_of("Near-duplicates", summary, left_out, [sections])
    write_text(file, page, errors="replace")
    return left_out


def page_of(title: str, summary: str, left_out: Sequence[str], sections: Sequence[str]) -> str:
    """Return a whole page.

    Args:
        title: Of the page; plain text, as the next two are.
        summary: What is on it.
        left_out: What is not, in sentences.
        sections: HTML.
    """
    notes = "".join(f'<p class="quiet">{escape(line)}</p>' for line in left_out)
    shown = "\n".join(sections)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # Nothing is fetched and nothing runs, whatever a name holds.
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{escape(title)}</h1><p>{escape(summary)}</p>{notes}\n{shown}\n"
        "</main></body></html>\n"
    )


def _pictures(table: ProductTable, numbers: set[int]) -> dict[int, bytes]:
    """Read the pictures of these rows, made small; broken ones and what is too much are not."""
    pictures: dict[int, bytes] = {}
    room = MOST_BYTES
    for row in table.rows(stop=max(numbers)):
        if row.number not in numbers or row.image is None:
            continue
        try:
            small = make_thumbnail(row.image)
        except ImageError:
            continue
        room -= len(small)
        if room < 0:
            break
        pictures[row.number] = small
    return pictures


def _section(number: int, group: DuplicateGroup, pictures: dict[int, bytes]) -> str:
    size = len(group.members)
    flag = ' <span class="bad">contradicting categories</span>' if group.contradicting else ""
    members = "".join(_item(member, pictures) for member in _first(group))
    more = size - MOST_MEMBERS
    rest = f'<p class="quiet">and {more:,} more</p>' if more > 0 else ""
    labels = "; ".join(
        f"{' > '.join(path)} ({count:,})" for path, count in list(group.categories.items())[:8]
    )
    categories = f'<p class="quiet">{_shown(labels)}</p>' if group.contradicting else ""
    return (
        f"<section><h2>{number}. {escape(group.meaning)}: {size:,} products{flag}</h2>"
        f'<p class="quiet">{escape(group.why)}</p>{categories}<ul>{members}</ul>{rest}</section>'
    )


def _first(group: DuplicateGroup) -> list[Member]:
    """Return the members that there is room for, those whose category differs among them."""
    return sorted(group.members, key=lambda member: not member.label_differs)[:MOST_MEMBERS]


def _item(member: Member, pictures: dict[int, bytes]) -> str:
    small = pictures.get(member.row)
    if small is None:
        shown = "no picture"
    else:
        # The name stands beside it.
        shown = f'<img src="data:image/jpeg;base64,{base64.b64encode(small).decode()}" alt="">'
    path = " > ".join(member.category) or "no category"
    mark = ' class="bad"' if member.label_differs else ""
    twin = f" · equal {member.twin}" if member.twin is not None else ""
    return (
        f'<li><div class="picture">{shown}</div><b>{_shown(member.name) or "no name"}</b>'
        f"<p><span{mark}>{_shown(path)}</span></p>"
        f'<p class="quiet">{_shown(member.id or f"row {member.row}")}{twin}</p></li>'
    )


def _shown(text: str) -> str:
    return escape(shorten(text, NAME))
