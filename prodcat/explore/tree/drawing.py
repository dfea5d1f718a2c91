"""Dendrograms as SVG: of categories beside the shop's own tree, and of pictures.

The colours of lines and texts follow the page's theme.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from prodcat.analyze.charts.chart import COLOURS
from prodcat.explore.svg import open_svg
from prodcat.explore.tree.linkage import Dendrogram
from prodcat.taxonomy.paths import CategoryPath, join_path
from prodcat.wording import clean, number, shorten

PITCH = 16
"""Pixels from one category to the next."""
PICTURE_PITCH = 44
PICTURE_WIDTH = 30
TREE_WIDTH = 300
LABEL_WIDTH = 170
LINK_WIDTH = 90
LEVEL_WIDTH = 130
MARGIN = 18
AXIS = 34
"""Pixels above the first leaf, for the axis and the headings."""
TICKS = 4
LABEL_LENGTH = 26


@dataclass(frozen=True)
class Line:
    """A join as drawn: up from one branch, along, and down to the other; in units of the tree."""

    first: float
    """Place of the one branch, from top to bottom."""
    second: float
    first_height: float
    second_height: float
    height: float
    leaves: int
    node: int


def join_lines(dendrogram: Dendrogram) -> list[Line]:
    """Return the lines of a dendrogram, one for each join.

    They are those of `scipy.cluster.hierarchy.dendrogram`, where leaves are 10 apart from 5 on.
    """
    heights = [0.0] * dendrogram.leaves + [join.height for join in dendrogram.joins]
    lines = []
    for node, join in enumerate(dendrogram.joins, dendrogram.leaves):
        first, second = sorted((join.left, join.right), key=lambda n: dendrogram.places[n])
        lines.append(
            Line(
                float(dendrogram.places[first]),
                float(dendrogram.places[second]),
                heights[first],
                heights[second],
                join.height,
                join.size,
                node,
            )
        )
    return lines


def draw_beside_tree(dendrogram: Dendrogram, paths: Sequence[CategoryPath]) -> str:
    """Draw the categories as the data joins them, linked to where they hang in the shop's tree.

    Args:
        dendrogram: Of the categories.
        paths: Theirs, in the order of the shop's tree, (C,).
    """
    tops = list(dict.fromkeys(path[0] for path in paths))
    colours = [COLOURS[tops.index(path[0]) % len(COLOURS)] for path in paths]
    levels = max(map(len, paths))
    left = MARGIN + TREE_WIDTH
    links = left + LABEL_WIDTH
    right = links + LINK_WIDTH
    width = right + LABEL_WIDTH + (levels - 1) * LEVEL_WIDTH + MARGIN
    height = AXIS + PITCH * len(paths) + MARGIN
    parts = [
        open_svg(width, height, "Categories as the data joins them, beside the shop's tree"),
        _heading(MARGIN, "As the data sees them"),
        _heading(right, "As the shop has them"),
        *_draw_tree(dendrogram, _branch_colours(dendrogram, colours), PITCH),
    ]
    for place, leaf in enumerate(dendrogram.order):
        y, there = _y(place, PITCH), _y(leaf, PITCH)
        label, title = _label(paths[leaf][-1]), escape(clean(join_path(paths[leaf])))
        for x, at in ((left + 5, y), (right + 5, there)):
            parts.append(
                f'<text x="{x}" y="{at + 4}" style="fill:{colours[leaf]}"><title>{title}</title>'
                f"{label}</text>"
            )
        parts.append(
            f'<path d="M{links} {y}C{links + LINK_WIDTH / 2} {y} {links + LINK_WIDTH / 2} {there}'
            f' {right} {there}" fill="none" stroke="{colours[leaf]}" opacity=".55">'
            f"<title>{title}</title></path>"
        )
    parts += _draw_own_tree(paths, right + LABEL_WIDTH)
    return "".join([*parts, "</svg>"])


def _draw_own_tree(paths: Sequence[CategoryPath], x: int) -> list[str]:
    """Draw the categories above, each over the height of what is below it."""
    parts = []
    levels = max(map(len, paths))
    for level in range(levels - 1, 0, -1):
        at = x + (levels - 1 - level) * LEVEL_WIDTH
        start = 0
        for place in range(1, len(paths) + 1):
            if place < len(paths) and paths[place][:level] == paths[start][:level]:
                continue
            if len(paths[start]) > level:
                top, bottom = _y(start, PITCH) - 5, _y(place - 1, PITCH) + 5
                title = escape(clean(join_path(paths[start][:level])))
                parts.append(
                    f'<path d="M{at} {top}h4V{bottom}h-4" fill="none" stroke="var(--quiet)"/>'
                    f'<text x="{at + 9}" y="{(top + bottom) / 2 + 4}"><title>{title}</title>'
                    f"{_label(paths[start][level - 1], 17)}</text>"
                )
            start = place
    return parts


def draw_with_pictures(
    dendrogram: Dendrogram,
    products: Sequence[int],
    labels: Sequence[str],
    colours: Sequence[str],
) -> str:
    """Draw products as the data joins them, each with its picture.

    Args:
        dendrogram: Of the products.
        products: Their rows in the map, (N,).
        labels: What stands beside the pictures, (N,).
        colours: Of the labels, (N,).
    """
    left = MARGIN + TREE_WIDTH
    height = AXIS + PICTURE_PITCH * len(products) + MARGIN
    parts = [
        open_svg(left + 400, height, "Pictures as the data joins them"),
        *_draw_tree(dendrogram, _branch_colours(dendrogram, colours), PICTURE_PITCH),
    ]
    for place, leaf in enumerate(dendrogram.order):
        y = _y(place, PICTURE_PITCH)
        parts.append(
            f'<foreignObject x="{left + 5}" y="{y - PICTURE_PITCH / 2 + 1}"'
            f' width="{PICTURE_WIDTH + 4}" height="{PICTURE_PITCH - 2}">'
            f'<span data-picture="{products[leaf]}"></span></foreignObject>'
            f'<text x="{left + PICTURE_WIDTH + 16}" y="{y + 4}" style="fill:{colours[leaf]}">'
            f"{_label(labels[leaf], 60)}</text>"
        )
    return "".join([*parts, "</svg>"])


def _heading(x: float, text: str) -> str:
    return f'<text x="{x}" y="12" font-weight="600">{escape(text)}</text>'


def _y(place: float, pitch: int) -> float:
    return AXIS + (place + 0.5) * pitch


def _label(text: str, length: int = LABEL_LENGTH) -> str:
    return escape(shorten(clean(text), length))


def _branch_colours(dendrogram: Dendrogram, colours: Sequence[str]) -> list[str]:
    """Return the colour of each node: that of its leaves where they have one, else quiet."""
    found = list(colours)
    for join in dendrogram.joins:
        first, second = found[join.left], found[join.right]
        found.append(first if first == second else "var(--quiet)")
    return found


def _draw_tree(dendrogram: Dendrogram, colours: Sequence[str], pitch: int) -> list[str]:
    """Draw the joins: leaves at the right, the last join at the left."""
    most = max([join.height for join in dendrogram.joins], default=0.0) or 1.0

    def x(height: float) -> float:
        return round(MARGIN + TREE_WIDTH * (1 - height / most), 1)

    parts = []
    for tick in range(TICKS + 1):
        height = most * tick / TICKS
        parts.append(
            f'<path d="M{x(height)} {AXIS - 6}v4" stroke="var(--quiet)"/>'
            f'<text x="{x(height)}" y="{AXIS - 9}" font-size="10" text-anchor="middle">'
            f"{number(height, digits=2)}</text>"
        )
    for line in join_lines(dendrogram):
        first, second = _y(line.first, pitch), _y(line.second, pitch)
        parts.append(
            f'<path d="M{x(line.first_height)} {first:.1f}H{x(line.height)}V{second:.1f}'
            f'H{x(line.second_height)}" fill="none" stroke="{colours[line.node]}"'
            f' stroke-width="1.3"><title>{line.leaves} join at {line.height:.3f}</title></path>'
        )
    return parts
