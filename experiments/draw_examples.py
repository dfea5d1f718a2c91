"""Draws the pictures of the example products that come with prodcat.

    python experiments/draw_examples.py

Each is drawn four times as large with Pillow and scaled down, on white, as a shop
shows its products. The pictures are ours alone, so they can be given away.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

FOLDER = Path(__file__).parents[1] / "prodcat" / "examples"
SCALE = 4
Draw = ImageDraw.ImageDraw
Point = tuple[float, float]
Points = Sequence[Point]


def shirt(draw: Draw) -> None:
    """A blue T-shirt, seen from the front, of 180 by 240."""
    body = [(62, 40), (118, 40), (160, 62), (176, 104), (146, 116), (136, 96), (136, 206)]
    body += [(44, 206), (44, 96), (34, 116), (4, 104), (20, 62)]
    polygon(draw, body, "#2a5caa")
    for x in (44, 136):
        line(draw, [(x, 96), (x, 130)], "#1f4785", 2)
    ellipse(draw, (66, 26, 114, 58), "#ffffff")
    arc(draw, (64, 24, 116, 62), 10, 170, "#1f4785", 5)
    for y in (196, 200):
        line(draw, [(46, y), (134, y)], "#1f4785", 1)


def running_shoe(draw: Draw) -> None:
    """A red running shoe from its side, of 240 by 180."""
    polygon(draw, [(14, 132), (226, 132), (230, 146), (218, 156), (26, 156), (12, 146)], "#f4f4f4")
    line(draw, [(14, 156), (222, 156)], "#333333", 4)
    upper = [(16, 132), (18, 74), (36, 54), (62, 60), (84, 80), (112, 60), (136, 76)]
    upper += [(170, 100), (210, 108), (226, 122), (228, 134)]
    polygon(draw, upper, "#c62828")
    polygon(draw, [(112, 60), (136, 76), (120, 104), (88, 90), (84, 80)], "#8e1b1b")
    for step in range(4):
        x, y = 104 + step * 12, 68 + step * 9
        line(draw, [(x, y), (x + 20, y - 8)], "#ffffff", 3)
    polygon(draw, [(40, 122), (92, 104), (130, 118), (96, 114), (56, 128)], "#ffffff")
    polygon(draw, [(16, 132), (18, 96), (34, 104), (38, 132)], "#8e1b1b")
    for x in range(30, 220, 14):
        line(draw, [(x, 146), (x + 6, 154)], "#bbbbbb", 2)


def watch(draw: Draw) -> None:
    """A watch with a leather strap, of 150 by 200."""
    polygon(draw, [(54, 0), (96, 0), (100, 62), (50, 62)], "#5d4037")
    polygon(draw, [(50, 138), (100, 138), (96, 200), (54, 200)], "#5d4037")
    for y in range(158, 194, 10):
        ellipse(draw, (73, y, 77, y + 4), "#2e1f1a")
    ellipse(draw, (27, 52, 123, 148), "#9e9e9e")
    ellipse(draw, (33, 58, 117, 142), "#fafafa")
    polygon(draw, [(122, 94), (130, 94), (130, 106), (122, 106)], "#757575")
    for hour in range(12):
        angle = hour * math.pi / 6
        inner, outer = 33 if hour % 3 else 29, 38
        ends = [(75 + r * math.sin(angle), 100 - r * math.cos(angle)) for r in (inner, outer)]
        line(draw, ends, "#212121", 3)
    line(draw, [(75, 100), (57, 86)], "#212121", 5)
    line(draw, [(75, 100), (97, 80)], "#212121", 3)
    ellipse(draw, (71, 96, 79, 104), "#212121")


def handbag(draw: Draw) -> None:
    """A brown handbag, of 200 by 200."""
    arc(draw, (56, 14, 144, 130), 180, 360, "#6d3f1d", 8)
    polygon(draw, [(30, 76), (170, 76), (186, 182), (14, 182)], "#a0612f")
    polygon(draw, [(30, 76), (170, 76), (174, 104), (100, 126), (26, 104)], "#87501f")
    line(draw, [(30, 76), (170, 76)], "#6d3f1d", 3)
    ellipse(draw, (91, 112, 109, 130), "#e6c35c")
    line(draw, [(20, 172), (180, 172)], "#c78f5c", 1)


def sunglasses(draw: Draw) -> None:
    """Black sunglasses from the front, of 240 by 120."""
    for x in (22, 130):
        ellipse(draw, (x - 5, 33, x + 93, 99), "#111111")
        ellipse(draw, (x, 38, x + 88, 94), "#3d4653")
        arc(draw, (x + 10, 46, x + 70, 88), 195, 260, "#8c97a5", 4)
    arc(draw, (104, 44, 136, 76), 200, 340, "#111111", 6)
    line(draw, [(18, 52), (4, 44)], "#111111", 7)
    line(draw, [(222, 52), (236, 44)], "#111111", 7)


def jeans(draw: Draw) -> None:
    """Blue jeans from the front, of 120 by 240."""
    polygon(
        draw, [(28, 12), (92, 12), (108, 228), (70, 228), (60, 92), (50, 228), (12, 228)], "#37568c"
    )
    polygon(draw, [(28, 12), (92, 12), (93, 24), (27, 24)], "#2b4470")
    line(draw, [(60, 24), (60, 84)], "#2b4470", 2)
    arc(draw, (14, 10, 46, 52), 20, 100, "#d8a24a", 1)
    arc(draw, (74, 10, 106, 52), 80, 160, "#d8a24a", 1)
    ellipse(draw, (57, 15, 63, 21), "#d8a24a")
    for x, bend in ((32, -4), (88, 4)):
        line(draw, [(x, 60), (x + bend, 220)], "#4b6ea8", 4)
    line(draw, [(12, 222), (50, 222)], "#d8a24a", 1)
    line(draw, [(70, 222), (108, 222)], "#d8a24a", 1)


PICTURES: dict[str, tuple[int, int, Callable[[Draw], None]]] = {
    "shirt.jpg": (180, 240, shirt),
    "running-shoe.jpg": (240, 180, running_shoe),
    "watch.jpg": (150, 200, watch),
    "handbag.jpg": (200, 200, handbag),
    "sunglasses.jpg": (240, 120, sunglasses),
    "jeans.jpg": (120, 240, jeans),
}


def main() -> None:
    """Draw all pictures into the package."""
    for name, (width, height, paint) in PICTURES.items():
        image = Image.new("RGB", (width * SCALE, height * SCALE), "white")
        paint(ImageDraw.Draw(image))
        image = image.filter(ImageFilter.GaussianBlur(SCALE / 2))
        image = image.resize((width, height), Image.Resampling.LANCZOS)
        image.save(FOLDER / name, quality=85, optimize=True)


def scaled(points: Points) -> list[Point]:
    """Return the points in the large picture's pixels."""
    return [(x * SCALE, y * SCALE) for x, y in points]


def polygon(draw: Draw, points: Points, colour: str) -> None:
    """Fill a polygon."""
    draw.polygon(scaled(points), fill=colour)


def line(draw: Draw, points: Points, colour: str, width: int) -> None:
    """Draw a line."""
    draw.line(scaled(points), fill=colour, width=width * SCALE, joint="curve")


def ellipse(draw: Draw, box: tuple[float, float, float, float], colour: str) -> None:
    """Fill the ellipse in a box."""
    draw.ellipse([edge * SCALE for edge in box], fill=colour)


def arc(
    draw: Draw,
    box: tuple[float, float, float, float],
    start: float,
    end: float,
    colour: str,
    width: int,
) -> None:
    """Draw a part of the ellipse in a box; angles in degrees, clockwise from the right."""
    draw.arc([edge * SCALE for edge in box], start, end, fill=colour, width=width * SCALE)


if __name__ == "__main__":
    main()
