"""The curve between the same kind and the same look, as an SVG."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from prodcat.files import write_text

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 360, 56, 40, 44
COLOURS = {"all parts": ("#1f6feb", "#d9730d"), "picture alone": ("#79b0ff", "#f2b27a")}
STYLE = "font:12px sans-serif;fill:#777"


def draw_curve(
    file: Path, shares: Sequence[float], points: Mapping[str, Sequence[Sequence[float]]]
) -> None:
    """Draw shares of the six nearest against the weight of the look.

    Args:
        file: What to write.
        shares: Weights of what the eye sees, from 0 to 1.
        points: Name of a kind of query → (same leaf, same colour) at each weight.
    """

    def x(share: float) -> float:
        return LEFT + share * (WIDTH - LEFT - 150)

    def y(value: float) -> float:
        return TOP + (1 - value) * (HEIGHT - TOP - BOTTOM)

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>Same leaf and same colour among the six nearest, by the weight of the look</title>",
        f'<text x="{LEFT}" y="20" style="{STYLE}">share of the six nearest, test products</text>',
    ]
    for tick in (0, 0.2, 0.4, 0.6, 0.8, 1):
        lines.append(
            f'<path d="M{x(0)} {y(tick):.1f}H{x(1):.1f}" stroke="#8886" fill="none"/>'
            f'<text x="{LEFT - 30}" y="{y(tick) + 4:.1f}" style="{STYLE}">{tick:.1f}</text>'
            f'<text x="{x(tick) - 8:.1f}" y="{HEIGHT - 24}" style="{STYLE}">{tick:.1f}</text>'
        )
    middle = (x(0) + x(1)) / 2 - 70
    lines.append(f'<text x="{middle}" y="{HEIGHT - 6}" style="{STYLE}">weight of the look</text>')
    for name, values in points.items():
        for place, measure in enumerate(("leaf", "colour")):
            colour = COLOURS[name][place]
            places = " ".join(
                f"{x(share):.1f},{y(value[place]):.1f}"
                for share, value in zip(shares, values, strict=True)
            )
            lines.append(
                f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>'
                f'<text x="{x(1) + 6:.1f}" y="{y(values[-1][place]) + 4:.1f}"'
                f' style="font:12px sans-serif" fill="{colour}">{measure}, {name}</text>'
            )
    write_text(file, "\n".join([*lines, "</svg>", ""]))
