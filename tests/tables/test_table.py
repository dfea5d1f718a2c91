import json
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prodcat.corpus.store import Corpus
from prodcat.errors import TableError
from prodcat.tables.columns import PRODUCT_FIELDS
from prodcat.tables.table import open_table
from tests.toy import draw_corpus, draw_products, write_products


def rows(path, **options):
    return list(open_table(path, **options).rows())


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_every_format_gives_the_same_products(tmp_path, format):
    found = rows(write_products(tmp_path, format, products=60))
    expected = draw_products(60)
    assert [(r.id, r.name, r.description, r.category) for r in found] == [
        (p.id, p.name, p.description, p.path) for p in expected
    ]
    pictures = [
        r.image if isinstance(r.image, bytes | None) else r.image.read_bytes() for r in found
    ]
    assert pictures == [p.image for p in expected]
    assert [r.number for r in found] == list(range(1, 61))


def test_a_corpus_is_a_table_too(tmp_path):
    path = draw_corpus(tmp_path, products=30)
    found = {row.id: row for row in rows(path)}
    expected = {f"toy:{p.id}": p for p in draw_products(30)}
    assert {i: (r.name, r.category) for i, r in found.items()} == {
        i: (p.name, p.path) for i, p in expected.items()
    }
    assert found["toy:1002"].image.read_bytes() == expected["toy:1002"].image
    assert found["toy:1003"].image is None


def test_surplus_commas_of_a_kaggle_line_belong_to_the_name(tmp_path):
    folder = write_products(tmp_path, "kaggle", products=60)
    found = rows(folder)
    expected = draw_products(60)
    assert [r.name.replace(",", "") for r in found] == [p.name for p in expected]
    assert found[0].name.count(",") == 2
    assert [r.category for r in found] == [p.path for p in expected]
    assert found[0].image == folder / "images" / "1000.jpg"
    assert rows(folder / "styles.csv") == found


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet", "kaggle"])
def test_reading_can_start_further_down(tmp_path, format):
    table = open_table(write_products(tmp_path, format, products=130))
    assert list(table.rows(start=77)) == list(table.rows())[77:]


def test_columns_can_be_named(tmp_path):
    path = write(tmp_path / "a.csv", "key,label,a,b,text\n7,Boots,Women,,Warm\n")
    columns = {"id": "key", "name": "label", "category": "a,b", "description": ["text", "label"]}
    (row,) = rows(path, columns=columns)
    assert (row.id, row.name, row.category, row.description) == (
        "7",
        "Boots",
        ("Women",),
        "Warm Boots",
    )


def test_a_field_can_be_left_out(tmp_path):
    path = write(tmp_path / "a.csv", "id,name,image\n1,Boots,no.jpg\n")
    assert open_table(path, columns={"image": ""}).columns == {"id": ("id",), "name": ("name",)}


def test_only_the_wanted_fields_are_read(tmp_path):
    path = write(tmp_path / "a.csv", "id,name,category\n1,Boots,Shoes\n")
    (row,) = rows(path, fields=PRODUCT_FIELDS)
    assert (row.name, row.category) == ("Boots", ())


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"name": "titel"}, "no column 'titel' for the name. It has: id, text, a,b"),
        ({"category": "text,nope"}, "no column 'nope' for the category"),
        ({"naem": "text"}, "Unknown field 'naem'"),
        ({"id": "id,text"}, "read from one column, not from 2"),
        ({}, "no column that looks like a name"),
    ],
)
def test_columns_that_do_not_fit_are_told(tmp_path, columns, message):
    path = write(tmp_path / "a.csv", 'id,text,"a,b"\n')
    with pytest.raises(TableError, match=message):
        open_table(path, columns=columns)


