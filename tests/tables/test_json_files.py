import json
import tracemalloc

import pytest

from prodcat.tables.table import open_table
from tests.tables.files import rows, write


def test_a_broken_line_is_a_row_with_its_reason(tmp_path):
    lines = ['{"id": 1, "name": "a"}', "{broken", "", "[1]", '{"id": 2.0, "name": {"en": "b"}}']
    products = rows(write(tmp_path / "a.jsonl", "\n".join(lines)))
    assert [row.number for row in products] == [1, 2, 3, 4]
    assert products[1].error.startswith("no readable JSON")
    assert products[2].error == "no JSON object but list"
    assert (products[3].id, products[3].name, products[3].problems) == (
        "2",
        "",
        ("name is no text",),
    )


def test_lists_within_lists_are_one_broken_row(tmp_path):
    deep = "[" * 700 + '"x"' + "]" * 700
    text = f'{{"id": "1", "name": {deep}}}\n{{"id": {deep}}}\n{{"id": "3", "name": "a"}}\n'
    products = rows(write(tmp_path / "a.jsonl", text))

    assert [row.id for row in products[2:]] == ["3"]
    assert "too deep" in products[0].error


def test_a_line_that_is_too_long_is_not_held(tmp_path, monkeypatch):
    monkeypatch.setattr("prodcat.tables.json_files.MAX_LINE_CHARS", 100)
    text = f'{{"name": "a"}}\n{{"name": "{"x" * 1000}"}}\n{{"name": "b"}}\n'
    products = rows(write(tmp_path / "a.jsonl", text))

    assert [row.name for row in products] == ["a", "", "b"]
    assert products[1].error == "a line of more than 100 characters"


def test_half_a_surrogate_pair_becomes_a_question_mark(tmp_path):
    (row,) = rows(write(tmp_path / "a.jsonl", '{"id": "\\ud800", "name": "a\\udc00"}\n'))
    assert (row.id, row.name) == ("?", "a?")


PRODUCTS = [{"id": 1, "name": "Hat"}, {"id": 2, "name": "Cap", "images": [{"name": "x.jpg"}]}]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (json.dumps(PRODUCTS), "JSON array"),
        (json.dumps(PRODUCTS, indent=2), "JSON array"),
        ("[\n" + ",\n".join(map(json.dumps, PRODUCTS)) + "\n]\n", "JSON array"),
        (json.dumps({"page": 1, "products": PRODUCTS, "pages": 3}), "JSON, the list products"),
        (json.dumps({"meta": {"n": 1}, "stock": PRODUCTS}, indent=1), "JSON, the list stock"),
        ("\n".join(map(json.dumps, PRODUCTS)), "JSON lines"),
        (",\n".join(map(json.dumps, PRODUCTS)) + ",\n", "JSON lines"),
        ("\n".join(json.dumps(product, indent=2) for product in PRODUCTS), "JSON objects"),
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv"])
def test_json_of_any_layout_gives_its_products(tmp_path, text, note, name):
    table = open_table(write(tmp_path / name, text))
    assert [(row.id, row.name) for row in table.rows()] == [("1", "Hat"), ("2", "Cap")]
    assert note in table.notes
    assert table.count() == 2


def test_a_product_alone_is_no_list_of_its_pictures(tmp_path):
    (row,) = rows(write(tmp_path / "a.json", json.dumps(PRODUCTS[1])))
    assert row.name == "Cap"


def test_fields_that_come_late_are_read(tmp_path):
    lines = ['{"id": 1, "name": "Hat"}'] * 3000 + ['{"id": 2, "description": "Wide"}']
    assert rows(write(tmp_path / "a.jsonl", "\n".join(lines)))[-1].description == "Wide"


@pytest.mark.parametrize("indent", [None, 1])
def test_a_broken_element_of_an_array_costs_no_other(tmp_path, indent):
    text = json.dumps(
        [{"id": i, "name": "BAD" if i == 3 else "Hat"} for i in range(6)], indent=indent
    )
    products = rows(write(tmp_path / "a.json", text.replace('"BAD"', '"a" "b"')))
    assert [row.id for row in products] == ["0", "1", "2", "", "4", "5"]
    assert products[3].error.startswith("no readable JSON")


def test_an_array_that_is_cut_off_is_told(tmp_path):
    text = json.dumps([{"id": i, "name": "Hat"} for i in range(3)])
    products = rows(write(tmp_path / "a.json", text[:-1]))
    assert [row.error for row in products] == [
        None,
        None,
        None,
        "the list has no end: the file is cut off",
    ]


def test_an_array_streams(tmp_path):
    filler = "x" * 5000
    products = ({"id": i, "name": "Hat", "description": filler} for i in range(4000))
    with (tmp_path / "a.json").open("w") as file:
        file.write("[" + ",".join(map(json.dumps, products)) + "]")
    tracemalloc.start()
    table = open_table(tmp_path / "a.json")
    assert sum(1 for _ in table.rows()) == 4000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "a.json").stat().st_size > 20_000_000
    assert peak < 8_000_000


def test_fields_within_fields_have_names_with_dots(tmp_path):
    lines = [
        '{"product": {"title": "Hat", "ids": {"sku": 7}}}',
        '{"product": {"title": "Cap"}, "product.title": "Beret"}',
    ]
    path = write(tmp_path / "a.jsonl", "\n".join(lines))
    columns = {"name": "product.title", "id": "product.ids.sku"}
    assert [(row.id, row.name) for row in rows(path, columns=columns)] == [
        ("7", "Hat"),
        ("", "Beret"),
    ]
