import pytest

from crawler.sources.jsonld.page import read_page
from crawler.sources.jsonld.product import parse_product
from tests.crawler.sources.jsonld.shop_systems.scripts import SCRIPTS
from tests.crawler.sources.jsonld.shop_systems.tags import MICRODATA, RDFA

PAGES = {**MICRODATA, **RDFA, **SCRIPTS}
ABOUT_THE_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<link rel="stylesheet" href="/a.css"><style>.breadcrumb > a {{ color: red }}</style>
<script>dataLayer = [{{"breadcrumb": "<div class=breadcrumb>"}}];</script></head><body>
<header><ul class="menu"><li><a href="/men">Men</a></li></ul></header>{}
<footer><a href="/contact">Contact</a></footer></body></html>"""


@pytest.mark.parametrize("system", PAGES)
def test_the_usual_pages_of_shop_systems_are_products_with_all_that_matters(system):
    page = read_page(ABOUT_THE_PAGE.format(PAGES[system]).encode())
    item = parse_product(page, "https://shop.example/hollis-clogs.html")
    assert item.name == "Hollis Clogs"
    assert item.image_urls[0] == "https://shop.example/i/clogs.jpg"
    assert (item.price, item.currency) == (89.0, "EUR")
    assert item.category == "Women > Shoes"
