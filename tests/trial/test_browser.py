"""The page in a real browser: filtered and sorted, at two widths."""

from dataclasses import replace

import pytest

from prodcat.trial.page import write_page
from tests.analyze.page.test_browser import OVERFLOWING, WIDTHS
from tests.chromium import PATIENCE_MS, wait_until
from tests.model_files import encoded
from tests.trial.test_page import hostile

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=("ordinary", "hostile"))
def file(request, odd, tmp_path_factory):
    evaluation = hostile(odd) if request.param == "hostile" else odd
    pictured = tuple(replace(p, picture=encoded("#ff0000")) for p in evaluation.products)
    file = tmp_path_factory.mktemp("page") / "check.html"
    write_page(replace(evaluation, products=pictured), file)
    return file


@pytest.fixture(scope="module", params=WIDTHS)
def page(request, browser, file):
    width = WIDTHS[request.param]
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda asked: page.asked.append(asked.url))
    page.goto(file.as_uri())
    yield page
    context.close()


def test_products_can_be_chosen_by_outcome(page):
    rows = page.locator("table.products tbody tr")
    shown = page.locator("table.products tbody tr:visible")
    assert shown.count() == rows.count() == 10

    page.select_option("#outcome", "abstained")

    assert shown.count() == 1
    assert page.locator("#shown").inner_text() == "1 of 10"
    page.select_option("#outcome", "")


def test_pictures_are_shown_when_they_come_into_view(page):
    page.locator("table.products img").first.scroll_into_view_if_needed()
    wait_until(page, "document.querySelector('table.products img').naturalWidth > 0")


def test_nothing_overflows_nothing_fails_and_nothing_is_fetched(page, file):
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate("window.hacked") is None
    assert page.said == []
    assert {url for url in page.asked if not url.startswith("data:")} == {file.as_uri()}
