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
    monkeypatch.setattr("prodcat.tables.json_lines.MAX_LINE_CHARS", 100)
    text = f'{{"name": "a"}}\n{{"name": "{"x" * 1000}"}}\n{{"name": "b"}}\n'
    products = rows(write(tmp_path / "a.jsonl", text))

    assert [row.name for row in products] == ["a", "", "b"]
    assert products[1].error == "a line of more than 100 characters"


def test_half_a_surrogate_pair_becomes_a_question_mark(tmp_path):
    (row,) = rows(write(tmp_path / "a.jsonl", '{"id": "\\ud800", "name": "a\\udc00"}\n'))
    assert (row.id, row.name) == ("?", "a?")
