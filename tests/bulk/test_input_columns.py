"""The input's own columns stand beside the answers, as they were."""

import csv
import datetime
import decimal
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prodcat.bulk import finishing
from prodcat.bulk.answering import CategorizeOptions
from prodcat.bulk.answers import output_names
from prodcat.bulk.categorizing import categorize
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import InputError
from tests.bulk.tables import answered, many, write_jsonl
from tests.model_files import encoded

OURS = [
    *("category", "probability", "abstained", "reason", "leaf", "leaf_probability"),
    *("alternatives", "error"),
]


def test_columns_of_the_input_come_first_and_a_label_is_not_lost(tmp_path, predictor):
    (tmp_path / "in.csv").write_text(
        "SKU,title,category,Error\n007,boots,Old > Boots,none\n8,zzz,,\n"
    )

    result = categorize(tmp_path / "in.csv", tmp_path / "o.parquet", predictor=predictor)

    first, second = answered(tmp_path / "o.parquet")
    assert list(first) == ["SKU", "title", "category_input", "Error_input", *OURS]
    assert [first[c] for c in ("SKU", "category_input", "Error_input", "category")] == [
        *("007", "Old > Boots", "none", "Shoes > Boots"),
    ]
    assert (first["reason"], second["reason"]) == (None, "unsure")
    assert result.renamed == {"category": "category_input", "Error": "Error_input"}
    assert any("category is called category_input" in note for note in result.remarks)


def test_parquet_keeps_its_types_and_not_its_pictures(tmp_path, predictor):
    day = datetime.date(2024, 2, 29)
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.int32()),
            "name": pa.array(["boots", "bag"]).dictionary_encode(),
            "image": [encoded("#ff0000"), None],
            "price": pa.array([decimal.Decimal("9.90"), None]),
            "day": [day, None],
            "stamp": pa.array([2**62, None], pa.timestamp("ns")),
            "tags": [["a", "b"], []],
            "size": [{"eu": 42}, {"eu": 43}],
        }
    )
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=1)

    result = categorize(tmp_path / "in.parquet", tmp_path / "out.parquet", predictor=predictor)

    found = pq.read_table(tmp_path / "out.parquet")
    assert found.select(found.column_names[:7]).equals(table.drop_columns("image"))
    assert result.left_out == ("image",)
    assert found.column_names[7:] == OURS


def test_a_path_beside_a_pictures_bytes_is_kept(tmp_path, predictor):
    pictures = [{"bytes": encoded("#ff0000"), "path": "1.jpg"}, None]
    pq.write_table(pa.table({"name": ["shoes"] * 2, "image": pictures}), tmp_path / "in.parquet")
    rows = [{"name": "shoes", "image": {"bytes": None, "path": "a.jpg"}}, {"name": "bag"}]
    write_jsonl(tmp_path / "in.jsonl", rows)

    for kind in ("parquet", "jsonl"):
        options = CategorizeOptions(image_root=tmp_path)
        output = tmp_path / f"{kind}.csv"
        categorize(tmp_path / f"in.{kind}", output, predictor=predictor, options=options)

    categorize(tmp_path / "in.parquet", tmp_path / "same.parquet", predictor=predictor)
    assert [row["image"] for row in read_csv(tmp_path / "parquet.csv")] == ["1.jpg", ""]
    assert [row["image"] for row in read_csv(tmp_path / "jsonl.csv")] == ["a.jpg", ""]
    assert [row["image"] for row in answered(tmp_path / "same.parquet")] == ["1.jpg", None]


def test_a_picture_that_is_written_as_text_is_left_out(tmp_path, predictor):
    cells = ["1.jpg", "data:image/png;base64,AAAA", "A" * 5000, "https://a.example/1.jpg " * 50]
    table = pa.table({"name": ["bag"] * 4, "image": cells, "text": cells})
    pq.write_table(table, tmp_path / "in.parquet")
    write_jsonl(tmp_path / "in.jsonl", table.to_pylist())

    for kind in ("parquet", "jsonl"):
        output = tmp_path / f"{kind}.parquet"
        categorize(tmp_path / f"in.{kind}", output, predictor=predictor)
        found = pq.read_table(output)
        assert found["image"].to_pylist() == ["1.jpg", None, None, cells[3]]
        assert found["text"].to_pylist() == cells


def test_a_time_that_python_does_not_have_is_text(tmp_path, predictor):
    far = pa.array([10**15, 0, None], pa.timestamp("ms"))
    table = pa.table({"name": ["bag", "boots", "bag"], "far": far})
    pq.write_table(table, tmp_path / "in.parquet")

    for name in ("out.csv", "out.parquet"):
        categorize(tmp_path / "in.parquet", tmp_path / name, predictor=predictor)

    first, second, third = read_csv(tmp_path / "out.csv")
    assert "1000000000000000" in first["far"]
    assert (second["far"], third["far"]) == ("1970-01-01T00:00:00", "")
    assert pq.read_table(tmp_path / "out.parquet")["far"].equals(table["far"])


