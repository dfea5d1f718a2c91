"""Categories, products and pictures, held against what is known of the ShopStyle API."""

import io
import re
from datetime import datetime

import pytest
from PIL import Image

from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.inputs.text import clean_text
from prodcat.taxonomy.tree import Category
from tests.shopstyle.drawn import (
    BOOTCUT,
    DESCRIPTION,
    IN_BOOTCUT,
    IN_TWO,
    INTERNAL,
    PARENTS,
    SKINNY,
    UNKNOWN,
    draw_picture,
)
from tests.shopstyle.pictures import BOXES
from tests.shopstyle_server import ShopstyleServer

requests = pytest.importorskip("requests")


def ids(response):
    return [product["id"] for product in response.json()["products"]]


def test_a_second_page_of_products(ask):
    body = ask("/products", cat="bootcut-jeans", offset=50, limit=50).json()
    metadata = body["metadata"]
    assert (metadata["offset"], metadata["limit"], metadata["total"]) == (50, 50, 89)
    assert metadata["category"]["id"] == "bootcut-jeans"
    assert metadata["category"]["localizedIds"] == {"en-US": "bootcut-jeans"}
    assert metadata["majorCategory"]["id"] == "womens-clothes"
    assert metadata["engine"] == "ELASTICSEARCH"
    assert len(body["products"]) == 39


def test_pages_together_give_every_product_once(ask):
    pages = [ids(ask("/products", cat="bootcut-jeans", offset=o, limit=50)) for o in (0, 50)]
    assert sorted(pages[0] + pages[1]) == IN_BOOTCUT


def test_the_limit_is_10_unless_asked_for_and_50_at_most(ask):
    assert ask("/products").json()["metadata"]["limit"] == 10
    body = ask("/products", limit=500).json()
    assert (body["metadata"]["limit"], len(body["products"])) == (50, 50)


def test_past_the_end_there_is_no_products_key(ask):
    body = ask("/products", cat="bootcut-jeans", offset=89).json()
    assert body["metadata"]["total"] == 89
    assert "products" not in body


def test_a_category_without_products_is_an_empty_list(ask):
    body = ask("/products", cat="mens-dress-shirts").json()
    assert (body["metadata"]["total"], body["products"]) == (0, [])


def test_no_more_than_5000_products_can_be_reached(tmp_path):
    with Corpus.open(tmp_path / "corpus.db", create=True) as corpus:
        corpus.upsert_categories("big", [Category("bags", "Bags")])
        corpus.upsert_products(
            NewProduct(source="big", source_id=str(n), name=f"Bag {n}", category_id="bags")
            for n in range(1, 5101)
        )
    with ShopstyleServer(tmp_path / "corpus.db") as server, requests.Session() as session:
        url = f"{server.url}/products?pid=x&cat=bags&limit=50"
        last = session.get(f"{url}&offset=4980").json()
        beyond = session.get(f"{url}&offset=5000").json()
        counts = session.get(f"{server.url}/products/histogram?pid=x&filters=Price").json()
        prices = counts["priceHistogram"]
        split = [
            session.get(f"{url}&fl=p{price['id']}").json()["metadata"]["total"] for price in prices
        ]
    assert (last["metadata"]["total"], len(last["products"])) == (5100, 20)
    assert (beyond["metadata"]["total"], "products" in beyond) == (5100, False)
    assert split == [price["count"] for price in prices]
    assert sum(split) == 5100
    assert max(split) < 5000


def test_a_product_has_the_fields_of_the_api(ask):
    product = ask("/products/700000051").json()
    expected = {
        "id": 700000051,
        "name": "Hollis Mid-Rise Jeans 700000051",
        "brandedName": "Northfield Hollis Mid-Rise Jeans 700000051",
        "unbrandedName": "Hollis Mid-Rise Jeans 700000051",
        "currency": "USD",
        "locale": "en_US",
        "clickUrl": "https://api.shopstyle.com/action/apiVisitRetailer?id=700000051&pid=PID",
        "alternateImages": [],
    }
    assert {key: product[key] for key in expected} == expected
    assert product["brand"] == {"id": product["brand"]["id"], "name": "Northfield"}
    assert isinstance(product["brand"]["id"], str)
    assert {"id", "name", "score"} <= set(product["retailer"])
    label = {k: v for k, v in product["categories"][0].items() if k != "numId"}
    assert label == {
        "id": "bootcut-jeans",
        "name": "Bootcut Denim",
        "shortName": "Bootcut Denim",
        "fullName": "Women's Bootcut Denim",
        "localizedId": "bootcut-jeans",
    }
    assert {"color", "size"} <= set(product["stock"][0])
    assert set(product["colors"][0]) == {"name", "canonicalColors"}
    assert set(product["sizes"][0]["canonicalSize"]) == {"id", "name"}
    assert datetime.fromisoformat(product["extractDate"]) <= datetime.fromisoformat(
        product["lastModified"]
    )
    assert product["priceLabel"].startswith("$")


def test_sale_prices_are_there_only_on_sale(ask):
    products = ask("/products", limit=50).json()["products"]
    assert {p["isOnSale"] for p in products} == {True, False}
    for product in products:
        assert ("salePrice" in product) == product["isOnSale"] == bool(product["discount"])
        if product["isOnSale"]:
            sale = product["price"] * (1 - product["discount"])
            assert product["salePrice"] == pytest.approx(sale, abs=0.006)


