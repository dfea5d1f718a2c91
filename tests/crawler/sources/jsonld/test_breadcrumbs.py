import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.jsonld.breadcrumbs import Crumb, read_crumbs, trim
from crawler.sources.jsonld.breadcrumbs import find_path as find_own_path
from crawler.sources.jsonld.head import Head
from crawler.sources.jsonld.own_addresses import read_addresses
from crawler.sources.jsonld.page import PageData
from tests.crawler.any_json import any_json

SITE = "https://shop.example"
URL = f"{SITE}/p/hollis-clogs"


def find_path(page, url, name=""):
    return find_own_path(page, read_addresses(page.head, url), name)


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


BRANDS = [("Brands", f"{SITE}/b"), ("N", f"{SITE}/b/n"), ("Northfield", f"{SITE}/b/northfield")]


def test_the_first_of_several_lists_is_taken_and_not_the_longest():
    page = PageData((crumb_list(*SHOES), crumb_list(*BRANDS)))
    assert find_path(page, URL) == ("Women", "Shoes")


def test_the_list_that_the_page_names_comes_before_the_first():
    named = crumb_list(*SHOES, **{"@id": f"{URL}#breadcrumb"})
    webpage = {"@type": "WebPage", "breadcrumb": {"@id": f"{URL}#breadcrumb"}}
    page = PageData((crumb_list(*BRANDS), named, webpage), {f"{URL}#breadcrumb": named})
    assert find_path(page, URL) == ("Women", "Shoes")


def test_a_list_that_leads_nowhere_gives_way_to_the_next():
    page = PageData((crumb_list(("Home", SITE), ("Hollis Clogs", URL)), crumb_list(*SHOES)))
    assert find_path(page, URL, "Hollis Clogs") == ("Women", "Shoes")


@pytest.mark.parametrize(
    "trail",
    ["Home > Women > Shoes", "Home / Women / Shoes / Hollis Clogs", "Women » Shoes",
     "Startseite &gt; Women &gt; Shoes", ["Home", "Women", "Shoes"], "Úvod › Women › Shoes"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["WebPage", "Product"])
def test_breadcrumbs_may_be_texts(trail, kind):
    page = PageData(({"@type": kind, "breadcrumb": trail},))
    assert find_path(page, URL, "Hollis Clogs") == ("Women", "Shoes")


def test_the_elements_of_a_list_may_be_names():
    page = PageData(({"@type": "BreadcrumbList", "itemListElement": ["Home", "Women", "Shoes"]},))
    assert find_path(page, URL) == ("Women", "Shoes")


def test_a_list_by_another_type_is_a_trail_where_it_says_so_or_begins_at_home():
    named = crumb_list(*SHOES, **{"@type": "ItemList", "name": "Breadcrumbs"})
    assert find_path(PageData((named,)), URL) == ("Women", "Shoes")
    homely = crumb_list(("Northfield", SITE), *SHOES, **{"@type": "ItemList"})
    assert find_path(PageData((homely,)), URL) == ("Women", "Shoes")
    other = crumb_list(("Clogs", f"{SITE}/p/2"), ("Boots", f"{SITE}/p/3"), **{"@type": "ItemList"})
    assert find_path(PageData((other,)), URL) == ()


@pytest.mark.parametrize(
    ("home", "address"),
    [
        ("Etusivu", ""),
        ("Kezdőlap", ""),
        ("ホーム", ""),
        ("Whatever", "/"),
        ("Whatever", f"{SITE}/de/at/"),
        ("Whatever", f"{SITE}/de/index.html"),
        ("Home", f"{SITE}/store/index.html"),
        ("shop.example", ""),
        ("Northfield Outdoor", ""),
    ],
)
def test_the_home_page_is_known_by_its_address_or_its_name_in_any_language(home, address):
    url = f"{SITE}/de/at/p/1"
    page = PageData((crumb_list((home, address), *SHOES),), head=Head(
        metas={"og:site_name": ("Northfield outdoor",)}))  # fmt: skip
    assert find_path(page, url) == ("Women", "Shoes")


@pytest.mark.parametrize("last", ["Hollis Cl…", "Hollis Clogs...", "Hollis Clogs cork 38"])
def test_a_shortened_name_at_the_end_is_the_product(last):
    crumbs = [("Women", ""), ("Shoes", ""), (last, "")]
    assert path_of(*crumbs, name="Hollis Clogs cork") == ("Women", "Shoes")


def test_a_list_of_the_home_page_alone_is_no_path():
    assert path_of(("Home", SITE)) == ()


@given(any_json(["itemListElement", "item", "@id", "name", "position", "url", "@type"]))
def test_any_value_in_any_field_can_be_read(value):
    node = {"@type": "BreadcrumbList", "itemListElement": value}
    path = find_path(PageData((node, {"@type": "BreadcrumbList"})), URL, "Clogs")
    assert all(path)


@given(st.text(), st.text())
def test_any_names_can_be_trimmed(first, last):
    own = read_addresses(Head(), URL)
    trim([Crumb(first, ""), Crumb("x", URL), Crumb(last, "")], PageData(), own, last)
