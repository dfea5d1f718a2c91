"""Filters, searches, lists and errors, held against what is known of the ShopStyle API."""

from datetime import datetime
from xml.etree import ElementTree

import pytest

from tests.shopstyle.drawn import BOOTCUT, SKINNY

requests = pytest.importorskip("requests")

EVERY = 91
"""Products of the drawn shop."""


def everything(ask, **params):
    pages = [ask("/products", limit=50, offset=offset, **params).json() for offset in (0, 50)]
    return [product for page in pages for product in page.get("products") or []]


def total(ask, **params):
    return ask("/products", **params).json()["metadata"]["total"]


def brand_id(ask, name):
    return next(b["id"] for b in ask("/brands").json()["brands"] if b["name"] == name)


def test_a_brand_filter_leaves_its_products(ask):
    north = brand_id(ask, "Northfield")
    products = everything(ask, fl=f"b{north}")
    # Some products do not state their brand.
    assert {p.get("brand", {}).get("id", north) for p in products} == {north}
    assert {p["id"] % 2 for p in products} == {1}
    assert len(products) == len([number for number in BOOTCUT if number % 2])


def test_filters_of_one_letter_add_up_and_those_of_several_narrow(ask):
    north, ash = (f"b{brand_id(ask, name)}" for name in ("Northfield", "Ashlane"))
    assert total(ask, fl=[north, ash]) == EVERY
    on_sale = [p["id"] for p in everything(ask) if p["isOnSale"]]
    numbers = [p["id"] for p in everything(ask, fl=[north, "d0"])]
    assert sorted(numbers) == sorted(i for i in on_sale if i % 2)


def test_a_range_of_prices_is_that_of_all_price_filters_in_it(ask):
    names = {f["id"]: f["name"] for f in ask("/priceFilters").json()["priceFilters"]}
    assert (names["20"], names["31"], names["40"]) == ("$0 – $10", "$120 – $140", "$450 – $500")
    prices = [p.get("salePrice", p["price"]) for p in everything(ask)]
    assert total(ask, fl="p31:40") == len([p for p in prices if 120 <= p < 500]) > 0
    assert total(ask, fl="p20") == len([p for p in prices if p < 10])
    assert total(ask, fl=["p20:30", "p31:60"]) == EVERY


def test_colour_size_retailer_and_discount_filter(ask):
    products = everything(ask)
    for letter, ids in {
        "c": [[c["canonicalColors"][0]["id"] for c in p["colors"]] for p in products],
        "s": [[s["canonicalSize"]["id"] for s in p["sizes"]] for p in products],
        "r": [[p["retailer"]["id"]] for p in products],
        "d": [["40"] if p["discount"] >= 0.4 else [] for p in products],
    }.items():
        value = next(i for listed in ids for i in listed)
        assert total(ask, fl=f"{letter}{value}") == sum(value in listed for listed in ids), letter


def test_metadata_names_the_filters_only_when_there_are_any(ask):
    assert "filters" not in ask("/products").json()["metadata"]
    (named,) = ask("/products", fl="d0").json()["metadata"]["filters"]
    assert named == {"id": "0", "type": "Discount", "name": "On Sale"}


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("PriceLoHi", lambda p: p.get("salePrice", p["price"])),
        ("PriceHiLo", lambda p: -p.get("salePrice", p["price"])),
        ("Recency", lambda p: -int(p["extractDate"].replace("-", ""))),
        ("Popular", lambda p: -p["favoriteCount"]),
    ],
)
def test_products_are_sorted(ask, sort, key):
    keys = [key(product) for product in everything(ask, sort=sort)]
    assert keys == sorted(keys)
    assert keys != [key(product) for product in everything(ask)]


def test_every_word_searched_for_is_there(ask):
    assert total(ask, fts="hollis JEANS") == EVERY
    assert total(ask, fts="hollis skirt") == 0
    assert [p["id"] for p in everything(ask, fts=["hollis", "700000051"])] == [700000051]
    assert total(ask, fts="northfield") == len([number for number in BOOTCUT if number % 2])


