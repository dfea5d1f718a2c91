"""The page of the queue: by keyboard alone, on a phone, in both languages, for everybody."""

import pytest

from prodcat.corpus.corrections import history, in_force
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.review.queue import fill
from tests.chromium import wait_until
from tests.model_files import build_model_dir
from tests.review.shop import BAGS, BOOTS, SANDALS, open_shop, suspect
from tests.serve.page.acting import DESKTOP, HOSTILE, OVERFLOWING, PHONE, faults, heard, tab_to
from tests.serve.serving import served
from tests.toy import draw_picture

pytestmark = pytest.mark.slow
SHOWN = "document.getElementById('card').dataset.product"
STATE = """({
    focus: document.activeElement?.id, dialog: document.querySelector("dialog[open]")?.id,
    saving: document.getElementById("saving").textContent,
    notice: document.getElementById("notice").textContent,
    busy: document.getElementById("card").getAttribute("aria-busy"),
})"""
SAVED = "document.getElementById('saving').textContent === ''"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    file = tmp_path_factory.mktemp("shop") / "shop.db"
    with open_shop(file, 40, description="Red boots of leather.") as corpus:
        for number, kind in ((1, "Bags"), (2, "Bags"), (3, "Women > Shoes > Boots")):
            corpus.upsert_products(
                [
                    NewProduct(
                        source="a",
                        source_id=str(number),
                        name=HOSTILE if number == 1 else f"Pictured {number}",
                        category_id=BOOTS if number == 3 else BAGS,
                        image_sha256=corpus.images.put(draw_picture(kind, number)),
                    )
                ]
            )
    return file


@pytest.fixture(scope="module")
def shop(file, tmp_path_factory):
    """A service of the small model with a queue; in place of the one with all that there is."""
    model = build_model_dir(tmp_path_factory.mktemp("model"))
    with served(model, corpus=file) as running:
        yield running


@pytest.fixture
def queue(file):
    """Fill the queue anew."""
    with Corpus.open(file) as corpus:
        for table in ("corrections", "decided", "review_claims", "review_actions"):
            corpus.db.execute(f"delete from {table}")
        corpus.db.conn.commit()
        cards = [suspect(number, value=1 - number / 50) for number in range(4, 12)]
        fill(corpus, [suspect(1, value=1.0, alike=("a:2", "a:5")), *cards])


@pytest.fixture
def review(visit, shop, queue):
    """Open the page as a person who gave a name before."""

    def open_it(who="ana", **settings):
        kept = [{"name": "prodcat.who", "value": who}]
        state = {"cookies": [], "origins": [{"origin": shop.url, "localStorage": kept}]}
        return visit("review", storage_state=state, **DESKTOP | settings)

    return open_it


def shown(page):
    return page.evaluate(SHOWN)


def press(page, key, then):
    """Press a key and wait until another card is there."""
    page.keyboard.press(key)
    for _ in range(500):
        if shown(page) == then:
            return
        page.wait_for_timeout(20)
    state = page.evaluate(STATE)
    pytest.fail(f"After {key} there is {shown(page)}, and not {then}: {state}.")


def decisions(file):
    with Corpus.open(file) as corpus:
        return {one.product_id: one.category_id for one in in_force(history(corpus))}


def test_the_keyboard_alone_decides_in_every_way_and_takes_back(visit, queue, file):
    page = visit("review", ready=False)
    page.locator("#who-dialog[open]").wait_for()
    page.keyboard.type("ana")
    page.keyboard.press("Enter")
    wait_until(page, f"{SHOWN} === 'a:1'")
    assert "Label: Bags. Suggested: Shoes › Boots" in heard(page)
    press(page, "1", then="a:4")
    press(page, "2", then="a:5")
    page.keyboard.press("3")
    page.locator("#pick-list [role=option]").first.wait_for()
    page.keyboard.type("sand")
    wait_until(page, "document.querySelectorAll('#pick-list li').length === 1")
    press(page, "Enter", then="a:6")
    press(page, "4", then="a:7")
    press(page, "5", then="a:8")
    page.keyboard.press("3")
    wait_until(page, "document.querySelector('#pick-list .hint')?.textContent.trim() === 'lately'")
    page.keyboard.press("Escape")
    assert shown(page) == "a:8"
    wait_until(page, SAVED)
    expected = {"a:1": BAGS, "a:4": BOOTS, "a:5": SANDALS, "a:6": None}
    assert decisions(file) == expected
    press(page, "z", then="a:7")
    press(page, "z", then="a:6")
    assert "Taken back" in heard(page)
    del expected["a:6"]
    assert decisions(file) == expected
    page.reload()
    wait_until(page, f"{SHOWN} === 'a:6'")
    tab_to(page, "[data-verdict=suggestion]")
    press(page, "Enter", then="a:7")


