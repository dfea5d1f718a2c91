import contextlib

import pytest
from hypothesis import given

from crawler.errors import SourceError
from crawler.sources.jsonld.page import PageData, collect_nodes
from crawler.sources.jsonld.product import make_id, parse_product
from tests.crawler.any_json import any_json

SITE = "https://shop.example"
URL = f"{SITE}/p/hollis-clogs"
PRODUCT = {
    "@context": "https://schema.org/",
    "@type": "Product",
    "name": "Hollis Clogs",
    "image": ["/i/1.jpg", "https://cdn.example/2.jpg"],
    "description": "Cork &amp; leather",
    "sku": "HC-1",
    "brand": {"@type": "Brand", "name": "Northfield"},
    "offers": {"@type": "Offer", "price": "89.00", "priceCurrency": "EUR",
               "availability": "https://schema.org/InStock"},
}  # fmt: skip


def read(*blocks, url=URL, **options):
    nodes, by_id = collect_nodes(list(blocks))
    return parse_product(PageData(nodes, by_id, language="en-GB"), url, **options)


def test_a_product_becomes_an_item():
    item = read(PRODUCT, source="jsonld-shop.example")
    assert (item.source, item.source_id) == ("jsonld-shop.example", "/p/hollis-clogs")
    assert (item.name, item.description) == ("Hollis Clogs", "Cork &amp; leather")
    assert item.url == URL
    assert item.image_urls == (f"{SITE}/i/1.jpg", "https://cdn.example/2.jpg")
    assert (item.brand, item.price, item.currency) == ("Northfield", 89.0, "EUR")
    assert (item.category, item.categories, item.locale) == (None, (), "en-GB")


@pytest.mark.parametrize(
    ("image", "urls"),
    [
        ("/1.jpg", [f"{SITE}/1.jpg"]),
        ({"@type": "ImageObject", "contentUrl": "/1.jpg", "url": "/page"}, [f"{SITE}/1.jpg"]),
        ({"@type": "ImageObject", "url": ["/1.jpg", "/2.jpg"]}, [f"{SITE}/1.jpg", f"{SITE}/2.jpg"]),
        ([{"url": "/1.jpg"}, "/2.jpg", None, 7, {}], [f"{SITE}/1.jpg", f"{SITE}/2.jpg"]),
        ({"@id": f"{SITE}/1.jpg"}, [f"{SITE}/1.jpg"]),
        ("data:image/png;base64,AAAA", []),
    ],
)
def test_pictures_are_written_in_many_ways(image, urls):
    assert [u for u in read({**PRODUCT, "image": image}).image_urls if "7" not in u] == urls


@pytest.mark.parametrize(
    ("offers", "price", "currency"),
    [
        ({"price": 15, "priceCurrency": "USD"}, 15.0, "USD"),
        ([{"price": "20"}, {"price": "15", "priceCurrency": "usd"}], 15.0, "USD"),
        ({"@type": "AggregateOffer", "lowPrice": "9,50", "priceCurrency": "EUR"}, 9.5, "EUR"),
        ({"@type": "AggregateOffer", "offers": [{"price": 8, "priceCurrency": "CHF"}]}, 8.0, "CHF"),
        ({"priceSpecification": [{"price": 7, "priceCurrency": "SEK"}]}, 7.0, "SEK"),
        ({"price": None}, None, ""),
        ("15 EUR", None, ""),
        ([], None, ""),
    ],
)
def test_offers_are_written_in_many_ways(offers, price, currency):
    item = read({**PRODUCT, "offers": offers})
    assert (item.price, item.currency) == (price, currency)


@pytest.mark.parametrize(
    ("category", "path"),
    [
        ("Women > Shoes", "Women > Shoes"),
        ("Women &gt; Shoes", "Women > Shoes"),
        ({"@type": "CategoryCode", "name": "Clogs"}, "Clogs"),
        (["Shoes", "Women > Shoes > Clogs"], "Women > Shoes > Clogs"),
        ("https://shop.example/shoes", None),
        (7, None),
    ],
)
def test_the_category_may_stand_in_the_product(category, path):
    assert read({**PRODUCT, "category": category}).category == path


