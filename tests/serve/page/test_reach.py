"""The page for everybody: keyboard alone, a phone, the dark, German, a key, no faults for axe."""

import pytest

from tests.chromium import wait_until
from tests.serve.page.acting import (
    DESKTOP,
    OVERFLOWING,
    PHONE,
    ask,
    faults,
    hand_over,
    heard,
    picture,
    tab_to,
)
from tests.serve.serving import KEY

pytestmark = pytest.mark.slow
GROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)])
def test_nothing_keeps_people_out_and_nothing_overflows(visit, axe, job_id, scheme, size):
    page = visit("#try", color_scheme=scheme, **size)
    page.locator("#examples button").first.wait_for()
    looked_at = {"empty": faults(page, axe)}
    assert page.evaluate(GROUND) == (
        "rgb(21, 24, 28)" if scheme == "dark" else "rgb(255, 255, 255)"
    )
    page.locator("#examples button").first.click()
    page.locator(".heat").wait_for()
    page.locator("#similar .cards li").first.wait_for()
    looked_at["answer"] = faults(page, axe)
    overflowing = [page.evaluate(OVERFLOWING)]
    for address, part in {
        "#table": ".drop",
        f"#table/{job_id}": ".grid-inside .line",
        "#model": ".tree li",
    }.items():
        page.evaluate("(address) => { location.hash = address; }", address)
        page.locator(part).first.wait_for()
        looked_at[address] = faults(page, axe)
        overflowing.append(page.evaluate(OVERFLOWING))
    assert {name: found for name, found in looked_at.items() if found} == {}
    assert not any(overflowing)


def test_columns_and_a_row_s_details_keep_nobody_out(visit, axe, shop, job_id):
    page = visit("#table", **PHONE)
    hand_over(page, "#table-drop", b"title,what,price\nJeans,blue,9\n", "shop.csv")
    page.locator(".columns .cell span:not(:empty)").first.wait_for()
    assert faults(page, axe) == []
    assert not page.evaluate(OVERFLOWING)
    page.evaluate("(id) => { location.hash = `#table/${id}`; }", job_id)
    page.locator(".open").first.click()
    page.locator("dialog[open]").wait_for()
    assert faults(page, axe) == []
    page.keyboard.press("Escape")
    # That of the key is left, closed.
    wait_until(page, "document.querySelectorAll('dialog').length === 1")


def test_the_keyboard_alone_asks_and_is_told(page):
    tab_to(page, ".skip")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    tab_to(page, "#name")
    page.keyboard.type("Women Embroidered Kurta")
    page.keyboard.press("Enter")
    wait_until(page, "document.getElementById('live').textContent.includes('Kurtas')")
    tab_to(page, ".rule input[type=range]")
    page.keyboard.press("ArrowLeft")
    assert page.locator("#try-rule output").inner_text() == "97.5\xa0%"


def test_the_keyboard_alone_goes_through_a_table(visit, job_id):
    page = visit(f"#table/{job_id}")
    page.locator(".grid-inside .line").first.wait_for()
    tab_to(page, "[data-state=doubtful]")
    page.keyboard.press("Space")
    assert page.locator("[data-state=doubtful]").get_attribute("aria-pressed") == "true"
    tab_to(page, "[role=columnheader] button")
    page.keyboard.press("Enter")
    tab_to(page, ".grid-scroll")
    tab_to(page, ".open")
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className") == "open"


def test_the_promise_moves_with_its_slider(visit):
    page = visit("#model")
    before = page.locator("#promise-said").inner_text()
    assert before == "At 98\xa0% accuracy 97 of 100 products pass."
    tab_to(page, "#promise-slider")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "At 99\xa0% accuracy" in page.locator("#promise-said").inner_text()
    passing = page.locator(".by-parts .number").first.inner_text()
    assert float(passing.strip("\xa0%")) < 97
    page.keyboard.press("End")
    assert "nothing passes" in page.locator("#promise-said").inner_text()


def test_the_tree_is_opened_and_searched(visit):
    page = visit("#model")
    page.locator(".tree button").first.click()
    page.locator(".tree ul li").first.wait_for()
    page.locator("#tree-search").fill("kurtas")
    page.locator(".tree .leaf", has_text="Kurtas").first.wait_for()
    assert "Card" not in page.locator("#card-title").inner_text()
    assert page.locator(".card-text table").count() >= 1


def test_a_german_browser_is_spoken_to_in_german_until_one_chooses(visit):
    page = visit(locale="de-AT", **DESKTOP)
    assert page.locator("html").get_attribute("lang") == "de"
    ask(page, "Men Blue Round Neck T-shirt")
    assert "wahrscheinlich" in page.locator(".verdict").inner_text()
    page.locator("#language").select_option("en")
    wait_until(page, "document.getElementById('ask').textContent === 'Find its category'")
    assert "probable" in page.locator(".verdict").inner_text()
    page.reload()
    page.locator("body[data-ready]").wait_for()
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_key_is_asked_for_refused_and_kept_for_the_tab_alone(visit, locked):
    page = visit(at=locked, ready=False)
    page.locator("#key-dialog[open]").wait_for()
    page.locator("#key").fill("wrong")
    page.keyboard.press("Enter")
    page.locator("#key-wrong").wait_for()
    page.locator("#key").fill(KEY)
    page.keyboard.press("Enter")
    page.locator("body[data-ready]").wait_for()
    ask(page, "red boots")
    assert "Boots" in page.locator("#answer").inner_text()
    assert page.evaluate("Object.values(localStorage).length") == 0
    # Of a service without an index the way to one is told.
    assert "prodcat serve --corpus" in page.locator("#similar").inner_text()


def test_a_service_that_is_gone_is_told_until_it_is_back(page):
    page.route("**/v1/predict", lambda route: route.abort())
    page.route("**/healthz", lambda route: route.abort())
    page.locator("#name").fill("Blue jeans")
    page.locator("#ask").click()
    page.locator("#notice").wait_for()
    assert "does not answer" in page.locator("#notice").inner_text()
    page.unroute_all()
    wait_until(page, "document.getElementById('notice').hidden")


def test_a_picture_that_is_none_is_told_in_a_line(page):
    hand_over(page, "#picture", b"no picture" * 9, "a.jpg", kind="image/jpeg")
    ask(page, "Blue jeans")
    assert "not a picture" in page.locator("#answer .bad").inner_text()
    assert "Answer" in heard(page) or "No answer" in heard(page)


def test_a_newer_picture_takes_the_place_of_the_older(page):
    hand_over(page, "#picture", picture("watch.jpg"), "watch.jpg", kind="image/jpeg")
    hand_over(page, "#picture", picture("jeans.jpg"), "jeans.jpg", kind="image/jpeg")
    page.locator("#ask").click()
    page.locator(".verdict").wait_for()
    assert "Apparel" in page.locator("#answer").inner_text()
