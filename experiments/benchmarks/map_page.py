"""What the page of a map takes: bytes, seconds until it is usable, milliseconds of a frame.

    python -m experiments.benchmarks.map_page --products 39773 --pictures
    python -m experiments.benchmarks.map_page --products 500000 --json map.json

The products are drawn: 150 categories of very different sizes in a plane, names of a few words,
and with --pictures pictures of 60 × 80 pixels with shapes and grain, which take about as much as
photographs. The page is opened in headless Chromium from a file; frames are what the browser
shows while the map is dragged and zoomed by real events. Without a graphics card the page sets
pixels one by one; with ``--drawn-by webgl`` it draws by the WebGL that Chromium then imitates,
which is the slowest that anybody will see.
"""

import argparse
import io
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from rich.console import Console
from rich.table import Table

from prodcat.explore.map_data import ClusterLabel, Fact, MapData, MapLayout, by_number, by_text
from prodcat.explore.page.writing import write_map
from prodcat.files import write_json
from tests.chromium import chromium, listen
from tests.explore.page.drawn_by import DRAWN_BY

CATEGORIES = 150
WORDS = ("Men", "Women", "Kids", "Blue", "Red", "Black", "Casual", "Sports", "Classic", "Slim")
MOVES = 60
"""Events of dragging, and of the wheel, each."""
FRAMES = """() => {
  window.frames_ms = [];
  let last = performance.now();
  const note = (now) => { frames_ms.push(now - last); last = now; requestAnimationFrame(note); };
  requestAnimationFrame(note);
}"""


def main() -> None:
    """Draw a map, write it, open it, move it, and tell what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=500_000)
    parser.add_argument("--pictures", action="store_true")
    parser.add_argument("--page", type=Path, help="measure this page instead of a drawn one")
    parser.add_argument("--drawn-by", choices=DRAWN_BY, help="instead of what the page chooses")
    parser.add_argument("--json", type=Path, help="where to write what was measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        facts: dict[str, Any] = {}
        page = options.page
        if page is None:
            started = time.perf_counter()
            data = draw_map(options.products, pictures=options.pictures)
            drawn = time.perf_counter()
            written = write_map(data, Path(folder) / "map.html")
            page = written.file
            facts |= {
                "products": options.products,
                "drawing, s": drawn - started,
                "writing, s": time.perf_counter() - drawn,
                "pictures": written.pictures,
            }
        facts |= {"page, MB": page.stat().st_size / 1e6} | look(page.resolve(), options.drawn_by)
    facts["machine"] = f"{platform.machine()}, {os.cpu_count()} CPUs"
    table = Table("measure", "value")
    for name, value in facts.items():
        table.add_row(name, f"{value:,.2f}" if isinstance(value, float) else str(value))
    Console().print(table)
    if options.json:
        write_json(options.json, facts, indent=1)


def draw_map(n: int, *, pictures: bool) -> MapData:
    """Return a map of drawn products."""
    rng = np.random.default_rng(0)
    share = 1 / np.arange(2, 2 + CATEGORIES)
    kinds = rng.choice(CATEGORIES, n, p=share / share.sum())
    names = [f"Category {i:03}" for i in range(CATEGORIES)]
    layouts = []
    for name in ("One", "Two"):
        centres = rng.normal(size=(CATEGORIES, 2)) * 8
        xy = centres[kinds] + rng.normal(size=(n, 2)) * rng.uniform(0.2, 1.5, (n, 1))
        labels = tuple(
            ClusterLabel(float(x), float(y), names[i], int((kinds == i).sum()))
            for i, (x, y) in enumerate(centres)
        )
        layouts.append(MapLayout(name, "Drawn.", xy.astype(np.float32), labels))
    words = rng.integers(0, len(WORDS), (n, 3))
    return MapData(
        title=f"{n:,} drawn products",
        ids=[f"shop:{i}" for i in range(n)],
        names=[
            " ".join([*(WORDS[word] for word in row), names[kind], str(i)])
            for i, (row, kind) in enumerate(zip(words.tolist(), kinds, strict=True))
        ],
        layouts=tuple(layouts),
        colourings=(
            by_text("category", [names[kind] for kind in kinds]),
            by_text("answer", rng.choice(["right", "wrong"], n, p=[0.95, 0.05]).tolist()),
            by_number("price", rng.lognormal(3, 1, n).round(2)),
        ),
        facts=(Fact("path", [f"All > {names[kind]}" for kind in kinds]),),
        pictures=Drawn(kinds.tolist()) if pictures else None,
    )


class Drawn:
    """A picture for each product, drawn when it is asked for."""

    def __init__(self, kinds: Sequence[int]) -> None:
        self.kinds = kinds

    def __len__(self) -> int:
        return len(self.kinds)

    def __getitem__(self, row: int, /) -> bytes:
        """Return a JPEG: a few shapes of the category's colour on white, with grain."""
        rng = np.random.default_rng(row)
        kind = np.random.default_rng(self.kinds[row])
        image = Image.new("RGB", (60, 80), "white")
        brush = ImageDraw.Draw(image)
        for _ in range(6):
            (left, top), size = kind.integers(4, 40, 2), rng.integers(8, 30, 2)
            brush.ellipse(
                (left, top, left + size[0], top + size[1]), fill=tuple(rng.integers(0, 256, 3))
            )
        pixels = np.asarray(image, np.int16) + rng.integers(-12, 13, (80, 60, 1), np.int16)
        out = io.BytesIO()
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=85)
        return out.getvalue()


def look(file: Path, drawn_by: str | None) -> dict[str, Any]:
    """Open a page in Chromium, move it, and return what was measured."""
    with chromium() as browser:
        page = listen(browser.new_page(viewport={"width": 1280, "height": 800}))
        if drawn_by is not None:
            page.add_init_script(DRAWN_BY[drawn_by])
        started = time.perf_counter()
        page.goto(file.as_uri(), wait_until="commit")
        page.locator("body[data-ready]").wait_for()
        usable = time.perf_counter() - started
        box = page.locator("#stage").bounding_box()
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        facts = {
            "usable, s": usable,
            "drawn by": page.evaluate("document.getElementById('stage').dataset.points"),
        }
        for name, move in (("pan", pan), ("zoom", zoom)):
            page.locator("#fit").click()
            page.wait_for_timeout(1500)
            page.evaluate(FRAMES)
            move(page, *middle)
            frames = np.array(page.evaluate("frames_ms"))[2:]
            facts |= {
                f"{name}: frames": len(frames),
                f"{name}: median frame, ms": float(np.median(frames)),
                f"{name}: 95th of a hundred, ms": float(np.percentile(frames, 95)),
            }
        started = time.perf_counter()
        page.locator("#search").fill("women red")
        page.locator("#entries li").first.wait_for()
        facts["search, s"] = time.perf_counter() - started
        # Of drawing by the processor the browser itself complains.
        said = [text for text in page.said if "GL Driver Message" not in text]
        facts["said"] = "; ".join(said) or "nothing"
        return facts


def pan(page: Any, x: float, y: float) -> None:
    """Drag the map to and fro."""
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(MOVES):
        page.mouse.move(x + 150 * np.sin(step / 8), y + 80 * np.sin(step / 5))
        page.wait_for_timeout(16)
    page.mouse.up()


def zoom(page: Any, x: float, y: float) -> None:
    """Turn the wheel in and out."""
    page.mouse.move(x, y)
    for step in range(MOVES):
        page.mouse.wheel(0, -120 if step < MOVES // 2 else 120)
        page.wait_for_timeout(16)


if __name__ == "__main__":
    main()
