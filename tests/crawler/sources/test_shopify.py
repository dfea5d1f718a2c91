import pytest
from hypothesis import given

from crawler.errors import SourceError
from crawler.sources import shopify
from crawler.sources.shopify import Shopify, parse_collections, parse_product
from prodcat.errors import ConfigError
from tests.crawler.any_json import any_json
from tests.crawler.shop_pages import (
    HTML_INSTEAD,
    Page,
    ShopifyStore,
    ShopServer,
    json_page,
    shopify_product,
)
from tests.crawler.walking import walk

STORE = "https://shop.example"


def crawl(store, **options):
    with ShopServer(store) as server:
        return walk(Shopify(server.url, **options)), server


def test_a_product_becomes_an_item():
    item = parse_product(shopify_product(7, "Women > Shoes"), STORE, source="shopify-shop.example")
    assert item.source == "shopify-shop.example"
    assert item.source_id == "8000000000007"
    assert item.name == "Hollis Clogs 7"
    assert item.description.startswith("<p>Cork sole.")
    assert item.url == "https://shop.example/products/hollis-clogs-7"
    assert item.category == "Women > Shoes"
    assert item.categories == ("Women > Shoes",)
    assert item.image_urls == ("https://cdn.example/s/files/hollis-clogs-7.jpg?v=17",)
    assert (item.brand, item.price) == ("Northfield", 79.5)
    assert item.updated_at == "2026-10-01T08:00:00-04:00"


@pytest.mark.parametrize("product", [None, "x", [], {}, {"id": None}, {"id": {}}, {"id": True}])
def test_an_entry_without_an_id_is_refused(product):
    with pytest.raises(SourceError):
        parse_product(product, STORE)


def test_a_product_of_nulls_is_an_item_without_parts():
    product = dict.fromkeys(shopify_product(1)) | {"id": 1}
    item = parse_product(product, STORE)
    assert (item.name, item.description, item.url, item.category) == ("", "", "", None)
    assert (item.image_urls, item.brand, item.price) == ((), "", None)


def test_a_handle_cannot_lead_elsewhere():
    item = parse_product({"id": 1, "handle": "../../admin?x"}, STORE)
    assert item.url == "https://shop.example/products/..%2F..%2Fadmin%3Fx"


KEYS = [*shopify_product(1), "src", "price", "products_count"]


@given(any_json(KEYS))
def test_any_value_in_any_field_is_an_item_or_is_refused(product):
    if isinstance(product, dict):
        product = {"id": 1, **product}
    try:
        item = parse_product(product, STORE)
    except SourceError:
        return
    assert item.source_id
    assert all(url.startswith(("http://", "https://")) for url in item.image_urls)


@given(any_json(KEYS))
def test_any_list_of_collections_can_be_read(value):
    parse_collections(value if isinstance(value, list) else [value])


def test_all_pages_are_read(monkeypatch):
    monkeypatch.setattr(shopify, "PAGE_SIZE", 3)
    outcome, server = crawl(ShopifyStore([shopify_product(i) for i in range(7)]))
    assert len(outcome.items) == 7
    assert outcome.failed == {}
    assert list(outcome.categories) == ["Shoes"]
    assert [path for path in server.requests if "products" in path] == [
        f"/products.json?limit=3&page={page}" for page in (1, 2, 3, 4)
    ]


def test_what_lies_beyond_the_page_limit_is_reached_through_collections(monkeypatch):
    monkeypatch.setattr(shopify, "PAGE_SIZE", 2)
    store = ShopifyStore(
        [shopify_product(i) for i in range(9)],
        {"all": list(range(9)), "clogs": [4, 5], "new": [6, 7, 8], "empty": []},
        limit=6,  # fewer than the class expects: the 400 is what it goes by
    )
    outcome, server = crawl(store)
    assert len(outcome.items) == 9
    assert outcome.failed == {}
    assert outcome.items["8000000000005"].crawled == "clogs"
    assert outcome.items["8000000000005"].category == "Shoes"
    assert not any("/collections/all/" in path or "/empty/" in path for path in server.requests)


def test_the_known_page_limit_is_not_run_into(monkeypatch):
    monkeypatch.setattr(shopify, "PAGE_SIZE", 2)
    monkeypatch.setattr(shopify, "LAST_PAGE", 3)
    store = ShopifyStore([shopify_product(i) for i in range(8)], {"clogs": [6, 7]}, limit=6)
    outcome, server = crawl(store)
    assert len(outcome.items) == 8
    assert not any("page=4" in path for path in server.requests)


def test_a_collection_beyond_its_limit_is_told(monkeypatch):
    monkeypatch.setattr(shopify, "PAGE_SIZE", 2)
    monkeypatch.setattr(shopify, "LAST_PAGE", 3)
    store = ShopifyStore([shopify_product(i) for i in range(8)], {"big": list(range(8))}, limit=6)
    outcome, _ = crawl(store, label="collection")
    assert len(outcome.items) == 6
    assert outcome.skipped == [("big", "the store shows no more than 6 of it")]


def test_collections_are_categories_when_they_are_the_label():
    store = ShopifyStore(
        [shopify_product(i, kind="") for i in range(4)],
        {"womens-clogs": [0, 1], "sale": [1, 2, 3]},
    )
    outcome, _ = crawl(store, label="collection")
    assert {i.source_id[-1]: i.category for i in outcome.items.values()} == {
        "0": "womens-clogs", "1": "womens-clogs", "2": "sale", "3": "sale"
    }  # fmt: skip
    assert outcome.categories["womens-clogs"].name == "Womens Clogs"


def test_only_the_collections_that_are_named_are_visited():
    store = ShopifyStore([shopify_product(i) for i in range(4)], {"clogs": [0, 1], "sale": [2]})
    outcome, server = crawl(store, collections=["clogs"])
    assert len(outcome.items) == 2
    assert all("/collections/clogs/" in path or "robots" in path for path in server.requests)


def test_a_store_that_answers_with_a_web_page_is_switched_off():
    store = ShopifyStore([])
    store.instead["/products.json", "1"] = HTML_INSTEAD
    outcome, _ = crawl(store)
    assert outcome.failed == {"products:1": "switched-off"}


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (Page(b'{"products": [{"id": 1, "ti', "application/json"), "bad-json"),
        (Page(b"", "application/json"), "bad-json"),
        (Page(b"[" * 100_000, "application/json"), "bad-json"),
        (json_page({"errors": "Not Found"}), "no-products"),
        (json_page([]), "no-products"),
        (json_page({"products": {"id": 1}}), "no-products"),
        (json_page({"errors": "?"}, 400), "status-400"),
    ],
)
def test_a_broken_first_page_fails_with_its_reason(page, reason):
    store = ShopifyStore([])
    store.instead["/products.json", "1"] = page
    outcome, _ = crawl(store)
    assert outcome.failed == {"products:1": reason}


def test_a_poison_product_is_skipped_alone():
    store = ShopifyStore([shopify_product(1), {"title": "No id"}, None, shopify_product(2)])
    outcome, _ = crawl(store)
    assert len(outcome.items) == 2
    assert outcome.skipped == [("page 1 product 2", "no-id"), ("page 1 product 3", "no-product")]


def test_an_unknown_label_is_refused():
    with pytest.raises(ConfigError, match="type, collection"):
        Shopify("shop.example", label="tags")