def read_csv(file):
    with file.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


def test_files_of_one_table_whose_types_differ(tmp_path, predictor):
    parts = tmp_path / "parts"
    parts.mkdir()
    for name, kind in (("a", pa.int32()), ("b", pa.int64())):
        pq.write_table(
            pa.table({"name": ["bag"], "stock": pa.array([7], kind)}), parts / f"{name}.parquet"
        )

    categorize(parts, tmp_path / "out.parquet", predictor=predictor)

    assert [row["stock"] for row in answered(tmp_path / "out.parquet")] == [7, 7]


def test_json_becomes_arrows_types_where_one_fits_all_rows(tmp_path, predictor):
    rows = [
        {"id": 1, "name": "bag", "price": 9, "size": {"eu": 42}, "mixed": [1], "far": 2**70},
        *[{"id": i, "name": "bag"} for i in range(2, 3000)],
        {"id": 3000, "name": "bag", "price": 9.5, "size": {"us": 9}, "mixed": "x", "empty": {}},
    ]
    source = write_jsonl(tmp_path / "in.jsonl", [{**rows[-1], **rows[0]}, *rows[1:]])

    categorize(source, tmp_path / "out.parquet", predictor=predictor)

    table = pq.read_table(tmp_path / "out.parquet")
    kinds = {name: table.schema.field(name).type for name in ("id", "price", "mixed", "far")}
    assert kinds == {
        "id": pa.int64(),
        "price": pa.float64(),
        "mixed": pa.string(),
        "far": pa.string(),
    }
    first, last = table.slice(0, 1).to_pylist()[0], table.slice(2999).to_pylist()[0]
    assert (first["mixed"], last["mixed"]) == ("[1]", "x")
    assert (first["size"], last["size"]) == ({"us": None, "eu": 42}, {"us": 9, "eu": None})
    assert (first["far"], last["empty"]) == (str(2**70), "{}")


def test_a_row_that_cannot_be_read_keeps_its_place(tmp_path, predictor):
    (tmp_path / "in.jsonl").write_text('{"id": "a", "name": "bag"}\n{"id": "half\n{"id": "c"}\n')

    categorize(tmp_path / "in.jsonl", tmp_path / "out.jsonl", predictor=predictor)

    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == ["a", None, "c"]
    assert "JSON" in lines[1]["error"]


def write_corpus(path, products):
    with Corpus.open(path, create=True) as corpus:
        corpus.upsert_products(
            NewProduct(source="shop", source_id=id, name=name, description="", url=f"u/{id}")
            for id, name in products
        )
    return path


def test_a_corpus_gives_what_it_stores(tmp_path, predictor):
    corpus = write_corpus(tmp_path / "in.db", [("1", "bag")])

    categorize(corpus, tmp_path / "out.parquet", predictor=predictor)

    (row,) = answered(tmp_path / "out.parquet")
    assert (row["id"], row["name"], row["url"]) == ("shop:1", "bag", "u/1")


def after_answering(monkeypatch, change):
    original = finishing.finish

    def finish(*given):
        change()
        return original(*given)

    monkeypatch.setattr("prodcat.bulk.categorizing.finish", finish)


@pytest.mark.parametrize("name", ["out.parquet", "out.csv"])
def test_a_corpus_that_changes_meanwhile_is_found_again_by_ids(
    tmp_path, predictor, monkeypatch, caplog, name
):
    corpus = write_corpus(tmp_path / "in.db", [("2", "bag"), ("4", "boots"), ("6", "bag")])

    def change():
        write_corpus(corpus, [("1", "jeans"), ("3", "jeans"), ("7", "jeans")])
        with Corpus.open(corpus) as opened, opened.transaction():
            opened.db.execute("delete from products where source_id = '4'")

    after_answering(monkeypatch, change)
    categorize(corpus, tmp_path / name, predictor=predictor)

    rows = answered(tmp_path / name) if name == "out.parquet" else read_csv(tmp_path / name)
    assert [(row["id"], row["name"] or None, row["category"]) for row in rows] == [
        ("shop:2", "bag", "Bags"),
        ("shop:4", None, "Shoes > Boots"),
        ("shop:6", "bag", "Bags"),
    ]
    assert "as they are now" in caplog.text


