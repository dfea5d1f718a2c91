"""Bars as SVG that follow the page's theme."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from prodcat.analyze.charts.chart import COLOURS
from prodcat.explore.profile.counting import Histogram
from prodcat.explore.svg import open_svg
from prodcat.wording import ELLIPSIS, clean, percent, shorten, shown

WIDTH = 640
LABEL_WIDTH = 270
VALUE_WIDTH = 110
ROW = 20
HEIGHT = 190
AXIS = 24
TICKS = 6
LABEL_LENGTH = 36


@dataclass(frozen=True)
class Bar:
    """One bar."""

    name: str
    count: int
    colour: str = COLOURS[0]


def draw_bars(title: str, bars: Sequence[Bar], *, of: int | None = None) -> str:
    """Draw bars from the left, each with its name and count.

    Args:
        title: Of the chart, for those who cannot see it.
        bars: From top to bottom.
        of: What the counts are shares of, which are told beside them; None for none.
    """
    most = max((bar.count for bar in bars), default=0) or 1
    room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
    parts = [open_svg(WIDTH, ROW * len(bars), title)]
    for place, bar in enumerate(bars):
        y, length = place * ROW, room * bar.count / most
        share = f" ({percent(bar.count / of)})" if of else ""
        name = clean(bar.name)
        parts.append(
            f'<text x="{LABEL_WIDTH - 8}" y="{y + 14}" text-anchor="end"><title>{escape(name)}'
            f"</title>{escape(_shortened(name))}</text>"
            f'<rect x="{LABEL_WIDTH}" y="{y + 3}" width="{length:.1f}" height="{ROW - 6}"'
            f' fill="{bar.colour}" stroke="var(--line)"/>'
            f'<text x="{LABEL_WIDTH + length + 6:.1f}" y="{y + 14}">{bar.count:,}{share}</text>'
        )
    return "".join([*parts, "</svg>"])


def draw_histogram(title: str, drawn: Histogram, unit: str) -> str:
    """Draw how often values occur, with their ends below.

    Args:
        title: Of the chart, for those who cannot see it.
        drawn: What is drawn.
        unit: Of the values, below the axis.
    """
    most = max(drawn.counts) or 1
    step = (WIDTH - 2 * AXIS) / len(drawn.counts)
    floor = HEIGHT - 2 * AXIS
    parts = [open_svg(WIDTH, HEIGHT, title)]
    for place, count in enumerate(drawn.counts):
        height = (floor - 14) * count / most
        low, high = drawn.edges[place], drawn.edges[place + 1]
        parts.append(
            f'<rect x="{AXIS + place * step + 0.5:.1f}" y="{floor - height:.1f}"'
            f' width="{max(step - 1, 1):.1f}" height="{height:.1f}" fill="{COLOURS[0]}">'
            f"<title>{_value(low)} to {_value(high)} {escape(unit)}: {count:,}</title></rect>"
        )
    every = max(1, -(-len(drawn.edges) // TICKS))
    for place in range(0, len(drawn.edges), every):
        parts.append(
            f'<text x="{AXIS + place * step:.1f}" y="{floor + 16}" text-anchor="middle">'
            f"{_value(drawn.edges[place])}</text>"
        )
    parts.append(
        f'<path d="M{AXIS} {floor}H{WIDTH - AXIS}" stroke="var(--quiet)"/>'
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(unit)}'
        f"{', each bar as many times wider' if drawn.log else ''}</text>"
        f'<text x="{AXIS}" y="10">{most:,}</text>'
    )
    return "".join([*parts, "</svg>"])


def _shortened(name: str) -> str:
    """Cut a long path at its front, since its end says most; any other text at its end."""
    if len(name) <= LABEL_LENGTH or " > " not in name:
        return shorten(name, LABEL_LENGTH)
    return ELLIPSIS + name[len(name) - LABEL_LENGTH + 1 :].lstrip()


def _value(value: float) -> str:
    if abs(value) >= 100:
        return f"{round(value):,}"
    return shown(int(value)) if value == int(value) else f"{value:.3g}"