def test_empty_and_unknown_parameters_change_nothing(ask):
    plain = ask("/products", cat="jeans").text
    assert ask("/products/", cat="jeans", fts="", fl="", pdd="", offset="", limit="").text == plain
    assert ask("/products", cat="jeans", floor="0", site="www.shopstyle.co.uk").text == plain


def test_dropped_prices_are_those_of_sales_since_then(ask):
    sales = [p for p in everything(ask) if p["isOnSale"]]
    day = sorted(p["lastModified"] for p in sales)[len(sales) // 2]
    since = len([p for p in sales if p["lastModified"] >= day])
    epoch = int(datetime.fromisoformat(f"{day}T00:00+00:00").timestamp())
    assert total(ask, pdd=epoch * 1000) == since > 0
    assert total(ask, pdd=1) == len(sales)


def test_products_can_be_asked_for_by_id(ask):
    numbers = [p["id"] for p in everything(ask, prodid=["700000007", "5", "700000003"])]
    assert numbers == [700000007, 700000003]
    assert [p["id"] for p in everything(ask, prodid=[SKINNY, 700000003], cat="skinny-jeans")] == [
        SKINNY
    ]


def test_locales_choose(ask):
    assert total(ask, locales="all") == total(ask, locales="en_US") == EVERY
    assert total(ask, locales=["ja_JP", "de_DE"]) == 0


def test_related_products_are_other_ones_of_the_category(ask):
    body = ask("/products/700000051/related", limit=50).json()
    assert body["metadata"]["total"] == 88
    assert 700000051 not in [p["id"] for p in body["products"]]


def test_histograms_count_what_the_filters_would_find(ask):
    names = "Brand,Retailer,Price,Discount,Size,Color,Category,HeelHeight"
    body = ask("/products/histogram", cat="bootcut-jeans", filters=names).json()
    assert body["metadata"]["total"] == 89
    letters = {"brand": "b", "retailer": "r", "price": "p", "discount": "d", "size": "s"}
    letters |= {"color": "c"}
    unfiltered = {"metadata", "categoryHistogram", "heelHeightHistogram"}
    assert set(body) == {f"{name}Histogram" for name in letters} | unfiltered
    for name, letter in letters.items():
        entry = body[f"{name}Histogram"][0]
        assert set(entry) == {"id", "name", "count", "url"}
        number = total(ask, cat="bootcut-jeans", fl=letter + entry["id"])
        assert number == entry["count"] > 0, name
    categories = {entry["id"]: entry["count"] for entry in body["categoryHistogram"]}
    assert (categories["women"], categories["skinny-jeans"]) == (89, 1)


def test_a_histogram_has_what_was_asked_for_above_the_floor(ask):
    body = ask("/products/histogram", filters="Price", floor="0").json()
    assert set(body) == {"metadata", "priceHistogram"}
    assert sum(entry["count"] for entry in body["priceHistogram"]) == EVERY
    above = ask("/products/histogram", filters="Price", floor="5").json()["priceHistogram"]
    assert above == [entry for entry in body["priceHistogram"] if entry["count"] >= 5]
    assert 0 < len(above) < len(body["priceHistogram"])


def test_where_no_histogram_is_named_there_are_products(ask):
    body = ask("/products/histogram", filters="fl=b1", limit="2").json()
    assert body == ask("/products", filters="fl=b1", limit="2").json()
    assert len(body["products"]) == 2


@pytest.mark.parametrize("name", ["brands", "retailers", "colors", "sizes", "priceFilters"])
def test_values_of_filters_are_listed(ask, name):
    entries = ask(f"/{name}").json()[name]
    assert entries
    assert {"id", "name", "url"} <= set(entries[0])
    assert ("synonyms" in entries[0]) == (name == "brands")
    assert len({entry["id"] for entry in entries}) == len(entries)


def test_sizes_can_be_those_of_a_category(ask):
    assert ask("/sizes", cat="mens-dress-shirts").json()["sizes"] == []
    assert len(ask("/sizes", cat="jeans").json()["sizes"]) > 1


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/products?pid=", 401, {"errorCode": 401, "errorName": "MissingPartnerId"}),
        ("/categories", 401, {"errorCode": 401, "errorName": "MissingPartnerId"}),
        ("/products?pid=YOUR_API_KEY", 401, {"errorCode": 401}),
        ("/products/5?pid=x", 404, {"errorCode": 404, "errorName": "InvalidProductId"}),
        ("/products/abc?pid=x", 404, {"errorCode": 404, "errorName": "InvalidProductId"}),
        ("/products/5/related?pid=x", 404, {"errorCode": 404, "errorName": "InvalidProductId"}),
        ("/lists/7/items?pid=x", 404, {"errorCode": 404, "errorName": "FavoriteListNotFound"}),
        ("/lists/search?pid=x", 400, {"errorCode": 400, "errorMessage": "HTTP 404 Not Found"}),
        ("/posts?pid=x", 400, {"errorCode": 400, "errorMessage": "HTTP 404 Not Found"}),
        ("/categories?pid=x&cat=hats", 404, {"errorCode": 404, "errorName": "InvalidCategoryId"}),
        ("/products?pid=x&limit=ten", 400, {"errorCode": 400, "errorName": "InvalidParameter"}),
    ],
)
def test_errors_have_their_status_and_say_what(server, path, status, body):
    response = requests.get(server.url + path)
    error = response.json()
    assert response.status_code == status
    assert error | body == error
    assert error["errorMessage"]
    assert set(error) <= {"errorCode", "errorName", "errorMessage"}


