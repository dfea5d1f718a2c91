"""Which pages are one product: by canonical link, redirect and translations; what is relative."""

import json

import pytest

from crawler.engine.crawl import Crawl
from crawler.sources.jsonld.head import Head
from crawler.sources.jsonld.own_addresses import read_addresses
from crawler.sources.jsonld.page import read_page
from crawler.sources.jsonld.product import parse_product
from crawler.sources.jsonld.source import JsonLd
from tests.crawler.crawls import QUICK, rows
from tests.crawler.shop_files import urlset
from tests.crawler.shop_pages import Page, ShopServer, StaticSite

SITE = "https://shop.example"
TRANSLATIONS = {"de": "/de/clogs", "en": "/en/clogs", "en-us": "/us/clogs"}


def links(**addresses):
    """Write links: ``canonical``, ``base`` or a language, and its address."""
    tags = []
    for name, address in addresses.items():
        kind = {"canonical": "link rel=canonical", "base": "base"}.get(name)
        tags.append(f'<{kind or f"link rel=alternate hreflang={name}"} href="{address}">')
    return "".join(tags)


def group(path, head="", final=""):
    return read_addresses(Head(head), SITE + path, SITE + final if final else "").group


def product_page(head="", **fields):
    product = json.dumps({"@type": "Product", "name": "Hollis Clogs", **fields})
    return f'{head}<script type="application/ld+json">{product}</script>'.encode()


def test_pages_with_one_canonical_link_share_a_group():
    head = links(canonical="/clogs")
    groups = {group(path, head) for path in ("/clogs", "/sale/clogs", "/clogs?color=red")}
    assert groups == {group("/clogs")}


def test_pages_with_canonical_links_of_their_own_do_not():
    assert group("/clogs?color=red", links(canonical="/clogs?color=red")) != group("/clogs")


@pytest.mark.parametrize("start", ["/", "", f"{SITE}/", "/index.html", "/index.php"])
def test_a_canonical_link_to_the_start_page_says_nothing(start):
    head = links(canonical=start)
    assert group("/clogs", head) == group("/clogs") != group("/mules", head)


def test_the_host_is_one_with_and_without_www():
    head = links(canonical="https://www.shop.example/clogs")
    assert group("/sale/clogs", head) == group("/clogs")


def test_a_page_that_leads_to_another_shares_its_group():
    assert group("/old/clogs.php", final="/clogs") == group("/clogs")


def test_the_canonical_link_of_the_page_that_one_was_led_to_counts():
    head = links(canonical="/clogs")
    assert group("/old/clogs.php", head, final="/new/clogs") == group("/clogs")


@pytest.mark.parametrize("more", [{}, {"x-default": "/clogs"}])
def test_translations_share_a_group(more):
    head = links(**TRANSLATIONS, **more)
    groups = {group(path, head) for path in TRANSLATIONS.values()}
    # In whatever order they are listed.
    listed = dict(reversed((TRANSLATIONS | more).items()))
    assert groups == {group("/de/clogs", links(**listed))}
    assert groups.isdisjoint({group("/de/mules", links(de="/de/mules", en="/en/mules"))})


def test_translations_whose_canonical_links_are_their_own_share_a_group():
    groups = {group(path, links(canonical=path, **TRANSLATIONS)) for path in TRANSLATIONS.values()}
    assert len(groups) == 1


def test_a_list_of_translations_that_leaves_the_page_out_is_of_another_page():
    head = links(de="/de/", en="/en/")
    assert group("/de/clogs", head) != group("/de/mules", head)


def test_a_list_with_a_start_page_joins_nothing():
    head = links(de="/", en="/en/clogs")
    assert group("/en/clogs", head) == group("/en/clogs")


def test_a_product_group_comes_before_addresses():
    page = read_page(product_page(links(canonical="/clogs"), inProductGroupWithID="HC"))
    assert parse_product(page, f"{SITE}/clogs/38").group == "HC"


def test_products_that_are_one_share_a_group_of_the_corpus(path):
    """See https://html.spec.whatwg.org/multipage/links.html#link-type-canonical."""
    translations = links(de="/de/mules", en="/en/mules")
    pages = {
        "/sitemap.xml": urlset(
            *(f"<loc>{p}</loc>" for p in ("/clogs", "/sale", "/old", "/de/mules", "/en/mules"))
        ),
        "/clogs": product_page(),
        "/sale": product_page(links(canonical="/clogs")),
        "/old": Page(b"", status=301, headers={"Location": "/clogs"}),
        "/de/mules": product_page(translations),
        "/en/mules": product_page(translations),
    }
    with ShopServer(StaticSite(pages)) as server:
        Crawl(JsonLd(server.url), path, QUICK).run()
    groups = rows(path, "select group_concat(source_id, ' ') from products group by group_id")
    assert sorted(sorted(group.split()) for (group,) in groups) == [
        ["/clogs", "/old", "/sale"],
        ["/de/mules", "/en/mules"],
    ]


@pytest.mark.parametrize(
    ("base", "picture", "url"),
    [
        ("/media/", "1.jpg", f"{SITE}/media/1.jpg"),
        ("/media/shop", "1.jpg", f"{SITE}/media/1.jpg"),
        ("../media/", "1.jpg", f"{SITE}/media/1.jpg"),
        ("https://cdn.example/a/", "./b/1.jpg", "https://cdn.example/a/b/1.jpg"),
        ("//cdn.example/", "/1.jpg", "https://cdn.example/1.jpg"),
        ("https://cdn.example/", "//img.example/1.jpg", "https://img.example/1.jpg"),
        ("https://cdn.example/", f"{SITE}/1.jpg", f"{SITE}/1.jpg"),
        ("javascript:alert(1)", "1.jpg", f"{SITE}/p/1.jpg"),
    ],
)
def test_pictures_are_relative_to_the_base_of_the_page(base, picture, url):
    page = read_page(product_page(links(base=base), image=picture))
    assert parse_product(page, f"{SITE}/p/clogs").image_urls == (url,)


def test_the_first_base_counts_and_one_in_the_body_does_not():
    head = links(base="/a/") + links(base="/b/")
    page = read_page(product_page(head, image="1.jpg"))
    assert parse_product(page, f"{SITE}/p/clogs").image_urls == (f"{SITE}/a/1.jpg",)
    page = read_page(b"<body>" + product_page(head, image="1.jpg"))
    assert parse_product(page, f"{SITE}/p/clogs").image_urls == (f"{SITE}/p/1.jpg",)


def test_pictures_in_tags_and_in_the_head_are_relative_to_the_base_too():
    tags = (
        "<html><head><base href='/media/'><meta property='og:image' content='2.jpg'></head>"
        "<div itemscope itemtype='https://schema.org/Product'><b itemprop=name>Clogs</b>"
        "<img itemprop=image src='1.jpg'></div>"
    )
    item = parse_product(read_page(tags.encode()), f"{SITE}/p/clogs")
    assert item.image_urls == (f"{SITE}/media/1.jpg", f"{SITE}/media/2.jpg")


def test_without_a_base_pictures_are_relative_to_where_the_page_is():
    page = read_page(product_page(image="1.jpg"))
    item = parse_product(page, f"{SITE}/old/clogs", final_url=f"{SITE}/new/clogs")
    assert item.image_urls == (f"{SITE}/new/1.jpg",)


def test_the_canonical_link_is_relative_to_the_base():
    assert group("/sale/7", links(base="/shop/", canonical="clogs")) == group("/shop/clogs")
