import pytest
from hypothesis import given

from crawler.errors import SourceError
from crawler.sources import woocommerce
from crawler.sources.woocommerce import (
    WooCommerce,
    choose_category,
    following_pages,
    parse_categories,
    parse_product,
    read_minor_units,
)
from prodcat.taxonomy.tree import Taxonomy
from tests.crawler.any_json import any_json
from tests.crawler.shop_pages import HTML_INSTEAD, WOO_TREE, Page, ShopServer, WooStore, woo_product
from tests.crawler.walking import walk


def crawl(store, **options):
    with ShopServer(store) as server:
        return walk(WooCommerce(server.url, **options)), server


def test_a_product_becomes_an_item():
    item = parse_product(woo_product(7, (16, 17, 18)), source="woocommerce-woo.example")
    assert (item.source, item.source_id) == ("woocommerce-woo.example", "107")
    assert item.name == "Harrow Boots 7"
    assert item.description == (
        "<p>Ankle boots.</p>\n<p>Suede, with a zip &amp; a low heel.</p>"
    )  # fmt: skip
    assert item.url == "https://woo.example/product/harrow-boots-7/"
    assert item.category == "18"
    assert item.categories == ("16", "17", "18")
    assert item.image_urls == ("https://woo.example/wp-content/uploads/boots-7.jpg",)
    assert (item.price, item.currency, item.brand) == (110.5, "GBP", "Northfield")
    assert item.group == ""


def test_a_variation_belongs_to_the_group_of_its_parent():
    assert parse_product({"id": 8, "parent": 7}).group == "7"


def test_the_deepest_category_is_the_label_wherever_it_stands():
    listed = woo_product(1, (18, 16, 17))["categories"]
    assert choose_category(listed) == "18"


def test_the_placeholder_category_is_no_label():
    item = parse_product(woo_product(1, (15,)))
    assert (item.category, item.categories) == (None, ("15",))


@pytest.mark.parametrize(
    ("amount", "digits", "price"),
    [("11050", 2, 110.5), ("4900", 0, 4900.0), ("1234567", 3, 1234.567), ("100", None, 1.0),
     ("100", -1, 1.0), ("100", 10**6, 1.0), ("100", True, 1.0), (None, 2, None), ({}, 2, None)],
)  # fmt: skip
def test_prices_are_counted_in_the_currency_s_smallest_unit(amount, digits, price):
    assert read_minor_units(amount, digits) == price


def test_the_tree_keeps_its_parents():
    tree = Taxonomy(parse_categories(WOO_TREE))
    assert tree.path("18") == ("Shoes & Bags", "Boots", "Chelsea")


def test_a_category_that_is_its_own_parent_is_a_root():
    (category,) = parse_categories([{"id": 3, "name": "Hats", "parent": 3}])
    assert category.parent_id is None


def test_a_page_that_has_come_since_is_asked_for():
    headers = {"X-WP-TotalPages": "3", "Link": '<https://woo.example/?page=4>; rel="next"'}
    assert list(following_pages(headers, 3, 100)) == [4]


def test_a_boundless_number_of_pages_is_not_believed():
    assert len(following_pages({"X-WP-TotalPages": "999999999"}, 1, 100)) < 10_000


@pytest.mark.parametrize("product", [None, 3, [], {}, {"id": []}])
def test_an_entry_without_an_id_is_refused(product):
    with pytest.raises(SourceError):
        parse_product(product)


KEYS = [*woo_product(1), *woo_product(1)["prices"], "src", "link", "taxonomy", "terms"]


@given(any_json(KEYS))
def test_any_value_in_any_field_is_an_item_or_is_refused(product):
    if isinstance(product, dict):
        product = {"id": 1, **product}
    try:
        item = parse_product(product)
    except SourceError:
        return
    assert item.price is None or item.price >= 0


@given(any_json(["id", "name", "parent"]))
def test_any_list_of_categories_can_be_read(value):
    categories = parse_categories(value if isinstance(value, list) else [value])
    assert len({category.id for category in categories}) == len(categories)


@pytest.mark.parametrize("with_totals", [True, False])
def test_all_pages_and_the_tree_are_read(monkeypatch, with_totals):
    monkeypatch.setattr(woocommerce, "PAGE_SIZE", 3)
    outcome, _ = crawl(WooStore([woo_product(i) for i in range(8)], with_totals=with_totals))
    assert len(outcome.items) == 8
    assert outcome.failed == {}
    assert Taxonomy(outcome.categories.values()).path("17") == ("Shoes & Bags", "Boots")


def test_only_the_categories_that_are_named_are_visited():
    store = WooStore([woo_product(1, (16,)), woo_product(2, (15,))])
    outcome, _ = crawl(store, categories=["15"])
    assert list(outcome.items) == ["102"]


def test_a_poison_product_is_skipped_alone():
    outcome, _ = crawl(WooStore([woo_product(1), "x", {"name": "No id"}, woo_product(2)]))
    assert list(outcome.items) == ["101", "102"]
    assert outcome.skipped == [("page 1 product 2", "no-product"), ("page 1 product 3", "no-id")]


def test_a_site_without_the_api_fails_with_its_reason():
    outcome, _ = crawl(lambda path, query: WooStore([])("/other", query))
    assert outcome.failed == {"categories:1": "status-404", "products:1": "status-404"}


def test_a_site_that_answers_with_a_web_page_is_switched_off():
    outcome, _ = crawl(lambda path, query: HTML_INSTEAD)
    assert set(outcome.failed.values()) == {"switched-off"}


def test_a_store_is_read_at_the_older_address_of_its_api_whatever_php_complains_of():
    notice = b"<br />\n<b>Deprecated</b>: x in <b>/a.php</b> on line <b>3</b><br />\n"
    products = notice + b'[{"id": 7, "name": "Tea"}]'

    def answer(path, query):
        pages = {
            "/wp-json/wc/store/products": products,
            "/wp-json/wc/store/products/categories": b"[]",
        }
        return Page(pages[path], "text/html") if path in pages else Page(b"{}", status=404)

    with ShopServer(answer) as server:
        outcome = walk(WooCommerce(server.url))
    assert (list(outcome.items), outcome.failed) == (["7"], {})