def test_some_descriptions_are_html_and_all_read_the_same(ask):
    texts = [p["description"] for p in ask("/products", limit=50).json()["products"]]
    assert any("<br/>" in text and "&amp;" in text for text in texts)
    assert DESCRIPTION in texts
    assert {clean_text(text) for text in texts} == {DESCRIPTION}


def test_prices_follow_from_the_id_alone(jeans_corpus, ask):
    products = ask("/products", cat="bootcut-jeans", limit=50).json()["products"]
    with ShopstyleServer(jeans_corpus) as second:
        page = requests.get(f"{second.url}/products?pid=P&cat=bootcut-jeans&limit=50").json()
    assert [p["price"] for p in products] == [p["price"] for p in page["products"]]
    assert len({p["price"] for p in products}) > 10


def test_labels_may_be_several_internal_or_unknown(ask):
    labels = {
        i: [c["id"] for c in ask(f"/products/{i}").json()["categories"]]
        for i in (IN_TWO, INTERNAL, UNKNOWN)
    }
    assert labels == {
        IN_TWO: ["bootcut-jeans", "skinny-jeans"],
        INTERNAL: ["sweaters"],
        UNKNOWN: ["turtle-and-mock-necks"],
    }
    leaves = ("bootcut-jeans", "skinny-jeans", "cardigan-sweaters", "mens-dress-shirts")
    numbers = [i for leaf in leaves for o in (0, 50) for i in paged(ask, leaf, o)]
    assert numbers.count(IN_TWO) == 2
    assert {*BOOTCUT, SKINNY, INTERNAL, UNKNOWN} <= set(numbers)
    assert INTERNAL in ids(ask("/products", cat="sweaters"))


def paged(ask, cat, offset):
    page = ask("/products", cat=cat, offset=offset, limit=50).json()
    return [product["id"] for product in page.get("products") or []]


def test_odd_labels_can_be_had_from_any_corpus(jeans_corpus):
    with ShopstyleServer(jeans_corpus, oddities=0.2) as server:
        pages = [requests.get(f"{server.url}/products?pid=x&limit=50&offset={o}") for o in (0, 50)]
        products = [product for page in pages for product in page.json()["products"]]
    labels = [[c["id"] for c in product["categories"]] for product in products]
    assert any(len(label) > 1 for label in labels)
    assert sum(label == ["jeans"] for label in labels) > 5
    assert sum(label[0] not in PARENTS for label in labels) > 5


def test_a_picture_has_eight_sizes(server, ask):
    image = ask("/products/700000051").json()["image"]
    assert re.fullmatch("[0-9a-f]{32}", image["id"])
    sizes = image["sizes"]
    boxes = {"Small": (32, 40), "IPhoneSmall": (100, 125), "Medium": (112, 140)}
    boxes |= {"Large": (164, 205), "IPhone": (288, 360), "XLarge": (328, 410), "Best": (720, 900)}
    assert {n: (s["width"], s["height"]) for n, s in sizes.items() if n != "Original"} == boxes
    assert set(sizes["Original"]) == {"sizeName", "url"}
    assert sizes["Original"]["url"] == sizes["Best"]["url"]
    assert sizes["Large"]["url"] == sizes["IPhone"]["url"]
    start = f"{server.origin}/sim/{image['id'][:2]}/{image['id'][2:4]}/{image['id']}"
    slug = "hollis-mid-rise-jeans-700000051.jpg"
    suffixes = {"Small": "_small", "Medium": "_medium", "Large": "", "XLarge": "_xlarge"}
    suffixes |= {"Best": "_best"}
    for name, suffix in suffixes.items():
        assert sizes[name]["url"] == f"{start}{suffix}/{slug}"


@pytest.mark.parametrize("name", [name for name in BOXES if name != "Original"])
def test_pictures_really_have_the_size_that_is_stated(ask, name):
    size = ask("/products/700000051").json()["image"]["sizes"][name]
    response = requests.get(size["url"])
    assert response.headers["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(response.content)) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (size["actualWidth"], size["actualHeight"])
        assert picture.size == {"XLarge": (308, 410), "Best": (600, 800)}.get(name, picture.size)


def test_a_picture_that_fits_is_served_as_it_is(ask):
    url = ask("/products/700000051").json()["image"]["sizes"]["Best"]["url"]
    assert requests.get(url).content == draw_picture()


def test_pictures_that_are_not_there_are_not_found(server, ask):
    assert "image" not in ask(f"/products/{SKINNY}").json()
    for path in ("/sim/00/00/" + "0" * 32 + "/a.jpg", "/sim/../../etc/passwd", "/sim/a.jpg"):
        assert requests.get(server.origin + path).status_code == 404


def test_a_corpus_of_paths_gets_ids_fit_for_urls(toy_corpus):
    with ShopstyleServer(toy_corpus) as server:
        body = requests.get(f"{server.url}/products?pid=x&cat=women-shoes-boots").json()
        rows = requests.get(f"{server.url}/products?pid=x").json()["metadata"]["total"]
    assert body["metadata"]["category"]["fullName"] == "Women Shoes Boots"
    assert body["metadata"]["total"] > 10
    assert rows == 240
