"""The map in a real browser, by mouse: pointed at, filtered, searched, surrounded."""

import numpy as np
import pytest

from tests.chromium import wait_until
from tests.explore.page.drawn_map import (
    CENTRES,
    HOSTILE_ID,
    KINDS,
    PER_KIND,
    PICTURE_COLOURS,
    TURNED,
)
from tests.explore.page.looking import (
    DESKTOP,
    around,
    drag,
    legend,
    most_colour,
    place,
    point_at,
    saved_ids,
    shown_colour,
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", KINDS)
def test_pointing_at_a_product_shows_its_picture_and_what_it_is(page, kind):
    point_at(page, kind)
    card = page.locator("#card")
    assert f"All > {kind}" in card.inner_text()
    page.locator("#card canvas.ready").wait_for()
    middle = page.evaluate(
        "[...document.querySelector('#card canvas').getContext('2d')"
        ".getImageData(30, 40, 1, 1).data]"
    )
    assert np.abs(np.array(middle[:3]) - PICTURE_COLOURS[kind]).max() < 12
    page.mouse.move(*place(page, 0.5, 0.35))
    card.wait_for(state="hidden")


def test_a_click_keeps_the_card_until_it_is_closed(page):
    page.mouse.click(*place(page, *CENTRES["Bags"]))
    page.mouse.move(*place(page, 0.5, 0.35))
    assert "Bag number 100" in page.locator("#card").inner_text()
    page.locator("#card-close").click()
    assert not page.locator("#card").is_visible()


def test_the_legend_hides_a_group_and_shows_it_again(page):
    assert shown_colour(page, "Shoes") is not None
    legend(page, "Shoes").locator(".group").click()
    assert shown_colour(page, "Shoes") is None
    assert page.locator("#shown").inner_text() == "200 of 300 products"
    point_at(page, "Shoes")
    assert not page.locator("#card").is_visible()
    point_at(page, "Bags")
    assert page.locator("#card").is_visible()
    legend(page, "Shoes").locator(".group").click()
    assert shown_colour(page, "Shoes") is not None


def test_a_double_click_shows_a_group_alone(page):
    legend(page, "Hats").locator(".group").dblclick()
    pressed = page.locator("#legend [aria-pressed=true]")
    assert pressed.count() == 1
    assert "Hats" in pressed.inner_text()
    legend(page, "Hats").locator(".group").dblclick()
    assert page.locator("#shown").inner_text() == "300 products"


def test_filters_of_several_partitions_go_together_and_are_taken_back(page):
    legend(page, "Hats").hover()
    legend(page, "Hats").get_by_text("only").click()
    page.locator("#colour-by").select_option("answer")
    assert legend(page, "wrong").locator(".count").inner_text() == "10"
    legend(page, "right").locator(".group").click()
    assert page.locator("#shown").inner_text() == "10 of 300 products"
    page.locator(".chip", has_text="kind").click()
    assert page.locator("#shown").inner_text() == "30 of 300 products"


def test_colours_follow_the_partition_that_is_chosen(page):
    before = {kind: shown_colour(page, kind) for kind in KINDS}
    assert np.abs(before["Shoes"] - before["Bags"]).max() > 40
    page.locator("#colour-by").select_option("answer")
    page.wait_for_timeout(100)
    green = shown_colour(page, "Bags")
    assert green[1] > green[0] + 40


def test_of_many_groups_the_first_are_listed_and_the_others_found(page):
    page.locator("#colour-by").select_option("brand")
    assert page.locator("#legend li").count() == 20
    page.locator("#legend-more").click()
    assert page.locator("#legend li").count() == 40
    page.locator("#legend-search").fill("brand 37")
    assert page.locator("#legend li").count() == 1


def test_a_search_lists_and_marks_what_it_finds(page):
    page.locator("#search").fill("HAT number")
    page.locator("#entries li").first.wait_for()
    assert page.locator("#list-count").inner_text() == "100 products"
    assert shown_colour(page, "Bags") is None
    page.locator("#search").fill("shop:105")
    wait_until(page, "document.querySelectorAll('#entries li').length === 1")
    assert "Bag number 105" in page.locator("#entries").inner_text()
    page.locator("#entries canvas.ready").wait_for()
    page.locator("#entries button").click()
    assert "Bag number 105" in page.locator("#card").inner_text()
    page.locator("#list-clear").click()
    assert page.locator("#search").input_value() == ""
    assert not page.locator("#list").is_visible()


def test_a_lasso_lists_what_is_inside_and_saves_its_ids(page):
    page.get_by_label("Choose by a lasso").click()
    drag(page, around(page, "Shoes"))
    assert page.locator("#list-title").inner_text() == "In the lasso"
    assert page.locator("#list-count").inner_text() == "100 products"
    assert saved_ids(page) == [HOSTILE_ID, *(f"shop:{i}" for i in range(1, PER_KIND))]


def test_a_lasso_leaves_out_what_its_line_goes_round(page):
    page.get_by_label("Choose by a lasso").click()
    outer, inner = around(page, "Bags", 0.072), around(page, "Bags", 0.056)
    # There along the outside and back along the inside.
    drag(page, [*outer, *reversed(inner)])
    assert page.locator("#list-count").inner_text() == "0 products"


@pytest.mark.parametrize("way", ["button", "shift"])
def test_a_box_lists_what_is_inside(page, way):
    corners = around(page, "Hats")
    if way == "button":
        page.get_by_label("Choose by a box").click()
    else:
        page.keyboard.down("Shift")
    drag(page, [corners[0], corners[2]])
    page.keyboard.up("Shift")
    assert saved_ids(page) == [f"shop:{i}" for i in range(200, 300)]


def test_a_box_takes_nothing_that_is_filtered_out(page):
    page.locator("#colour-by").select_option("answer")
    legend(page, "right").locator(".group").click()
    page.get_by_label("Choose by a box").click()
    corners = around(page, "Hats")
    drag(page, [corners[0], corners[2]])
    assert saved_ids(page) == [f"shop:{i}" for i in range(200, 300, 10)]


def test_a_long_list_goes_on_as_it_is_scrolled(page):
    page.locator("#map").focus()
    page.keyboard.press("a")
    assert page.locator("#list-count").inner_text() == "300 products"
    for _ in range(12):
        page.locator("#list-end").scroll_into_view_if_needed()
        page.wait_for_timeout(80)
    assert page.locator("#entries li").count() == 300


def test_another_tab_lays_the_products_out_anew(page):
    page.get_by_role("tab", name="Second").click()
    assert page.locator("#layout-about").inner_text() == "Second of two."
    page.wait_for_timeout(150)
    for kind in KINDS:
        point_at(page, kind, TURNED)
        assert f"All > {kind}" in page.locator("#card").inner_text()


def test_products_move_to_their_new_places_before_ones_eyes(open_map):
    page = open_map(**DESKTOP, reduced_motion="no-preference")
    # The words wait until the products are there.
    waited = page.evaluate(
        """new Promise((done) => {
          const seen = [];
          document.querySelectorAll("[role=tab]")[1].click();
          const look = () => {
            seen.push(document.getElementById("labels").hidden);
            if (seen.at(-1) || !seen.includes(true)) requestAnimationFrame(look);
            else done(seen.filter(Boolean).length);
          };
          requestAnimationFrame(look);
        })"""
    )
    assert waited > 1
    point_at(page, "Hats", TURNED)
    assert "All > Hats" in page.locator("#card").inner_text()


def test_the_wheel_zooms_in_on_what_is_under_it_and_a_drag_moves_it(page):
    point_at(page, "Bags")
    page.mouse.wheel(0, -800)
    page.wait_for_timeout(200)
    point_at(page, "Bags")
    assert "Bag number 100" in page.locator("#card").inner_text()
    x, y = place(page, *CENTRES["Bags"])
    drag(page, [(x + 150, y + 90), (x + 50, y + 20)])
    page.mouse.move(x - 100, y - 70)
    page.wait_for_timeout(80)
    assert "Bag number 100" in page.locator("#card").inner_text()
    page.locator("#fit").click()
    page.wait_for_timeout(200)
    point_at(page, "Shoes")
    assert page.locator("#card").is_visible()


def test_a_panel_leads_back_to_its_products(page):
    page.get_by_role("tab", name="Profile").click()
    assert not page.locator("#map-view").is_visible()
    page.locator(".panel canvas.ready").wait_for()
    page.get_by_text("three products").click()
    assert page.locator("#map-view").is_visible()
    assert page.locator("#list-title").inner_text() == "Far from their kind"
    assert saved_ids(page) == ["shop:5", "shop:105", "shop:205"]


def test_pictures_stand_on_the_map_and_stay_with_it(page):
    page.locator("#show-pictures").click()
    page.locator("#mosaic[data-pictures]").wait_for()
    assert page.locator("#mosaic").is_visible()
    red = np.array(PICTURE_COLOURS["Shoes"])
    assert np.abs(most_colour(page, "Shoes") - red).max() < 30
    point_at(page, "Shoes")
    page.locator("#card canvas.ready").wait_for()
    assert "All > Shoes" in page.locator("#card").inner_text()
    legend(page, "Shoes").locator(".group").click()
    page.wait_for_timeout(600)
    assert most_colour(page, "Shoes") is None
    page.locator("#show-pictures").click()
    assert not page.locator("#mosaic").is_visible()
