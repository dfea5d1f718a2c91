import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.jsonld.breadcrumbs import Crumb, find_path, read_crumbs, trim
from crawler.sources.jsonld.page import PageData
from tests.crawler.any_json import any_json

SITE = "https://shop.example"
URL = f"{SITE}/p/hollis-clogs"


def crumb_list(*crumbs, **changes):
    elements = [
        {"@type": "ListItem", "position": i, "name": name, **({"item": url} if url else {})}
        for i, (name, url) in enumerate(crumbs, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": elements, **changes}


def path_of(*crumbs, url=URL, name="Hollis Clogs"):
    return find_path(PageData((crumb_list(*crumbs),)), url, name)


SHOES = [("Women", f"{SITE}/women"), ("Shoes", f"{SITE}/women/shoes")]


@pytest.mark.parametrize(
    "crumbs",
    [
        SHOES,
        [("Home", SITE), *SHOES],
        [("Northfield", f"{SITE}/"), *SHOES],
        [("Startseite", ""), *SHOES],
        [("Home", f"{SITE}/index.html"), *SHOES],
        [("Home", SITE), *SHOES, ("Hollis Clogs", "")],
        [("Home", SITE), *SHOES, ("Hollis Clogs", f"{SITE}/p/hollis-clogs/")],
        [("Home", SITE), *SHOES, ("HOLLIS  clogs", f"{SITE}/other")],
        [("Home", SITE), *SHOES, ("Hollis Clogs in cork, wide", "")],
        [("Home", SITE), ("Women &amp; more", f"{SITE}/women"), ("Shoes", f"{SITE}/women/shoes")],
    ],
)
def test_home_and_the_product_are_dropped(crumbs):
    path = path_of(*crumbs)
    assert path in (("Women", "Shoes"), ("Women & more", "Shoes"))


def test_levels_without_addresses_are_all_categories():
    assert path_of(("Women", ""), ("Shoes", ""), name="Other") == ("Women", "Shoes")


def test_the_start_of_a_language_is_the_home_page():
    url = f"{SITE}/en-gb/p/1"
    crumbs = [("Northfield", f"{SITE}/en-gb/"), ("Shoes", f"{SITE}/en-gb/shoes")]
    assert path_of(*crumbs, url=url) == ("Shoes",)


def test_a_category_of_two_letters_is_none():
    url = f"{SITE}/tv/samsung"
    assert path_of(("TV", f"{SITE}/tv"), ("OLED", f"{SITE}/tv/oled"), url=url) == ("TV", "OLED")


def test_a_department_by_the_name_of_home_stays():
    crumbs = [("Home", SITE), ("Home", f"{SITE}/departments/home"), ("Beds", f"{SITE}/beds")]
    assert path_of(*crumbs) == ("Home", "Beds")


def test_positions_count_and_not_the_order():
    crumbs = crumb_list(*SHOES)
    crumbs["itemListElement"].reverse()
    assert find_path(PageData((crumbs,)), URL) == ("Women", "Shoes")


def test_without_all_positions_the_order_counts():
    crumbs = crumb_list(*SHOES)
    del crumbs["itemListElement"][0]["position"]
    crumbs["itemListElement"][1]["position"] = 0
    assert find_path(PageData((crumbs,)), URL) == ("Women", "Shoes")


def test_names_may_stand_in_the_item():
    elements = [{"position": "1", "item": {"@id": f"{SITE}/women", "name": "Women"}}]
    node = {"itemListElement": elements}
    assert read_crumbs(PageData(), node, URL) == [("Women", f"{SITE}/women")]


def test_the_longest_of_several_lists_is_taken():
    page = PageData((crumb_list(SHOES[0]), crumb_list(*SHOES)))
    assert find_path(page, URL) == ("Women", "Shoes")


def test_a_list_of_the_home_page_alone_is_no_path():
    assert path_of(("Home", SITE)) == ()


@given(any_json(["itemListElement", "item", "@id", "name", "position", "url", "@type"]))
def test_any_value_in_any_field_can_be_read(value):
    node = {"@type": "BreadcrumbList", "itemListElement": value}
    path = find_path(PageData((node, {"@type": "BreadcrumbList"})), URL, "Clogs")
    assert all(path)


@given(st.text(), st.text())
def test_any_names_can_be_trimmed(first, last):
    trim([Crumb(first, ""), Crumb("x", URL), Crumb(last, "")], URL, last)
