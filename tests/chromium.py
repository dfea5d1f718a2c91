"""A real browser to look at pages with; tests that need one are skipped where there is none."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

PATIENCE_MS = 300_000  # of a busy machine
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Any]:
    """Start the Chromium that is on the path."""
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    program = next(filter(None, found), None)
    if program is None:
        pytest.skip("There is no Chromium on the path to look at the page with.")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=ARGUMENTS, timeout=PATIENCE_MS
        )
        yield browser
        browser.close()


def listen(page: Any) -> Any:
    """Keep what a page says and asks for, as its attributes."""
    page.set_default_timeout(PATIENCE_MS)
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda asked: page.asked.append(asked.url))
    return page


def wait_until(page: Any, condition: str) -> None:
    """Wait for a condition in JavaScript; a page's policy forbids playwright's own way."""
    for _ in range(PATIENCE_MS // 200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(200)
    pytest.fail(f"Not true for {PATIENCE_MS // 1000} s: {condition}")
