"""Draws products on white, as a shop shows them; so the pictures are ours alone to give away."""

import math
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw, ImageFilter

Points = Sequence[tuple[float, float]]
Box = tuple[float, float, float, float]


class Canvas:
    """A white picture that is drawn larger than it will be, so that its edges are smooth.

    Args:
        width: In pixels, of what it will be.
        height: The same.
        scale: How much larger it is drawn.
    """

    def __init__(self, width: int, height: int, scale: int = 4) -> None:
        self.size, self.scale = (width, height), scale
        self._image = Image.new("RGB", (width * scale, height * scale), "white")
        self._draw = ImageDraw.Draw(self._image)

    def finish(self) -> Image.Image:
        """Return the picture at its size."""
        image = self._image.filter(ImageFilter.GaussianBlur(self.scale / 2))
        return image.resize(self.size, Image.Resampling.LANCZOS)

    def _scaled(self, points: Points) -> list[tuple[float, float]]:
        return [(x * self.scale, y * self.scale) for x, y in points]

    def polygon(self, points: Points, colour: str) -> None:
        """Fill a polygon."""
        self._draw.polygon(self._scaled(points), fill=colour)

    def line(self, points: Points, colour: str, width: int) -> None:
        """Draw a line."""
        self._draw.line(self._scaled(points), fill=colour, width=width * self.scale, joint="curve")

    def ellipse(self, box: Box, colour: str) -> None:
        """Fill the ellipse in a box."""
        self._draw.ellipse([edge * self.scale for edge in box], fill=colour)

    def arc(self, box: Box, start: float, end: float, colour: str, width: int) -> None:
        """Draw a part of the ellipse in a box; angles in degrees, clockwise from the right."""
        edges = [edge * self.scale for edge in box]
        self._draw.arc(edges, start, end, fill=colour, width=width * self.scale)


def shirt(canvas: Canvas, colour: str = "#2a5caa", dark: str = "#1f4785") -> None:
    """A T-shirt, seen from the front, of 180 by 240."""
    body = [(62, 40), (118, 40), (160, 62), (176, 104), (146, 116), (136, 96), (136, 206)]
    body += [(44, 206), (44, 96), (34, 116), (4, 104), (20, 62)]
    canvas.polygon(body, colour)
    for x in (44, 136):
        canvas.line([(x, 96), (x, 130)], dark, 2)
    canvas.ellipse((66, 26, 114, 58), "#ffffff")
    canvas.arc((64, 24, 116, 62), 10, 170, dark, 5)
    for y in (196, 200):
        canvas.line([(46, y), (134, y)], dark, 1)


def running_shoe(canvas: Canvas, colour: str = "#c62828", dark: str = "#8e1b1b") -> None:
    """A running shoe from its side, of 240 by 180."""
    sole = [(14, 132), (226, 132), (230, 146), (218, 156), (26, 156), (12, 146)]
    canvas.polygon(sole, "#f4f4f4")
    canvas.line([(14, 156), (222, 156)], "#333333", 4)
    upper = [(16, 132), (18, 74), (36, 54), (62, 60), (84, 80), (112, 60), (136, 76)]
    upper += [(170, 100), (210, 108), (226, 122), (228, 134)]
    canvas.polygon(upper, colour)
    canvas.polygon([(112, 60), (136, 76), (120, 104), (88, 90), (84, 80)], dark)
    for step in range(4):
        x, y = 104 + step * 12, 68 + step * 9
        canvas.line([(x, y), (x + 20, y - 8)], "#ffffff", 3)
    canvas.polygon([(40, 122), (92, 104), (130, 118), (96, 114), (56, 128)], "#ffffff")
    canvas.polygon([(16, 132), (18, 96), (34, 104), (38, 132)], dark)
    for x in range(30, 220, 14):
        canvas.line([(x, 146), (x + 6, 154)], "#bbbbbb", 2)


