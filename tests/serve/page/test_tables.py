"""A table on the page: brought in, corrected, answered, looked through, taken home."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.chromium import wait_until
from tests.serve.page.acting import HOSTILE, TABLE, hand_over, heard

pytestmark = pytest.mark.slow
ROWS = 10_000


@pytest.fixture
def result(visit, job_id):
    page = visit(f"#table/{job_id}")
    page.locator(".grid-inside .line").first.wait_for()
    return page


def names(page):
    return page.locator(".grid-inside .open").all_inner_texts()


def test_a_table_is_dropped_its_columns_named_answered_and_found_again(visit, shop):
    page = visit("#table")
    hand_over(page, "#table-drop", TABLE.encode(), "shop.csv", kind="text/csv")
    page.locator(".columns").wait_for()
    page.locator(".columns").get_by_text("Women Embroidered Kurta").wait_for()
    assert page.locator(".columns").get_by_text(HOSTILE).count() == 1
    chosen = {
        select.get_attribute("data-column"): select.input_value()
        for select in page.locator(".columns select").all()
    }
    assert set(chosen.values()) == {""}
    assert page.locator("#table-start").is_disabled()
    assert "Say which column" in page.locator(".columns-view").inner_text()
    page.get_by_label("What what is").select_option("name")
    page.get_by_label("What words is").select_option("description")
    page.locator("#table-start").click()
    page.locator("progress").wait_for()
    page.locator(".grid-inside .line").first.wait_for()
    assert "5 rows" in page.locator("#result-counts").inner_text()
    assert page.evaluate("window.hacked") is None
    address = page.url
    assert "#table/" in address
    job = shop.ask("GET", f"/v1/jobs/{address.rpartition('/')[2]}").json()
    assert job["options"]["columns"]["name"] == ["what"]
    page.reload()
    page.locator(".grid-inside .line").first.wait_for()
    assert len(names(page)) == 5


def test_what_is_no_table_is_told_in_a_line(visit):
    page = visit("#table")
    hand_over(page, "#table-drop", b"\x89PNG\r\n\x1a\n" + bytes(100), "shop.xlsx")
    page.locator(".problem").wait_for()
    assert page.locator(".problem").inner_text()
    assert page.locator("#table-drop").is_visible()


def test_a_table_dropped_where_a_product_is_tried_is_taken_as_a_table(page):
    hand_over(page, "#picture", TABLE.encode(), "shop.csv")
    page.locator(".columns").wait_for()


def test_rows_are_filtered_by_state_words_and_category(result):
    assert len(names(result)) == 5
    result.locator("[data-state=doubtful]").click()
    doubtful = names(result)
    result.locator("[data-state=sure]").click()
    sure = names(result)
    assert sure
    assert doubtful
    assert "qwx zzrt 0000" in doubtful
    assert len(sure) + len(doubtful) == 5
    result.locator("[data-state=all]").click()
    result.locator("#result-words").fill("kurta")
    wait_until(result, "document.querySelectorAll('.grid-inside .line').length === 1")
    result.locator("#result-words").fill("")
    wait_until(result, "document.querySelectorAll('.grid-inside .line').length === 5")
    result.locator("#result-category").select_option("Women")
    assert "Women Embroidered Kurta" in names(result)
    assert "Men Blue Jeans" not in names(result)


def test_rows_are_sorted_by_what_is_clicked(result):
    head = result.get_by_role("columnheader", name="Product")
    head.get_by_role("button").click()
    up = names(result)
    assert head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").click()
    assert names(result) == up[::-1]
    result.get_by_role("columnheader", name="Probability").get_by_role("button").click()
    shown = result.locator(".grid-inside .number").all_inner_texts()
    shares = [float(text.strip("<\xa0% ")) for text in shown]
    assert shares == sorted(shares, reverse=True)


def test_answers_are_taken_home_as_csv_and_as_excel(result):
    with result.expect_download() as download:
        result.get_by_text("Download as CSV").click()
    assert download.value.suggested_filename == "shop-answers.csv"
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert [row["ref"] for row in rows] == ["1", "2", "3", "4", "5"]
    with result.expect_download() as download:
        result.get_by_text("Download as Excel").click()
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    assert "shop-answers.xlsx" in heard(result)


def test_a_row_opens_and_leads_to_a_closer_look(result):
    result.locator(".open", has_text="Kurta").click()
    assert "Candidates" in result.locator("dialog[open]").inner_text()
    result.get_by_text("Look at it more closely").click()
    assert result.locator("#name").input_value() == "Women Embroidered Kurta"


def test_pictures_stand_beside_rows_also_where_events_do_not_come_through(visit):
    page = visit("#table")
    page.route("**/events", lambda route: route.fulfill(body="", content_type="text/event-stream"))
    page.get_by_text("Try it with the examples").click()
    page.locator("#table-start").click()
    page.locator(".grid-inside .thumbnail:not([hidden])").first.wait_for()
    wait_until(page, "document.querySelector('.thumbnail:not([hidden])').naturalWidth > 10")


def test_ten_thousand_rows_stay_fluent(result):
    def many(route):
        row = {"ref": 0, "what": "Shirt", "category": "Men > Apparel", "probability": 0.5}
        more = {"abstained": False, "reason": None, "leaf": "Men > Apparel", "error": None}
        lines = (
            json.dumps({**row, **more, "ref": n, "what": f"Shirt {n}"}) for n in range(1, ROWS + 1)
        )
        route.fulfill(body="\n".join(lines) + "\n", content_type="application/x-ndjson")

    result.route("**/result?format=jsonl", many)
    result.reload()
    wait_until(result, "document.getElementById('result-shown')?.textContent === '10,000 rows'")
    assert 5 < result.locator(".grid-inside .line").count() < 60
    longest_ms = result.evaluate(
        """async () => {
          const scroller = document.querySelector(".grid-scroll");
          let longest = 0;
          for (let step = 1; step <= 40; step++) {
            const began = performance.now();
            scroller.scrollTop = (scroller.scrollHeight * step) / 40;
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            longest = Math.max(longest, performance.now() - began);
          }
          return longest;
        }"""
    )
    assert result.locator(".open", has_text="Shirt 10000").count() == 1
    assert result.locator(".grid-inside .line").count() < 60
    # Two frames of a browser that draws without a graphics card on a busy machine.
    assert longest_ms < 1000


def test_a_table_is_stopped_and_goes_on(visit, shop):
    page = visit("#table")
    # So many that it cannot be done before the button is pressed, however fast the machine.
    lines = "name\n" + "".join(f"Men Blue Shirt {n}\n" for n in range(100_000))
    hand_over(page, "#table-drop", lines.encode(), "long.csv")
    page.locator("#table-start").click()
    page.locator("progress[value]").wait_for()
    assert "of 100,000 rows" in page.locator("#table-progress").inner_text()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("It was stopped.").wait_for()
    assert page.locator("#table-start").inner_text() == "Go on"
    page.get_by_role("button", name="Remove").click()
    page.locator("#table-drop").wait_for()
    assert "long.csv" not in {job["name"] for job in shop.ask("GET", "/v1/jobs").json()["jobs"]}