def test_breadcrumbs_come_before_the_product_s_own_category():
    crumbs = [
        {"@type": "ListItem", "position": 1, "name": "Home", "item": SITE},
        {"@type": "ListItem", "position": 2, "name": "Shoes", "item": f"{SITE}/shoes"},
        {"@type": "ListItem", "position": 3, "name": "Hollis Clogs"},
    ]
    page = {
        "@type": "WebPage",
        "breadcrumb": {"@type": "BreadcrumbList", "itemListElement": crumbs},
    }
    item = read(page, {**PRODUCT, "category": "Something"})
    assert (item.category, item.categories) == ("Shoes", ("Shoes",))


def test_a_group_speaks_for_its_variants():
    variants = [
        {**PRODUCT, "name": f"Hollis Clogs {size}", "offers": {"price": price}}
        for size, price in (("38", 20), ("39", 18))
    ]
    group = {"@type": "ProductGroup", "name": "Hollis Clogs", "productGroupID": "HC",
             "hasVariant": variants}  # fmt: skip
    item = read(group)
    assert (item.name, item.group, item.price) == ("Hollis Clogs", "HC", 18.0)
    assert item.image_urls[0] == f"{SITE}/i/1.jpg"
    assert item.brand == "Northfield"


GROUP = {"@type": "ProductGroup", "@id": "#g", "name": "Hollis Clogs", "productGroupID": "HC"}


def variant(number, **fields):
    """Write a variant that stands beside its group."""
    offer = {"price": 20 + number, "priceCurrency": "EUR"}
    images = [f"/i/{number}.jpg"]
    return {
        "@type": "Product",
        "name": f"Size {number}",
        "image": images,
        "offers": offer,
        **fields,
    }


@pytest.mark.parametrize(
    "names_it",
    [
        {"isVariantOf": {"@id": "#g"}},
        {"isVariantOf": {"@type": "ProductGroup", "productGroupID": "HC"}},
        {"isVariantOf": [{"@id": "#other"}, {"@id": "#g"}]},
        {"inProductGroupWithID": "HC"},
    ],
)
def test_variants_beside_their_group_lend_it_pictures_and_price(names_it):
    item = read(GROUP, variant(1, **names_it), variant(2, **names_it))
    assert (item.name, item.group, item.price) == ("Hollis Clogs", "HC", 21.0)
    assert item.image_urls == (f"{SITE}/i/1.jpg", f"{SITE}/i/2.jpg")


def test_variants_of_another_group_lend_nothing():
    item = read(GROUP, *(variant(n, inProductGroupWithID="other") for n in (1, 2)))
    assert (item.name, item.price, item.image_urls) == ("Hollis Clogs", None, ())


def test_what_a_group_states_itself_comes_before_its_variants():
    group = {**GROUP, "image": "/i/group.jpg", "brand": "Northfield"}
    item = read(group, *(variant(n, isVariantOf={"@id": "#g"}, brand="Harrow") for n in (1, 2)))
    assert item.image_urls[0] == f"{SITE}/i/group.jpg"
    assert item.brand == "Northfield"


def test_the_only_variant_beside_a_group_is_the_page_s_product():
    item = read(GROUP, variant(1, isVariantOf={"@id": "#g"}))
    assert (item.name, item.price, item.image_urls) == ("Size 1", 21.0, (f"{SITE}/i/1.jpg",))


def test_variants_within_and_beside_a_group_are_read_together():
    group = {**GROUP, "hasVariant": [variant(1), {"@id": "#2"}]}
    item = read({"@graph": [group, variant(2, **{"@id": "#2"})]}, variant(0, isVariantOf=GROUP))
    assert item.price == 20.0
    assert set(item.image_urls) == {f"{SITE}/i/{n}.jpg" for n in range(3)}