@pytest.mark.parametrize("moment", ["before", "within"])
def test_a_file_that_changes_meanwhile_is_never_joined(tmp_path, predictor, monkeypatch, moment):
    source = write_jsonl(tmp_path / "in.jsonl", many(20))

    def change():
        write_jsonl(source, [{"id": "new", "name": "bag"}, *many(20)])

    if moment == "before":
        after_answering(monkeypatch, change)
    else:
        open_cells = finishing.open_cells

        def opened(*given, **how):
            change()
            return open_cells(*given, **how)

        monkeypatch.setattr(finishing, "open_cells", opened)
    with pytest.raises(InputError, match="changed while it was answered"):
        categorize(source, tmp_path / "out.csv", predictor=predictor)
    monkeypatch.undo()

    assert not (tmp_path / "out.csv").exists()
    result = categorize(source, tmp_path / "out.csv", predictor=predictor)
    assert "input changed" in result.restarted
    assert [row["id"] for row in read_csv(tmp_path / "out.csv")][:2] == ["new", "p0"]


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.xlsx"])
def test_an_interrupted_run_to_any_kind_goes_on(tmp_path, predictor, name):
    source, output = write_jsonl(tmp_path / "in.jsonl", many(40)), tmp_path / name
    options = CategorizeOptions(part_rows=10, batch_size=5)

    def interrupt(done, total):
        if done >= 25:
            raise KeyboardInterrupt

    run = {"predictor": predictor, "options": options}
    with pytest.raises(KeyboardInterrupt):
        categorize(source, output, on_progress=interrupt, **run)
    # What a run that was killed while it wrote a workbook leaves.
    (tmp_path / f".{name}.parts" / "workbook.1.tmp").mkdir()

    result = categorize(source, output, **run)

    assert (result.resumed_rows, result.counts.rows) == (20, 40)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in.jsonl", name]


def test_a_row_that_continues_a_product_is_a_row_of_its_own(tmp_path, predictor):
    (tmp_path / "in.csv").write_text(
        "Handle,Title,Vendor,Option1 Value\nb,boots,Acme,40\nb,,,41\nc,bag,Acme,\n"
    )
    options = CategorizeOptions(columns={"id": "Handle"})

    categorize(tmp_path / "in.csv", tmp_path / "out.csv", predictor=predictor, options=options)

    rows = read_csv(tmp_path / "out.csv")
    found = [(row["Handle"], row["Title"], row["Option1 Value"], row["category"]) for row in rows]
    assert found == [
        ("b", "boots", "40", "Shoes > Boots"),
        ("b", "", "41", "Shoes > Boots"),
        ("c", "bag", "", "Bags"),
    ]


@pytest.mark.parametrize("name", ["out.parquet", "out.csv", "out.xlsx"])
def test_a_value_that_all_rows_share_is_not_written_for_each(tmp_path, predictor, name):
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * 50, pa.int32()), ["x" * 5_000_000])
    table = pa.table({"name": ["bag"] * 50, "blob": shared})
    pq.write_table(table, tmp_path / "in.parquet", dictionary_pagesize_limit=1 << 30)
    assert (tmp_path / "in.parquet").stat().st_size < 1_000_000

    result = categorize(tmp_path / "in.parquet", tmp_path / name, predictor=predictor)

    assert result.counts.answered == 50
    assert (tmp_path / name).stat().st_size < 100_000
    assert result.remarks == ("50 cells of more than 1,000,000 characters were left out.",)


def test_lists_without_end_are_left_out_and_told(tmp_path, predictor):
    deep = "[" * 300 + "]" * 300
    (tmp_path / "in.jsonl").write_text(f'{{"name": "bag", "deep": {deep}, "good": [[1]]}}\n')

    for name in ("out.parquet", "out.csv", "out.jsonl", "out.xlsx"):
        result = categorize(tmp_path / "in.jsonl", tmp_path / name, predictor=predictor)
        assert result.remarks == (
            "1 cells of lists within lists, too deep to write, were left out.",
        )

    assert answered(tmp_path / "out.parquet")[0]["good"] == [[1]]


def test_text_that_is_not_utf8_is_shown_as_damaged(tmp_path, predictor):
    damaged = pa.array([b"caf\xe9", b"tea"]).view(pa.string())
    pq.write_table(pa.table({"name": ["bag"] * 2, "note": damaged}), tmp_path / "in.parquet")

    categorize(tmp_path / "in.parquet", tmp_path / "out.csv", predictor=predictor)

    assert [row["note"] for row in read_csv(tmp_path / "out.csv")] == ["caf\ufffd", "tea"]


def test_thousands_of_columns_of_one_name_are_named_at_once():
    # Each by looking through all names before it would take hours.
    names = output_names(["colour"] * 50_000)
    assert (names[0], names[-1], len(set(names))) == ("colour", "colour_50000", 50_000)
