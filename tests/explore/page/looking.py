"""Where things are on a page that shows the drawn map, and how to reach them."""

import csv
import io
from pathlib import Path

import numpy as np
from PIL import Image

from tests.explore.page.drawn_map import CENTRES

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def place(page, u, v):
    """Where a place of the layout is on the screen while all of the map is in view."""
    box = page.locator("#stage").bounding_box()
    padding, buttons = 24, 50
    wide, high = 1.0, 0.75
    scale = min((box["width"] - buttons - 2 * padding) / wide, (box["height"] - 2 * padding) / high)
    # Half the height of the layout lies above and below its middle.
    x = box["x"] + (box["width"] - buttons) / 2 + (u - 0.5) * scale
    y = box["y"] + box["height"] / 2 - (v - 0.375) * scale
    return x, y


def point_at(page, kind, places=CENTRES):
    page.mouse.move(*place(page, *places[kind]))
    page.wait_for_timeout(80)


def drag(page, corners, *, steps=4):
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=steps)
    page.mouse.up()


def around(page, kind, away=0.07):
    """Corners of a square that goes round a kind, and the first of them again."""
    u, v = CENTRES[kind]
    return [
        place(page, u + dx * away, v + dy * away)
        for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    ]


def strong_pixels(page, kind):
    """The strong colours where a kind is drawn."""
    x, y = place(page, *CENTRES[kind])
    taken = page.screenshot(clip={"x": x - 30, "y": y - 30, "width": 60, "height": 60})
    pixels = np.asarray(Image.open(io.BytesIO(taken)).convert("RGB"), np.int64).reshape(-1, 3)
    return pixels[pixels.max(axis=1) - pixels.min(axis=1) > 60]


def shown_colour(page, kind):
    """Their mean; None where there are none."""
    strong = strong_pixels(page, kind)
    return strong.mean(axis=0) if len(strong) else None


def most_colour(page, kind):
    """Their median; None where there are none."""
    strong = strong_pixels(page, kind)
    return np.median(strong, axis=0) if len(strong) else None


def legend(page, name):
    return page.locator("#legend li", has_text=name)


def saved_ids(page):
    with page.expect_download() as download:
        page.get_by_text("Save ids as CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    text = Path(download.value.path()).read_bytes().decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["id"]
    return [row[0] for row in rows[1:]]
