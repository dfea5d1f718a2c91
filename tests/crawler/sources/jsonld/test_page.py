import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.jsonld.page import collect_nodes, parse_block, read_page, types_of
from tests.crawler.any_json import any_json
from tests.crawler.shop_files import product_html


@pytest.mark.parametrize(
    "block",
    [
        '{"@type": "Product", "name": "Boots",}',
        '{"@type": "Product", "name": "Boots", "image": ["a", "b", ], }',
        '<!--\n{"@type": "Product", "name": "Boots"}\n-->',
        '//<![CDATA[\n{"@type": "Product", "name": "Boots"}\n//]]>',
        '/*<![CDATA[*/{"@type": "Product", "name": "Boots"}/*]]>*/',
        '{"@type": "Product", "name": "Boots"};',
        '{"@type": "Product", "name": "Boots"}{"@type": "WebPage"}',
        '{"@type": "Product", "name": "Boots", "description": "Two\nlines\tand a tab"}',
        '{&quot;@type&quot;: &quot;Product&quot;, &quot;name&quot;: &quot;Boots&quot;}',
        '\ufeff{"@type": "Product", "name": "Boots"}',
    ],
)  # fmt: skip
def test_frequent_slips_are_mended(block):
    page = read_page(product_html(block))
    (product,) = page.of_type("Product")
    assert product["name"] == "Boots"
    assert page.broken_blocks == 0


def test_mending_leaves_texts_alone():
    assert parse_block('{"name": "Sizes: [1, ]", "a": "\\", }",}') == [
        {"name": "Sizes: [1, ]", "a": '", }'}
    ]


@pytest.mark.parametrize("block", ['{"name": "Boots', "name: 'Boots'", "[" * 100_000, "-->"])
def test_what_cannot_be_mended_is_counted_and_the_rest_is_read(block):
    page = read_page(product_html(block, '{"@type": "Product"}'))
    assert page.broken_blocks == 1
    assert len(list(page.of_type("Product"))) == 1


def test_objects_are_found_in_lists_graphs_and_pages():
    blocks = [
        [{"@type": "Product", "name": "a"}],
        {"@graph": [{"@type": "Product", "name": "b"}]},
        {"@type": "ItemPage", "mainEntity": {"@type": "Product", "name": "c"}},
        [[{"@graph": {"@type": ["Product", "Car"], "name": "d"}}]],
    ]
    page = read_page(product_html(*map(json.dumps, blocks)))
    assert sorted(node["name"] for node in page.of_type("Product")) == ["a", "b", "c", "d"]


def test_products_that_a_page_merely_names_are_not_its_own():
    named = {"@type": "Product", "name": "other"}
    block = {"@type": "Product", "name": "own", "isRelatedTo": [named], "isSimilarTo": named}
    listing = {"@type": "ItemList", "itemListElement": [{"item": named}]}
    page = read_page(product_html(json.dumps(block), json.dumps(listing)))
    assert [node["name"] for node in page.of_type("Product")] == ["own"]


def test_references_are_resolved():
    graph = {
        "@graph": [
            {"@type": "WebPage", "mainEntity": {"@id": "#p"}},
            {"@id": "#p", "@type": "Product", "brand": {"@id": "#b"}},
            {"@id": "#b", "@type": "Brand", "name": "Northfield"},
        ]
    }
    page = read_page(product_html(json.dumps(graph)))
    (product,) = page.of_type("Product")
    assert page.resolve(product["brand"])["name"] == "Northfield"


@pytest.mark.parametrize(
    ("head", "header", "encoding"),
    [
        ("", "text/html; charset=ISO-8859-1", "iso-8859-1"),
        ('<meta charset="windows-1252">', "text/html", "cp1252"),
        ("<meta content='text/html; charset=shift_jis'>", "", "utf-8"),
        ("", "text/html; charset=punycode", "utf-8"),
        ("", "text/html; charset=no-such-thing", "utf-8"),
    ],
)
def test_a_page_is_decoded_as_it_says(head, header, encoding):
    name = "カフェ" if "shift" in head else "Café"
    encoding = "shift_jis" if "shift" in head else encoding
    html = product_html(json.dumps({"@type": "Product", "name": name}, ensure_ascii=False))
    content = html.decode().replace("<title>", f"{head}<title>").encode(encoding)
    (product,) = read_page(content, header).of_type("Product")
    assert product["name"] == name


def test_a_script_that_is_commented_out_is_not_read():
    hidden = '<!-- <script type="application/ld+json">{"@type": "Product"}</script> -->'
    content = product_html('{"@type": "Product", "name": "<!-- Boots -->"}').decode()
    page = read_page(content.replace("<title>", f"{hidden}<title>").encode())
    assert [node["name"] for node in page.of_type("Product")] == ["<!-- Boots -->"]


@pytest.mark.parametrize(
    "tag",
    [
        "<SCRIPT TYPE='application/LD+JSON'>",
        '<script id="x" type="application/ld+json; charset=utf-8" data-a="1">',
        '<script type="application/ld&#x2B;json">',
        "<script type=application/ld+json>",
    ],
)
def test_the_tag_may_be_written_in_many_ways(tag):
    content = product_html('{"@type": "Product"}').replace(
        b'<script type="application/ld+json">', tag.encode()
    )
    assert len(list(read_page(content).of_type("Product"))) == 1


def test_the_language_of_the_page_is_kept():
    assert read_page(product_html(lang="de-AT")).language == "de-AT"


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 1000, b"<" * 100_000, b"<!--" * 500_000, b"<script>" * 100_000,
     b"<html " * 100_000, b"<div>" * 500_000, b'<script type="application/ld+json">',
     b'<script type="application/ld+json">{"a": ' + b" " * 200_000,
     b'<script type="application/ld+json">' + b"//" * 100_000,
     b'<script type="application/ld+json">{,' + b'"\\' * 100_000],
    ids=["empty", "nul", "angles", "comments", "scripts", "roots", "deep", "open", "spaces",
         "slashes", "quotes"],
)  # fmt: skip
def test_hostile_pages_take_no_long_time(content):
    began = time.process_time()
    assert list(read_page(content).of_type("Product")) == []
    assert time.process_time() - began < 3


def test_a_page_of_very_many_objects_is_cut():
    nodes, _ = collect_nodes([[{"@graph": [{}] * 100}] * 1000])
    assert len(nodes) < 25_000


@given(any_json(["@graph", "@id", "@type", "mainEntity", "name"]))
def test_any_value_can_be_collected(value):
    nodes, by_id = collect_nodes([value])
    for node in nodes:
        types_of(node)
    assert all(by_id)


@given(st.text(alphabet='{}[]",:&; \n<!->/*ab\\', max_size=60))
def test_any_block_is_parsed_or_refused(text):
    with contextlib.suppress(ValueError):
        parse_block(text)