def watch(canvas: Canvas, colour: str = "#5d4037", dark: str = "#2e1f1a") -> None:
    """A watch with a strap, of 150 by 200."""
    canvas.polygon([(54, 0), (96, 0), (100, 62), (50, 62)], colour)
    canvas.polygon([(50, 138), (100, 138), (96, 200), (54, 200)], colour)
    for y in range(158, 194, 10):
        canvas.ellipse((73, y, 77, y + 4), dark)
    canvas.ellipse((27, 52, 123, 148), "#9e9e9e")
    canvas.ellipse((33, 58, 117, 142), "#fafafa")
    canvas.polygon([(122, 94), (130, 94), (130, 106), (122, 106)], "#757575")
    for hour in range(12):
        angle = hour * math.pi / 6
        inner, outer = 33 if hour % 3 else 29, 38
        ends = [(75 + r * math.sin(angle), 100 - r * math.cos(angle)) for r in (inner, outer)]
        canvas.line(ends, "#212121", 3)
    canvas.line([(75, 100), (57, 86)], "#212121", 5)
    canvas.line([(75, 100), (97, 80)], "#212121", 3)
    canvas.ellipse((71, 96, 79, 104), "#212121")


def handbag(canvas: Canvas, colour: str = "#a0612f", dark: str = "#87501f") -> None:
    """A handbag, of 200 by 200."""
    canvas.arc((56, 14, 144, 130), 180, 360, "#6d3f1d", 8)
    canvas.polygon([(30, 76), (170, 76), (186, 182), (14, 182)], colour)
    canvas.polygon([(30, 76), (170, 76), (174, 104), (100, 126), (26, 104)], dark)
    canvas.line([(30, 76), (170, 76)], "#6d3f1d", 3)
    canvas.ellipse((91, 112, 109, 130), "#e6c35c")
    canvas.line([(20, 172), (180, 172)], "#c78f5c", 1)


def sunglasses(canvas: Canvas, colour: str = "#111111", dark: str = "#3d4653") -> None:
    """Sunglasses from the front, of 240 by 120."""
    for x in (22, 130):
        canvas.ellipse((x - 5, 33, x + 93, 99), colour)
        canvas.ellipse((x, 38, x + 88, 94), dark)
        canvas.arc((x + 10, 46, x + 70, 88), 195, 260, "#8c97a5", 4)
    canvas.arc((104, 44, 136, 76), 200, 340, colour, 6)
    canvas.line([(18, 52), (4, 44)], colour, 7)
    canvas.line([(222, 52), (236, 44)], colour, 7)


def jeans(canvas: Canvas, colour: str = "#37568c", dark: str = "#2b4470") -> None:
    """Jeans from the front, of 120 by 240."""
    legs = [(28, 12), (92, 12), (108, 228), (70, 228), (60, 92), (50, 228), (12, 228)]
    canvas.polygon(legs, colour)
    canvas.polygon([(28, 12), (92, 12), (93, 24), (27, 24)], dark)
    canvas.line([(60, 24), (60, 84)], dark, 2)
    canvas.arc((14, 10, 46, 52), 20, 100, "#d8a24a", 1)
    canvas.arc((74, 10, 106, 52), 80, 160, "#d8a24a", 1)
    canvas.ellipse((57, 15, 63, 21), "#d8a24a")
    for x, bend in ((32, -4), (88, 4)):
        canvas.line([(x, 60), (x + bend, 220)], "#4b6ea8", 4)
    canvas.line([(12, 222), (50, 222)], "#d8a24a", 1)
    canvas.line([(70, 222), (108, 222)], "#d8a24a", 1)


SHAPES: dict[str, tuple[int, int, Callable[..., None]]] = {
    "shirt": (180, 240, shirt),
    "running-shoe": (240, 180, running_shoe),
    "watch": (150, 200, watch),
    "handbag": (200, 200, handbag),
    "sunglasses": (240, 120, sunglasses),
    "jeans": (120, 240, jeans),
}
"""Name → width, height, and what draws it."""


def draw_shape(shape: str, *colours: str, scale: int = 4) -> Image.Image:
    """Draw a product of `SHAPES`.

    Args:
        shape: Which.
        colours: Its own and a darker one; its usual ones where there are none.
        scale: How much larger it is drawn than it will be.
    """
    width, height, paint = SHAPES[shape]
    canvas = Canvas(width, height, scale)
    paint(canvas, *colours)
    return canvas.finish()
