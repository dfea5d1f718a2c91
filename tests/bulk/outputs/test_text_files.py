"""Answers as CSV and JSON lines."""

import csv
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prodcat.bulk.categorizing import categorize
from tests.bulk.tables import answered, many, write_jsonl


def read_csv(file):
    with file.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


def test_csv_has_the_mark_and_what_parquet_has(tmp_path, predictor):
    source = write_jsonl(tmp_path / "in.jsonl", [{**row, "tags": ["é", 1.5]} for row in many(7)])
    for name in ("out.csv", "out.parquet"):
        categorize(source, tmp_path / name, predictor=predictor)

    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbfid,name,tags,category,")
    rows, expected = read_csv(tmp_path / "out.csv"), answered(tmp_path / "out.parquet")
    for row, wanted in zip(rows, expected, strict=True):
        assert row["category"] == (wanted["category"] or "")
        assert float(row["probability"]) == wanted["probability"]
        assert row["abstained"] == str(wanted["abstained"]).lower()
        assert json.loads(row["alternatives"]) == wanted["alternatives"]
        assert json.loads(row["tags"]) == ["é", 1.5]


def test_texts_like_formulas_are_left_in_csv_and_told(tmp_path, predictor):
    ids = ["=1+1", "+49 30 1", "-9.90", "@home", "a=b", "\t=1"]
    source = write_jsonl(tmp_path / "in.jsonl", [{"id": id, "name": "bag"} for id in ids])

    result = categorize(source, tmp_path / "out.csv", predictor=predictor)

    assert [row["id"] for row in read_csv(tmp_path / "out.csv")] == ids
    (note,) = result.remarks
    assert note.startswith("4 cells begin like a formula")
    assert ".xlsx" in note


def test_bytes_are_text_or_digits_or_left_out_and_told(tmp_path, predictor):
    table = pa.table({"sku": [b"A-1", b"\xff\x00", bytes([255] * 100)], "name": ["bag"] * 3})
    pq.write_table(table, tmp_path / "in.parquet")
    for name in ("out.csv", "out.jsonl"):
        result = categorize(tmp_path / "in.parquet", tmp_path / name, predictor=predictor)
        assert result.remarks == ("1 cells of bytes that are no text were left out.",)

    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["sku"] for row in read_csv(tmp_path / "out.csv")] == ["A-1", "ff00", ""]
    assert [line["sku"] for line in lines] == ["A-1", "ff00", None]


def test_json_lines_keep_values_as_they_were(tmp_path, predictor):
    rows = [
        {"id": 1, "name": "bag", "size": {"eu": 42}, "mixed": 1, "far": 2**70},
        {"id": "x", "name": "half \ud800 a pair", "size": {"us": [9]}, "mixed": "1"},
    ]
    source = write_jsonl(tmp_path / "in.jsonl", rows)

    categorize(source, tmp_path / "out.jsonl", predictor=predictor)

    first, second = map(json.loads, (tmp_path / "out.jsonl").read_text("utf-8").splitlines())
    assert {key: first[key] for key in rows[0]} == rows[0]
    assert (second["id"], second["size"], second["mixed"]) == ("x", {"us": [9]}, "1")
    assert second["name"] == "half ? a pair"
    assert (first["category"], first["abstained"], second["far"]) == ("Bags", False, None)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("in.csv", b"id,na\xacme,name\n1,\xe2\x80\x99,a bag\n2,x,boots\n"),
        ("in.json", rb'[{"id": 1, "na\udc00me": "x", "name": "bag"}, {"id": 2, "name": "boots"}]'),
    ],
)
def test_a_damaged_column_name_is_written_with_question_marks(tmp_path, predictor, file, content):
    source = tmp_path / file
    source.write_bytes(content)
    for name in ("out.csv", "out.jsonl", "out.parquet", "out.xlsx"):
        categorize(source, tmp_path / name, predictor=predictor)

    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [str(line["id"]) for line in lines] == [
        row["id"] for row in read_csv(tmp_path / "out.csv")
    ]
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Answers"]
    for names in (
        list(lines[0]),
        pq.read_schema(tmp_path / "out.parquet").names,
        [cell.value for cell in sheet[1]],
    ):
        assert names[:3] == ["id", "na?me", "name"]