@pytest.mark.parametrize(
    ("cell", "separator", "category"),
    [
        ("Women > Shoes", " > ", ("Women", "Shoes")),
        ("Women>Shoes", " > ", ("Women", "Shoes")),
        (r"Toys > Ages \> 3", " > ", ("Toys", "Ages > 3")),
        ("Home >> >> Beds &amp; Baths", ">>", ("Home", "Beds & Baths")),
        ("Home/T-Shirts", "/", ("Home", "T-Shirts")),
        ("", " > ", ()),
        (["Home", "", None, " A > B "], " > ", ("Home", "A > B")),
        (None, " > ", ()),
        (float("nan"), " > ", ()),
        (12, " > ", ("12",)),
    ],
)
def test_category_of_one_cell(tmp_path, cell, separator, category):
    path = write(tmp_path / "a.jsonl", json.dumps({"name": "x", "category": cell}) + "\n")
    assert rows(path, separator=separator)[0].category == category


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("../secret.jpg", "picture lies outside the image folder"),
        ("/etc/passwd", "picture lies outside the image folder"),
        ("link.jpg", "picture lies outside the image folder"),
        ("a\0b.jpg", "picture has an impossible path"),
        ("https://example.org/a.jpg", "picture is a web address; only files are read"),
        (["a.jpg"], "picture is neither bytes nor a path but list"),
    ],
)
def test_a_picture_that_may_not_be_read_leaves_the_text(tmp_path, cell, problem):
    shop = tmp_path / "shop"
    shop.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (shop / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    path = write(shop / "a.jsonl", json.dumps({"name": "Boots", "image": cell}) + "\n")
    (row,) = rows(path)
    assert (row.name, row.image, row.problems) == ("Boots", None, (problem,))


def test_pictures_can_lie_in_another_folder(tmp_path):
    (tmp_path / "pictures").mkdir()
    path = write(tmp_path / "a.csv", "name,image\nBoots,b.jpg\n")
    (row,) = rows(path, image_root=tmp_path / "pictures")
    assert row.image == tmp_path / "pictures" / "b.jpg"


def test_parquet_pictures_may_be_structs_of_bytes_and_path(tmp_path):
    pictures = [{"bytes": b"x", "path": None}, {"bytes": None, "path": "p.jpg"}, None]
    pq.write_table(pa.table({"name": ["a", "b", "c"], "image": pictures}), tmp_path / "a.parquet")
    found = rows(tmp_path / "a.parquet")
    assert [row.image for row in found] == [b"x", tmp_path / "p.jpg", None]


def test_a_broken_line_is_a_row_with_its_reason(tmp_path):
    lines = ['{"id": 1, "name": "a"}', "{broken", "", "[1]", '{"id": 2.0, "name": {"en": "b"}}']
    found = rows(write(tmp_path / "a.jsonl", "\n".join(lines)))
    assert [row.number for row in found] == [1, 2, 3, 4]
    assert found[1].error.startswith("no readable JSON")
    assert found[2].error == "no JSON object but list"
    assert (found[3].id, found[3].name, found[3].problems) == ("2", "", ("name is no text",))


def test_broken_lines_of_csv_are_told(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"id,name\n1,a,b\n2\n\n3,caf\xe9\n4,d\n")
    found = rows(tmp_path / "a.csv")
    assert found[0].error == "3 cells under 2 column names"
    assert found[1].problems == ("fewer cells than columns",)
    assert found[2].problems == ("text that is not UTF-8",)
    assert (found[3].id, found[3].name) == ("4", "d")


@pytest.mark.parametrize("after", [0, 3, 1500])
def test_a_quote_that_is_never_closed_costs_its_own_row_alone(tmp_path, after):
    lines = ["id,name", "1,a", '2,"b', *(f"{i},c" for i in range(after))]
    found = rows(write(tmp_path / "a.csv", "\n".join(lines)))

    assert found[0].name == "a"
    assert found[1].error == "a quote is not closed"
    assert [row.id for row in found[2:]] == [str(i) for i in range(after)]
    assert not any(row.error for row in found[2:])


def test_a_quote_that_is_closed_may_span_lines(tmp_path):
    found = rows(write(tmp_path / "a.csv", 'id,name\n1,"a\n\nb"\n2,c\n'))
    assert [(row.id, row.name.split()) for row in found] == [("1", ["a", "b"]), ("2", ["c"])]


def test_text_of_parquet_that_is_not_utf8_costs_no_other_row(tmp_path):
    latin = pa.array([b"caf\xe9", b"boots"]).view(pa.string())
    told = pa.table({"id": ["1", "2"], "name": latin})
    pq.write_table(told, tmp_path / "a.parquet")
    found = rows(tmp_path / "a.parquet")

    assert (found[0].name, found[0].problems) == ("caf\ufffd", ("text that is not UTF-8",))
    assert (found[1].id, found[1].name, found[1].problems) == ("2", "boots", ())


def test_lists_within_lists_are_one_broken_row(tmp_path):
    deep = "[" * 700 + '"x"' + "]" * 700
    text = f'{{"id": "1", "name": {deep}}}\n{{"id": {deep}}}\n{{"id": "3", "name": "a"}}\n'
    found = rows(write(tmp_path / "a.jsonl", text))

    assert [row.id for row in found[2:]] == ["3"]
    assert "too deep" in found[0].error


def test_a_line_that_is_too_long_is_not_held(tmp_path, monkeypatch):
    monkeypatch.setattr("prodcat.tables.json_lines.MAX_LINE_CHARS", 100)
    text = f'{{"name": "a"}}\n{{"name": "{"x" * 1000}"}}\n{{"name": "b"}}\n'
    found = rows(write(tmp_path / "a.jsonl", text))

    assert [row.name for row in found] == ["a", "", "b"]
    assert found[1].error == "a line of more than 100 characters"


def test_a_corpus_is_found_from_its_own_folder(tmp_path, monkeypatch):
    path = draw_corpus(tmp_path, products=5)
    monkeypatch.chdir(path.parent)

    found = [row.image for row in rows(path.name) if row.image is not None]
    assert found
    assert all(image.is_file() for image in found)


def test_a_megabyte_of_text_is_read_whole(tmp_path):
    (row,) = rows(write(tmp_path / "a.csv", f"name\n{'x' * 1_000_000}\n"))
    assert len(row.name) == 1_000_000


def test_half_a_surrogate_pair_becomes_a_question_mark(tmp_path):
    (row,) = rows(write(tmp_path / "a.jsonl", '{"id": "\\ud800", "name": "a\\udc00"}\n'))
    assert (row.id, row.name) == ("?", "a?")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.csv", None, "No file or folder"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n\n", "does not begin with a line of column names"),
        ("a.parquet", b"PAR1 and no more", "cannot be read"),
        ("a.jsonl", b"[\n1]\n", "no JSON object in its first lines"),
        ("a.xlsx", b"PK\3\4", "no table of products that we know"),
    ],
)
def test_what_is_no_table_is_told(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(TableError, match=message) as caught:
        open_table(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_folder_without_styles_is_told(tmp_path):
    with pytest.raises(TableError, match=r"folder with neither styles\.csv nor Parquet"):
        open_table(tmp_path)


def test_an_image_folder_that_is_not_there_is_told(tmp_path):
    path = write(tmp_path / "a.csv", "name\nx\n")
    with pytest.raises(TableError, match="No folder"):
        open_table(path, image_root=tmp_path / "nowhere")


def test_parquet_streams(tmp_path):
    # One row group of 30 MB, which readers like to load whole.
    picture = pa.array([bytes([i % 256]) * 4 + str(i).encode() * 2000 for i in range(4000)])
    pq.write_table(
        pa.table({"name": ["x"] * 4000, "image": picture}),
        tmp_path / "a.parquet",
        row_group_size=4000,
        compression="none",
        use_dictionary=False,
    )
    table = open_table(tmp_path / "a.parquet")
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    highest = max(pa.total_allocated_bytes() - before for _ in table.rows())
    _, python_peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "a.parquet").stat().st_size > 25_000_000
    assert highest < 15_000_000
    assert python_peak < 10_000_000


def test_reading_a_corpus_does_not_write_to_it(tmp_path):
    path = draw_corpus(tmp_path, products=12)
    before = path.read_bytes()
    rows(path)
    assert path.read_bytes() == before
    with Corpus.open(path) as corpus:
        assert corpus.count() == 12