def test_enter_takes_the_category_that_is_marked_even_when_typed_in_one_go(review, file):
    page = review()
    page.keyboard.press("3")
    page.locator("#pick-list [role=option]").nth(1).wait_for()
    page.keyboard.press("ArrowDown")
    marked = page.locator("#pick-list [aria-selected=true]").inner_text()
    assert marked != page.locator("#pick-list [role=option]").first.inner_text()
    press(page, "Enter", then="a:4")
    page.keyboard.press("3")
    page.locator("#pick[open]").wait_for()
    page.keyboard.type("sand")
    press(page, "Enter", then="a:5")
    wait_until(page, SAVED)
    chosen = decisions(file)
    with Corpus.open(file) as corpus:
        assert " › ".join(corpus.taxonomy().path(chosen["a:1"])) == marked
    assert chosen["a:4"] == SANDALS


def test_all_like_one_are_decided_on_when_they_were_shown(review, file):
    page = review()
    page.keyboard.press("a")
    page.locator("#group li").nth(1).wait_for()
    assert page.locator("#group li .like-name").all_inner_texts() == ["Pictured 2", "Product 5"]
    assert "for all 3" in page.locator("#group h3").inner_text()
    assert "× 3" in page.locator("[data-verdict=suggestion]").inner_text()
    press(page, "2", then="a:4")
    press(page, "2", then="a:6")
    wait_until(page, SAVED)
    assert decisions(file) == dict.fromkeys(("a:1", "a:2", "a:5", "a:4"), BOOTS)
    press(page, "z", then="a:4")
    press(page, "z", then="a:1")
    assert decisions(file) == {}


def test_words_that_mattered_are_marked_and_texts_stay_texts(review, shop):
    page = review()
    page.locator("#card-texts mark").first.wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.said == []
    assert {url.split(":")[0] for url in page.asked if not url.startswith(shop.url)} <= {"blob"}
    wait_until(page, "document.querySelector('.large img').naturalWidth === 48")


def test_a_decision_that_another_made_first_is_told_and_stays(review, shop, file):
    page = review()
    assert shown(page) == "a:1"
    body = {"who": "ben", "product": "a:1", "verdict": "none"}
    assert shop.ask("POST", "/v1/review/decide", json=body).status_code == 200
    press(page, "2", then="a:4")
    wait_until(page, "!document.getElementById('notice').hidden")
    assert "Somebody else" in page.locator("#notice").inner_text()
    assert decisions(file) == {"a:1": None}


def test_in_the_end_it_says_that_nothing_is_left(review, file):
    with Corpus.open(file) as corpus:
        fill(corpus, [suspect(1)])
    page = review()
    page.keyboard.press("2")
    page.locator("#nothing", has_text="Nothing is left for you").wait_for()
    wait_until(page, "document.getElementById('progress-said').textContent.includes('1 of 1')")
    press(page, "z", then="a:1")


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)])
def test_nothing_keeps_people_out_and_nothing_overflows(review, axe, scheme, size):
    page = review(color_scheme=scheme, **size)
    page.locator("#card-texts mark").first.wait_for()
    looked_at = {"card": faults(page, axe)}
    overflowing = [page.evaluate(OVERFLOWING)]
    page.locator("[data-verdict=group]").click()
    page.locator("#group li").first.wait_for()
    looked_at["group"] = faults(page, axe)
    overflowing.append(page.evaluate(OVERFLOWING))
    page.locator("[data-verdict=other]").click()
    page.locator("#pick-list [role=option]").first.wait_for()
    looked_at["pick"] = faults(page, axe)
    page.locator("#pick-list [role=option]").first.click()
    wait_until(page, f"{SHOWN} === 'a:4'")
    assert {name: found for name, found in looked_at.items() if found} == {}
    assert not any(overflowing)


def test_a_german_browser_is_spoken_to_in_german_and_the_first_page_leads_here(review, visit):
    page = review(locale="de-AT")
    assert page.locator("[data-verdict=keep]").inner_text() == "1 Etikett behalten"
    page.locator("#language").select_option("en")
    wait_until(page, "document.querySelector('#side-label').textContent === 'Label'")
    front = visit("#try")
    assert front.locator("#review-link").get_attribute("href") == "review"
    assert front.locator("#review-link").is_visible()