@pytest.mark.parametrize("where", ["page", "offer", "graph"])
def test_what_an_offer_is_for_is_the_product(where):
    goods = {"@type": "Product", "name": "Hollis Clogs", "image": "/i/1.jpg"}
    offer = {"@type": "Offer", "price": "89", "priceCurrency": "EUR", "itemOffered": goods}
    item = read(
        {
            "page": {"@type": "WebPage", "mainEntity": offer},
            "offer": offer,
            "graph": {"@graph": [{"@type": "WebSite", "name": "Shop"}, offer]},
        }[where]
    )
    assert (item.name, item.price, item.currency) == ("Hollis Clogs", 89.0, "EUR")
    assert item.image_urls == (f"{SITE}/i/1.jpg",)


def test_what_the_offers_of_a_product_are_for_lends_it_what_it_lacks():
    goods = [{"@type": "Product", "name": f"Size {n}", "image": f"/i/{n}.jpg"} for n in (1, 2)]
    offers = [{"price": 20 + n, "itemOffered": one} for n, one in enumerate(goods)]
    item = read({"@type": "Product", "name": "Hollis Clogs", "offers": offers})
    assert (item.name, item.price) == ("Hollis Clogs", 20.0)
    assert item.image_urls == (f"{SITE}/i/1.jpg", f"{SITE}/i/2.jpg")


def test_a_variant_names_its_group():
    item = read({**PRODUCT, "isVariantOf": {"@type": "ProductGroup", "productGroupID": "HC"}})
    assert item.group == "HC"


def test_the_brand_may_be_a_word_or_a_reference():
    assert read({**PRODUCT, "brand": "Harrow"}).brand == "Harrow"
    graph = {"@graph": [{**PRODUCT, "brand": {"@id": "#b"}}, {"@id": "#b", "name": "Harrow"}]}
    assert read(graph).brand == "Harrow"


def test_the_same_product_in_two_blocks_is_one():
    assert read({"@type": "Product", "name": "Hollis Clogs"}, PRODUCT).price == 89.0


def test_of_several_products_the_one_with_the_page_s_address_is_taken():
    recommended = [{**PRODUCT, "name": f"Other {i}", "url": f"{SITE}/p/{i}"} for i in range(3)]
    product = {"@type": "Product", "name": "Own", "url": f"{URL}?utm=1", "@id": f"{URL}#product"}
    assert read(*recommended, product).name == "Own"


def test_a_listing_is_no_product():
    with pytest.raises(SourceError) as caught:
        read(*({**PRODUCT, "name": f"Other {i}", "@id": f"#{i}"} for i in range(3)))
    assert caught.value.reason == "several-products"


def test_a_page_without_product_is_refused_with_its_reason():
    with pytest.raises(SourceError) as caught:
        read({"@type": "WebSite"})
    assert caught.value.reason == "no-product"
    with pytest.raises(SourceError) as caught:
        parse_product(PageData(broken_blocks=1), URL)
    assert caught.value.reason == "broken-json-ld"


def test_the_picture_of_the_sitemap_stands_in():
    bare = {"@type": "Product", "name": "Clogs"}
    assert read(bare, image_url="https://cdn.example/s.jpg").image_urls == (
        "https://cdn.example/s.jpg",
    )


def test_long_addresses_have_ids_of_their_own():
    ids = {make_id(f"{SITE}/{'x' * 400}{i}") for i in range(2)}
    assert len(ids) == 2
    assert max(map(len, ids)) < 300


KEYS = [*PRODUCT, "hasVariant", "category", "isVariantOf", "price", "lowPrice", "url",
        "contentUrl", "productGroupID", "priceSpecification", "@graph", "@id",
        "itemListElement", "item", "position"]  # fmt: skip


@given(any_json(KEYS))
def test_any_value_in_any_field_is_an_item_or_is_refused(value):
    product = value if isinstance(value, dict) else {"name": value, "offers": value}
    crumbs = {"@type": "BreadcrumbList", "itemListElement": value}
    item = read({**product, "@type": "Product"}, crumbs)
    assert item.source_id
    assert all(url.startswith(("http://", "https://")) for url in item.image_urls)


@given(any_json([*KEYS, "@type"]))
def test_any_page_is_an_item_or_is_refused(value):
    with contextlib.suppress(SourceError):
        read(value)
