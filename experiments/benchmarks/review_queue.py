"""How soon the next card of the queue is there after a key, in a shop of many products.

    python -m experiments.benchmarks.review_queue --products 40000 --keys 100

The service is a process of this machine with the bundled model; the shop is drawn, each product
with a picture of 600 x 800 pixels and a card. A key is pressed in headless Chromium as often as
said, with a pause of `--pause` seconds as a person makes it; the time ends when the browser has
painted the next card with its picture. Below are the times of the queue alone, without a service.
"""

import argparse
import io
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image

from experiments.benchmarks.section import Section, show_sections
from experiments.benchmarks.serving.processes import running
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.review.desk import Desk
from prodcat.review.queue import fill
from prodcat.review.suspicion import Suspicion
from prodcat.taxonomy.paths import join_path
from prodcat.taxonomy.tree import Taxonomy
from tests.chromium import chromium, listen

LEAVES = [(f"Room {room}", f"Shelf {shelf}") for room in range(20) for shelf in range(12)]
PICTURES = 400
HEADS = ("milliseconds", "median", "95 of 100 below", "most")
PRESS = """async ([key, pause_ms]) => {
  const card = document.getElementById("card");
  const before = card.dataset.product;
  const began = performance.now();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const there = () => card.dataset.product !== before && card.querySelector(".large img")?.complete;
  while (!there()) await new Promise((done) => setTimeout(done, 0));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  const took = performance.now() - began;
  await new Promise((done) => setTimeout(done, pause_ms));
  return took;
}"""


def main() -> None:
    """Press keys, and tell how long each took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--products", type=int, default=40_000)
    parser.add_argument("--keys", type=int, default=100)
    parser.add_argument("--pause", type=float, default=1.0, help="Seconds between two keys.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = draw_shop(Path(folder), options.products)
        alone = time_desk(corpus, options.keys)
        command = ("-m", "prodcat", "serve", "--port", "PORT", "--corpus", str(corpus))
        with running(command, ready="/readyz") as service, chromium() as browser:
            pressed = press_keys(browser, service.port, options.keys, options.pause)
    rows = [row("key to next card, painted", pressed)]
    rows += [row(name, values) for name, values in alone.items()]
    note = f"{options.products:,} products, as many cards, {options.keys} keys."
    section = Section("From a key to the next card", note, HEADS, rows)
    show_sections("The queue", (), [section], None)


def draw_shop(folder: Path, products: int) -> Path:
    """Make a corpus whose products all have a card."""
    path = folder / "shop.db"
    with Corpus.open(path, create=True) as corpus:
        corpus.upsert_categories("a", Taxonomy.from_paths(LEAVES))
        pictures = [corpus.images.put(draw_picture(number)) for number in range(PICTURES)]
        ids = [join_path(leaf) for leaf in LEAVES]
        corpus.upsert_products(
            NewProduct(
                source="a",
                source_id=str(number),
                name=f"Product {number} of the drawn shop",
                description="Lightweight, with five pockets. " * 10,
                category_id=ids[number % len(ids)],
                image_sha256=pictures[number % PICTURES],
            )
            for number in range(products)
        )
        fill(
            corpus,
            (
                Suspicion(
                    *(f"a:{number}", "label", "It looks like another.", number / products),
                    *(ids[(number + 7) % len(ids)], 0.9),
                )
                for number in range(products)
            ),
        )
    return path


def draw_picture(number: int) -> bytes:
    """Draw a picture of a usual size."""
    image = Image.effect_noise((600, 800), 20 + number % 50).convert("RGB")
    image.putpixel((0, 0), (number % 256, number // 256, 0))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def time_desk(corpus: Path, keys: int) -> dict[str, list[float]]:
    """Return the milliseconds of each step of the queue alone."""
    times: dict[str, list[float]] = {"hand a card out": [], "keep a decision": [], "progress": []}
    desk = Desk.open(corpus)
    try:
        for _ in range(keys):
            began = time.perf_counter()
            card = desk.next("clock")
            assert card is not None
            handed = time.perf_counter()
            desk.decide("clock", card.card.product_id, "suggestion")
            kept = time.perf_counter()
            desk.progress("clock")
            times["hand a card out"].append(1000 * (handed - began))
            times["keep a decision"].append(1000 * (kept - handed))
            times["progress"].append(1000 * (time.perf_counter() - kept))
    finally:
        desk.close()
    return times


def press_keys(browser: Any, port: int, keys: int, pause_s: float) -> list[float]:
    """Return the milliseconds from each key to the next card."""
    url = f"http://127.0.0.1:{port}"
    kept = [{"name": "prodcat.who", "value": "ana"}]
    state: Any = {"cookies": [], "origins": [{"origin": url, "localStorage": kept}]}
    page = listen(browser.new_context(storage_state=state).new_page())
    page.goto(f"{url}/review")
    page.locator("body[data-ready] .large img").wait_for()
    page.wait_for_timeout(2000)
    return [page.evaluate(PRESS, ["124"[turn % 3], 1000 * pause_s]) for turn in range(keys)]


def row(name: str, values: list[float]) -> list[str]:
    """Return a line of the table."""
    ordered = sorted(values)
    high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return [name, f"{statistics.median(ordered):,.1f}", f"{high:,.1f}", f"{ordered[-1]:,.1f}"]


if __name__ == "__main__":
    main()
