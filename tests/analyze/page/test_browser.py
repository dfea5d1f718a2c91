"""The page in a real browser: sorted, zoomed and chosen by real clicks, at two widths."""

import pytest

from prodcat.analyze.page.html import write_html
from prodcat.analyze.pictures import PictureSource
from tests.analyze.page.test_html import with_pictures
from tests.analyze.summaries import draw_summary
from tests.chromium import listen, wait_until

pytestmark = pytest.mark.slow

WIDTHS = {"desktop": 1280, "phone": 390}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A page of three runs over 75 categories with hostile names and some pictures."""
    folder = tmp_path_factory.mktemp("report")
    summary = with_pictures(draw_summary(runs=3, n=600, shape=(5, 3, 5)), folder)
    write_html(summary, folder / "report.html", pictures=PictureSource([folder / "shop.db"]))
    return folder / "report.html"


@pytest.fixture(scope="module", params=WIDTHS)
def page(request, browser, report):
    """The page, open at a width, with what it said and asked for."""
    width = WIDTHS[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": 900}, has_touch=width < 500, is_mobile=width < 500
    )
    page = listen(context.new_page())
    page.goto(report.as_uri())
    yield page
    context.close()


def column(page, table, place):
    """Texts of a column of a table, from the top."""
    return page.locator(f"{table} tbody tr > :nth-child({place}) .value").all_inner_texts()


def rows_in_view(page):
    start, end = page.locator(".matrix:visible").get_attribute("data-rows").split("-")
    return int(start), int(end)


@pytest.fixture
def matrix(page):
    """The matrix of the leaves, drawn, all of it in view."""
    page.locator("#confusion").scroll_into_view_if_needed()
    box = page.locator(".matrix:visible")
    box.locator(".heatmaplayer image").first.wait_for(state="attached")
    box.get_by_text("Whole matrix").click()
    assert rows_in_view(page) == (0, 75)
    return box


def test_a_table_sorts_by_clicks_and_by_the_keyboard(page):
    heading = page.locator("table.runs thead th", has_text="Accuracy").first
    button = heading.get_by_role("button")
    assert heading.get_attribute("aria-sort") is None
    button.click()
    down = column(page, "table.runs", 2)
    assert heading.get_attribute("aria-sort") == "descending"
    assert down == sorted(down, reverse=True)
    button.focus()
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert column(page, "table.runs", 2) == down[::-1]


def test_what_was_not_measured_comes_last_either_way(page):
    button = page.locator("table.runs thead th", has_text="Training").get_by_role("button")
    for _ in range(2):
        button.click()
        last = page.locator("table.runs tbody tr").last
        assert "run-2" in last.inner_text()


def test_categories_are_filtered_by_a_part_of_their_name(page):
    field = page.locator("#categories .pane:visible .filter")
    field.fill("middle 21")
    shown = page.locator("#categories .pane:visible tbody tr:visible")
    assert shown.count() == 5
    assert page.locator("#categories .pane:visible output").inner_text() == "5 of 75"
    field.fill("")
    assert shown.count() == 75


def test_the_matrix_zooms_to_a_group_that_is_clicked_and_back(page, matrix):
    matrix.locator(".chips button", has_text="Top B").click()
    assert rows_in_view(page) == (15, 30)
    matrix.locator(".chips button", has_text="Middle 12").click()
    assert rows_in_view(page) == (25, 30)
    assert matrix.locator(".yaxislayer-above text").all_inner_texts() != []
    matrix.locator(".trail button", has_text="Top B").click()
    assert rows_in_view(page) == (15, 30)
    matrix.get_by_text("Whole matrix").click()
    assert rows_in_view(page) == (0, 75)


def test_the_matrix_zooms_by_its_buttons(page, matrix):
    matrix.get_by_role("button", name="+", exact=True).click()
    start, end = rows_in_view(page)
    assert end - start == 38
    matrix.get_by_role("button", name="−", exact=True).click()
    assert rows_in_view(page) == (0, 75)


def test_the_matrix_zooms_to_where_it_is_clicked(page, matrix):
    matrix.locator(".nsewdrag").scroll_into_view_if_needed()
    area = matrix.locator(".nsewdrag").bounding_box()
    # On the diagonal, in the third of five groups. A click counts where the drawing knows already
    # what the mouse is on, which takes its time on a machine with other work.
    page.mouse.move(area["x"] + area["width"] * 37.5 / 75, area["y"] + area["height"] * 37.5 / 75)
    wait_until(page, "document.querySelector('.matrix .hoverlayer').childElementCount > 0")
    page.mouse.down()
    page.mouse.up()
    wait_until(page, "document.querySelector('.matrix').dataset.rows === '30-45'")
    assert "of" in matrix.locator(".told").inner_text()


def test_the_matrix_zooms_to_what_is_dragged_over(page, matrix):
    if page.viewport_size["width"] < 500:
        pytest.skip("On a phone a drag scrolls the page.")
    matrix.locator(".nsewdrag").scroll_into_view_if_needed()
    area = matrix.locator(".nsewdrag").bounding_box()
    page.mouse.move(area["x"] + area["width"] * 0.2, area["y"] + area["height"] * 0.4)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.4, area["y"] + area["height"] * 0.6, steps=5)
    page.mouse.up()
    wait_until(page, "document.querySelector('.matrix').dataset.rows !== '0-75'")
    start, end = rows_in_view(page)
    assert 28 <= start <= 31
    assert 44 <= end <= 47


def test_details_are_of_the_run_that_is_chosen(page):
    page.locator("#run").select_option("1")
    for section in ("reliability", "confusion", "categories", "mistakes"):
        visible = page.locator(f"#{section} .pane:visible")
        assert visible.count() == 1
        assert "run-1" in visible.locator("h2").inner_text()
    page.locator("#run").select_option("0")


def test_a_pair_of_runs_can_be_chosen(page):
    page.locator("#pair").select_option("2")
    assert page.locator("#pairs .pane:visible").count() == 1
    assert "Only run-2 is right" in page.locator("#pairs .pane:visible h3").first.inner_text()


def test_a_run_can_be_taken_out_of_a_chart(page):
    chart = page.locator("#coverage figure").first
    chart.scroll_into_view_if_needed()
    entry = chart.locator(".legend button").nth(1)
    lines = chart.locator(".scatterlayer .trace")
    entry.wait_for()
    before = lines.count()
    entry.click()
    assert entry.get_attribute("aria-pressed") == "false"
    assert lines.count() < before


def test_pictures_are_shown_when_they_come_into_view(page):
    image = page.locator("#mistakes .pane:visible img").first
    image.scroll_into_view_if_needed()
    wait_until(page, "document.querySelector('#mistakes .pane:not([hidden]) img').naturalWidth > 0")


def test_nothing_overflows_nothing_fails_and_nothing_is_fetched(page, report):
    height = page.evaluate("document.documentElement.scrollHeight")
    for top in range(0, height, 700):
        page.evaluate(f"scrollTo({{top: {top}, behavior: 'instant'}})")
        page.wait_for_timeout(50)
    wait_until(
        page,
        "[...document.querySelectorAll('[data-chart]')].filter(e => e.offsetParent)"
        ".every(e => e.querySelector('svg'))",
    )
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide == page.viewport_size["width"]
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate("window.hacked") is None
    assert page.said == []
    assert {url for url in page.asked if not url.startswith("data:")} == {report.as_uri()}


OVERFLOWING = """() => {
  // What sticks out of its card or cell, other than into a box that scrolls.
  const kinds = ".card, .pair, .chart, .mcnemar, .matrix, main > section";
  const boxes = document.querySelectorAll(kinds);
  return [...boxes].filter((box) => box.offsetParent && box.scrollWidth > box.clientWidth + 1)
    .map((box) => box.className + ": " + box.innerText.slice(0, 60));
}"""