def test_methods_that_are_gone_are_told_in_two_words(ask):
    assert ask("/lists/search").json() == {"errorCode": 400, "errorMessage": "HTTP 404 Not Found"}


def test_the_partner_id_comes_back_in_links_and_cannot_break_the_json(server):
    for pid in ("uid1-2-3", 'a"b\\c'):
        body = requests.get(f"{server.url}/products", {"pid": pid, "limit": 1}).json()
        assert body["products"][0]["clickUrl"].endswith(f"&pid={pid}")


def test_xml_is_well_formed(ask):
    response = ask("/products", cat="bootcut-jeans", format="xml", limit=2)
    assert response.headers["Content-Type"].startswith("application/xml")
    root = ElementTree.fromstring(response.content)
    assert root.findtext("metadata/total") == "89"
    assert len(root.findall("products/item")) == 2
    error = ElementTree.fromstring(ask("/products/5", format="xml").content)
    assert error.findtext("errorName") == "InvalidProductId"


def test_brands_are_given_in_parts_where_a_limit_is_asked_for(ask):
    everything = ask("/brands").json()
    part = ask("/brands?offset=1&limit=2").json()
    assert part["brands"] == everything["brands"][1:3]
    total = len(everything["brands"])
    assert part["metadata"] == {"offset": 1, "limit": 2, "total": total}
    assert everything["metadata"] == {"offset": 0, "limit": total, "total": total}


def test_lists_of_favourites_have_products(ask):
    answer = ask("/lists").json()
    assert answer["metadata"]["total"] == len(answer["lists"]) > 0
    first = answer["lists"][0]
    whole = ask(f"/lists/{first['id']}/?limit=50").json()
    assert first.items() <= whole.items()
    assert len(whole["favorites"]) == first["count"]
    assert whole["metadata"]["limit"] == 50
    one = ask(f"/lists/{first['id']}?limit=1").json()
    assert one["favorites"] == whole["favorites"][:1]
    items = ask(f"/lists/{first['id']}/items?limit=50").json()
    assert len(items["products"]) == items["metadata"]["total"] == first["count"]
