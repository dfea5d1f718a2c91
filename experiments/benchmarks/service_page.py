"""How soon the page of the service can be used, and how many bytes it takes.

    python -m experiments.benchmarks.service_page --loads 20

The service is a process of this machine, with the bundled model; each load is a fresh profile of
headless Chromium, which keeps nothing of the load before. The page is ready when it says so, with
the model's facts and the example products in place.
"""

import argparse
import statistics
from typing import Any

from experiments.benchmarks.section import Section, show_sections
from experiments.benchmarks.serving.processes import running
from tests.chromium import chromium, listen

NOTE_WHEN_READY = """new MutationObserver((_, observer) => {
  if (document.body?.dataset.ready === undefined) return;
  window.ready_ms = performance.now();
  observer.disconnect();
}).observe(document, { subtree: true, childList: true, attributes: true })"""
PAINT_MS = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
BYTES = """performance.getEntriesByType("resource")
  .concat(performance.getEntriesByType("navigation"))
  .reduce((sum, entry) => sum + entry.transferSize, 0)"""


def main() -> None:
    """Load the page again and again, and tell what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--loads", type=int, default=20)
    options = parser.parse_args()
    command = ("-m", "prodcat", "serve", "--port", "PORT")
    with running(command, ready="/readyz") as service, chromium() as browser:
        loads = [load(browser, f"http://127.0.0.1:{service.port}/") for _ in range(options.loads)]
    rows = [
        [name, f"{statistics.median(values):,.0f}", f"{min(values):,.0f}", f"{max(values):,.0f}"]
        for name, values in zip(
            ("first paint, ms", "ready, ms", "bytes"), zip(*loads, strict=True), strict=True
        )
    ]
    heads = ("of the page", "median", "least", "most")
    show_sections(
        "The page", (), [Section("The page", f"{options.loads} loads.", heads, rows)], None
    )


def load(browser: Any, address: str) -> tuple[float, float, float]:
    """Return the milliseconds until a page is painted and ready, and its bytes."""
    context = browser.new_context()
    try:
        page = listen(context.new_page())
        page.add_init_script(NOTE_WHEN_READY)
        page.goto(address)
        page.locator("body[data-ready]").wait_for()
        return page.evaluate(PAINT_MS), page.evaluate("window.ready_ms"), page.evaluate(BYTES)
    finally:
        context.close()


if __name__ == "__main__":
    main()
