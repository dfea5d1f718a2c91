"""Trying a product: what is given by hand, what comes back, and in which order."""

import pytest

from tests.chromium import wait_until
from tests.serve.page.acting import HOSTILE, ask, hand_over, heard, picture

pytestmark = pytest.mark.slow
COVERED = """() => {
  const canvas = document.querySelector(".heat");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, place) => place % 4 === 3 && value > 0).length;
}"""


def verdict(page):
    return page.locator(".verdict").inner_text()


def test_a_name_is_answered_level_by_level_and_explained(page):
    ask(page, "Men Blue Round Neck T-shirt")
    assert verdict(page).startswith("Men › Apparel › Topwear › Tshirts\n")
    levels = page.locator(".levels li .name").all_inner_texts()
    assert levels == ["Men", "Apparel", "Topwear", "Tshirts"]
    assert "Answer: Men › Apparel › Topwear › Tshirts" in heard(page)
    page.locator("#why .rather").first.wait_for()
    assert "Men › Apparel › Topwear › Tshirts" in page.locator("#why").inner_text()
    assert "T-shirt" in page.locator("#why mark.for").all_inner_texts()[-1]
    page.locator("#similar .cards li").nth(5).wait_for()
    assert page.locator("#similar .cards li").count() == 6


def test_a_picture_is_dropped_seen_marked_and_removed(page):
    hand_over(page, "#picture", picture("watch.jpg"), "watch.jpg", kind="image/jpeg")
    wait_until(page, "document.getElementById('picture-image').naturalWidth > 0")
    assert "×" in page.locator("#picture-facts").inner_text()
    page.locator("#ask").click()
    page.locator(".heat").wait_for()
    assert page.evaluate(COVERED) > 10
    assert "Watches" in page.locator("#answer").inner_text()
    page.locator("#picture-remove").click()
    assert not page.locator("#picture-shown").is_visible()
    page.locator("#ask").click()
    wait_until(page, "document.getElementById('live').textContent.includes('nothing')")


def test_a_picture_is_pasted_and_text_stays_text(page):
    hand_over(page, "#name", picture("jeans.jpg"), "image.png", way="paste", kind="image/jpeg")
    page.locator("#picture-image").wait_for()
    assert page.locator("#name").input_value() == ""


def test_an_example_is_answered_by_a_click(page):
    page.locator("#examples button").first.click()
    page.locator(".verdict").wait_for()
    assert page.locator("#name").input_value() == "Men Red Running Shoes"
    assert page.locator("#picture-image").is_visible()


def test_an_abstention_says_why_and_what_it_would_have_taken(page):
    page.locator("#examples button", has_text="Classic brown").click()
    page.locator(".verdict").wait_for()
    said = verdict(page)
    assert "No answer" in said
    assert "where an answer takes" in said
    assert "cannot decide between" in page.locator(".undecided").inner_text()
    assert page.locator(".levels .bar-mark").count() > 0


def test_asking_for_less_turns_an_abstention_into_an_answer(page):
    ask(page, "Classic brown")
    page.get_by_text("By probability").click()
    page.locator("#try-rule input[type=range]").fill("5")
    wait_until(page, "!document.querySelector('.verdict').matches('.abstained')")


def test_a_newer_request_is_answered_and_the_older_forgotten(page):
    # The older one is held back until the newer one is answered.
    held = []

    def hold(route):
        if not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/v1/predict", hold)
    page.locator("#name").fill("Blue jeans")
    page.locator("#ask").click()
    wait_until(page, "document.getElementById('answers').getAttribute('aria-busy') === 'true'")
    ask(page, "Women Embroidered Kurta")
    assert len(held) == 1
    assert "Kurta" in page.locator(".verdict").inner_text()
    wait_until(page, "document.querySelector('#why h2 + p')")
    assert "Kurta" in page.locator("#why .marked, #why .hint").first.inner_text()


def test_an_answer_stands_before_its_reasons_are_there(page):
    page.route("**/v1/explain", lambda route: None)
    page.locator("#name").fill("Men Blue Jeans")
    page.locator("#ask").click()
    page.locator(".verdict").wait_for()
    page.locator("#why .waiting").wait_for()
    page.locator("#similar .cards li").first.wait_for()


def test_hostile_texts_are_text_and_nothing_comes_from_elsewhere(page, shop):
    ask(page, HOSTILE, "</script><script>window.hacked=1</script>")
    page.locator("#why .marked, #why p").first.wait_for()
    page.locator("#similar .cards li").first.wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.said == []
    assert {url.split(":")[0] for url in page.asked if not url.startswith(shop.url)} <= {
        "blob",
        "data",
    }
