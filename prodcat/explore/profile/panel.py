"""The tab of the page that holds the profile."""

from collections.abc import Iterator, Sequence
from html import escape

from prodcat.explore.colour_names import SHOWN
from prodcat.explore.map_data import Panel
from prodcat.explore.profile.counting import Count, Histogram, Profile
from prodcat.explore.profile.drawing import Bar, draw_bars, draw_histogram
from prodcat.wording import clean, shown

NAME = "Profile"
FIGURE = '<figure style="overflow-x:auto">'
"""A chart that is wider than a phone is moved, not made too small to read."""


def profile_panel(profile: Profile) -> Panel:
    """Return the tab."""
    parts = [
        f"<h2>What {profile.products:,} products hold</h2>",
        *_missing(profile),
        *_categories(profile),
        *_histogram("Lengths of names", profile.name_lengths, "characters"),
        *_histogram("Lengths of descriptions", profile.description_lengths, "characters"),
        *_pictures(profile),
        *_prices(profile),
    ]
    for name, different, values in profile.columns:
        parts.append(f"<h3>{escape(clean(name)).capitalize()}: {different:,} different</h3>")
        parts.append(_bars(name, values, profile.products))
    return Panel(NAME, "\n".join(parts))


def _missing(profile: Profile) -> Iterator[str]:
    yield "<h3>What is missing</h3>"
    bars = [Bar(f"no {count.name}", count.count) for count in profile.missing]
    yield f"{FIGURE}{draw_bars('Missing parts', bars, of=profile.products)}</figure>"
    buttons = [_button(f"no {c.name}", c) for c in profile.missing if c.rows]
    if buttons:
        yield f"<p>Show on the map: {' '.join(buttons)}</p>"
    if profile.broken_pictures:
        yield f"<p>{profile.broken_pictures:,} pictures are gone, or cannot be opened.</p>"


def _categories(profile: Profile) -> Iterator[str]:
    yield "<h3>Categories</h3>"
    if not profile.levels:
        yield "<p>No product has a category.</p>"
        return
    head = ("Level", "Categories", "Products here or below", "Labelled at this level")
    rows = [
        (f"{level.level}", f"{level.categories:,}", f"{level.products:,}", f"{level.labels:,}")
        for level in profile.levels
    ]
    yield _table(head, rows)
    yield "<h3>Largest categories</h3>"
    yield _bars("Largest categories", profile.largest, profile.products)
    yield "<h3>Categories by their number of products</h3>"
    bars = [Bar(f"{name} products", count) for name, count in profile.category_sizes]
    yield f"{FIGURE}{draw_bars('Sizes of categories', bars)}</figure>"


def _histogram(title: str, drawn: Histogram | None, unit: str) -> Iterator[str]:
    if drawn is None:
        return
    yield f"<h3>{title}</h3>"
    yield (
        f"<p>Of {drawn.total:,}, half are {_amount(drawn.median)} or less; nine in ten are"
        f" {_amount(drawn.low)} to {_amount(drawn.high)} ({unit}).</p>"
    )
    yield f"{FIGURE}{draw_histogram(title, drawn, unit)}</figure>"


def _pictures(profile: Profile) -> Iterator[str]:
    yield from _histogram("Sizes of pictures", profile.picture_sides, "pixels, the longer side")
    if profile.picture_sizes:
        yield _bars("Commonest sizes of pictures", profile.picture_sizes, profile.products)
    if profile.colours:
        yield "<h3>Main colours of pictures</h3>"
        yield (
            "<p>Of the foreground, as the eye would name it. Skin counts little, white on white"
            " is often missed.</p>"
        )
        bars = [Bar(c.name, c.count, SHOWN.get(c.name, "#888888")) for c in profile.colours]
        yield f"{FIGURE}{draw_bars('Main colours', bars, of=profile.products)}</figure>"
        yield f"<p>{' '.join(_button(c.name, c) for c in profile.colours)}</p>"


def _prices(profile: Profile) -> Iterator[str]:
    yield from _histogram("Prices", profile.prices, "in the shop's currency")
    if len(profile.prices_by_category) > 1:
        head = ("Category", "Products with a price", "5 % are below", "Median", "5 % are above")
        rows = [
            (
                escape(clean(level.category)),
                f"{level.products:,}",
                *(_amount(value) for value in (level.low, level.median, level.high)),
            )
            for level in profile.prices_by_category
        ]
        yield _table(head, rows)


def _bars(title: str, counts: Sequence[Count], of: int) -> str:
    bars = [Bar(count.name, count.count) for count in counts]
    return f"{FIGURE}{draw_bars(title, bars, of=of)}</figure>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of cells that are HTML already."""
    top = "".join(f"<th>{escape(heading)}</th>" for heading in head)
    body = "".join(
        f"<tr><th>{row[0]}</th>{''.join(f'<td>{cell}</td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'
        "</div>"
    )


def _button(text: str, count: Count) -> str:
    rows = " ".join(map(str, count.rows))
    first = "" if count.count == len(count.rows) else f", the first {len(count.rows):,}"
    return f'<button data-show="{rows}">{escape(clean(text))} ({count.count:,}{first})</button>'


def _amount(value: float) -> str:
    return shown(round(value)) if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
