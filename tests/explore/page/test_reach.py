"""The map for everybody: keyboard alone, a phone, the dark, no graphics card, hostile names."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from tests.explore.page.drawn_by import DRAWN_BY
from tests.explore.page.drawn_map import CENTRES, HOSTILE_NAME, KINDS
from tests.explore.page.looking import (
    DESKTOP,
    PHONE,
    legend,
    place,
    point_at,
    saved_ids,
    shown_colour,
)

pytestmark = pytest.mark.slow

FOCUSED = "document.activeElement.id || document.activeElement.textContent"


def ground(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def tab_to(page, focused):
    """Go on by the Tab key until something has the focus."""
    for _ in range(80):
        if page.evaluate(FOCUSED) == focused:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"The Tab key does not lead to {focused}, but to {page.evaluate(FOCUSED)!r}.")


def heard(page):
    return page.locator("#live").inner_text()


def test_the_keyboard_alone_walks_zooms_lists_and_saves(page):
    tab_to(page, "map")
    page.keyboard.press("n")
    assert "of 300 in view" in heard(page)
    assert "path: All > " in heard(page)
    first = page.locator("#card").inner_text()
    page.keyboard.press("n")
    assert page.locator("#card").inner_text() != first
    page.keyboard.press("p")
    assert page.locator("#card").inner_text() == first
    page.keyboard.press("Escape")
    assert not page.locator("#card").is_visible()
    # The hats lie above, alone.
    for key in ["ArrowUp"] * 3 + ["+"] * 4:
        page.keyboard.press(key)
    page.keyboard.press("a")
    assert page.locator("#list-title").inner_text() == "In view"
    tab_to(page, "list-csv")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    ids = {*Path(download.value.path()).read_text("utf-8").split()} - {"id"}
    assert ids
    assert ids <= {f"shop:{i}" for i in range(200, 300)}
    page.keyboard.press("Escape")
    assert not page.locator("#list").is_visible()


def test_the_keyboard_alone_changes_tabs_filters_and_searches(page):
    tab_to(page, "tab-0")
    page.keyboard.press("ArrowRight")
    assert page.locator("#layout-about").inner_text() == "Second of two."
    assert page.evaluate(FOCUSED) == "tab-1"
    page.keyboard.press("/")
    assert page.evaluate(FOCUSED) == "search"
    page.keyboard.type("shop:42")
    page.locator("#entries li").first.wait_for()
    assert page.locator("#entries li").count() == 1
    page.locator("#search").press("Escape")
    legend(page, "Bags").locator(".group").focus()
    page.keyboard.press("Enter")
    assert page.locator("#shown").inner_text() == "200 of 300 products"
    page.keyboard.press("Enter")
    assert page.locator("#shown").inner_text() == "300 products"


def test_on_a_phone_a_tap_shows_the_card_along_the_lower_edge(phone):
    phone.touchscreen.tap(*place(phone, *CENTRES["Hats"]))
    card = phone.locator("#card")
    assert "All > Hats" in card.inner_text()
    box, stage = card.bounding_box(), phone.locator("#stage").bounding_box()
    assert box["y"] + box["height"] > stage["y"] + stage["height"] - 12
    phone.locator("#card-close").tap()
    assert not card.is_visible()


def test_on_a_phone_colours_and_list_slide_over_the_map(phone):
    assert not phone.locator("#side").is_visible()
    phone.locator("#bar").get_by_text("Search and colours").tap()
    legend(phone, "Hats").get_by_text("only").tap()
    assert phone.locator("#shown").inner_text() == "100 of 300 products"
    phone.locator("#search").fill("shop:25")
    phone.locator("#search").press("Enter")
    phone.locator("#entries li").first.wait_for()
    assert not phone.locator("#side").is_visible()
    assert phone.locator("#bar-list").inner_text() == "List (10)"
    assert saved_ids(phone) == [f"shop:{i}" for i in range(250, 260)]
    phone.locator("#entries button").first.tap()
    assert not phone.locator("#list").is_visible()
    assert "Hat number 250" in phone.locator("#card").inner_text()


def test_on_a_phone_two_fingers_zoom(phone):
    x, y = place(phone, *CENTRES["Hats"])
    before = shown_colour(phone, "Hats")
    touch = phone.context.new_cdp_session(phone)

    def fingers(kind, away):
        points = [{"x": x - away, "y": y, "id": 0}, {"x": x + away, "y": y, "id": 1}]
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [] if kind == "touchEnd" else points},
        )

    fingers("touchStart", 20)
    for away in range(25, 120, 5):
        fingers("touchMove", away)
    fingers("touchEnd", 0)
    phone.wait_for_timeout(150)
    # The other kinds went out of view, and the one between the fingers stayed.
    phone.touchscreen.tap(x, y)
    assert "All > Hats" in phone.locator("#card").inner_text()
    assert before is not None
    phone.get_by_label("List all in view").tap()
    assert phone.locator("#list-count").inner_text() != "300 products"


def test_the_page_is_as_dark_as_the_system_until_one_chooses(open_map):
    page = open_map(**DESKTOP, color_scheme="dark")
    assert ground(page) == "rgb(21, 24, 28)"
    page.locator("#theme").click()
    assert ground(page) == "rgb(255, 255, 255)"
    assert page.locator("#theme").get_attribute("aria-pressed") == "false"
    assert ground(open_map(**DESKTOP)) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("way", DRAWN_BY)
def test_the_map_is_drawn_with_a_graphics_card_and_without(open_map, way):
    page = open_map(DRAWN_BY[way], **DESKTOP)
    assert page.locator("#stage").get_attribute("data-points") == way
    colours = [shown_colour(page, kind) for kind in KINDS]
    assert np.abs(colours[0] - colours[1]).max() > 40
    point_at(page, "Bags")
    assert "All > Bags" in page.locator("#card").inner_text()
    legend(page, "Bags").locator(".group").click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(150)
    assert shown_colour(page, "Bags") is None
    page.get_by_role("tab", name="Second").click()
    page.wait_for_timeout(150)
    # The shoes went where the hats were, and the hats where the bags were.
    assert np.abs(shown_colour(page, "Hats") - colours[0]).max() < 25
    assert np.abs(shown_colour(page, "Bags") - colours[2]).max() < 25


def test_a_graphics_card_that_goes_away_is_done_without(open_map):
    page = open_map(DRAWN_BY["webgl"], **DESKTOP)
    page.evaluate(
        "document.getElementById('map').getContext('webgl2')"
        ".getExtension('WEBGL_lose_context').loseContext()"
    )
    page.locator("#stage[data-points=flat]").wait_for()
    page.wait_for_timeout(100)
    assert shown_colour(page, "Bags") is not None
    point_at(page, "Bags")
    assert "All > Bags" in page.locator("#card").inner_text()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_hostile_names_are_text_and_nothing_is_fetched(open_map, file, size):
    page = open_map(**size)
    if size is PHONE:
        page.locator("#bar").get_by_text("Search and colours").tap()
    page.locator("#search").fill("onerror")
    page.locator("#entries li").first.wait_for(state="attached")
    name = page.locator("#entries .name").first.text_content()
    assert name == HOSTILE_NAME.replace("\u202e", " ").replace("\x07", " ")
    assert page.evaluate("window.hacked") is None
    assert page.locator("h1 b").count() == 0
    # Of drawing by the processor the browser itself complains.
    assert [text for text in page.said if "GL Driver Message" not in text] == []
    assert {url for url in page.asked if not url.startswith("data:")} == {file.as_uri()}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_lies_over_another_and_nothing_overflows(open_map, size, scheme):
    page = open_map(**size, color_scheme=scheme)
    assert overlaps(page, "#labels .shown", "#tools button") == []
    page.locator("#map").press("n")
    assert overlaps(page, "#card", "#tools button", "#tabs", "header h1", "#bar", ".below") == []
    page.locator("#map").press("a")
    page.wait_for_timeout(100)
    if size is DESKTOP:
        beside = ("#side", "#stage", "#list", "header", ".below")
        assert overlaps(page, *beside) == []
    assert overlaps(page, ".list-head", "#list-scroll", "header", "#bar") == []
    assert page.evaluate("document.documentElement.scrollWidth") == size["viewport"]["width"]
    assert page.evaluate("document.documentElement.scrollHeight") == size["viewport"]["height"]


def test_words_of_places_that_would_overlap_give_way_to_the_larger(page):
    shown = page.locator("#labels .shown").all_inner_texts()
    assert set(shown) == {"shoes", "bags", "hats"}


def overlaps(page, *selectors):
    """Texts of each two things that lie over each other."""
    boxes = [
        (element.inner_text()[:40] or selector, element.bounding_box())
        for selector in selectors
        for element in page.locator(selector).all()
        if element.is_visible()
    ]
    return [(a, b) for (a, first), (b, second) in combinations(boxes, 2) if is_over(first, second)]


def is_over(a, b):
    wide = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
    high = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
    return wide > 1 and high > 1
