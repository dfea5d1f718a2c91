"""A workbook of answers, read back as people open it."""

import io
import json
import zipfile

import openpyxl
import pytest
from PIL import Image

from prodcat.bulk import answers as answers_module
from prodcat.bulk.answering import CategorizeOptions
from prodcat.bulk.categorizing import categorize
from prodcat.bulk.outputs import kinds, workbook
from prodcat.errors import InputError
from tests.bulk.tables import many, write_jsonl
from tests.model_files import encoded

GREEN, YELLOW, RED = "FFE2F0D9", "FFFFF2CC", "FFF8D7DA"


def book_of(folder, rows, predictor, *, name="out.xlsx", **options):
    source = write_jsonl(folder / "in.jsonl", rows)
    result = categorize(
        source, folder / name, predictor=predictor, options=CategorizeOptions(**options)
    )
    return openpyxl.load_workbook(folder / name), result


def colour(cell):
    return cell.fill.fgColor.rgb if cell.fill.fill_type else None


def test_rows_are_there_to_filter_and_in_colours(tmp_path, predictor):
    rows = [
        {"id": 1, "name": "boots", "category": "Old"},
        {"id": 2, "name": "zzz"},
        {"id": 3, "name": ""},
        {"id": 4, "name": "bag", "image": "lost.jpg"},
    ]

    book, _ = book_of(tmp_path, rows, predictor)

    sheet = book["Answers"]
    headings = [cell.value for cell in sheet[1]]
    assert headings == [
        *("id", "name", "category_input", "image", "category", "probability", "abstained"),
        *("reason", "leaf", "leaf_probability", "alternatives", "error"),
    ]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == "A1:L5"
    by_row = [dict(zip(headings, row, strict=True)) for row in sheet.iter_rows(min_row=2)]
    assert [colour(row["category"]) for row in by_row] == [GREEN, YELLOW, RED, GREEN]
    assert [colour(row["name"]) for row in by_row] == [None] * 4
    assert [row["reason"].value for row in by_row] == [None, "unsure", "nothing to read", None]
    assert (colour(by_row[0]["error"]), colour(by_row[3]["error"])) == (GREEN, RED)
    assert by_row[0]["probability"].number_format == "0.0%"
    assert [row["abstained"].value for row in by_row] == [False, True, True, False]
    assert by_row[0]["alternatives"].value.startswith("Shoes > Boots (")
    assert sheet.column_dimensions["E"].width > 30


def test_a_sheet_sums_up(tmp_path, predictor):
    rows = [*({"name": "boots", "image": f"{i}.jpg"} for i in range(3)), {"name": "zzz"}, {}]

    book, _ = book_of(tmp_path, rows, predictor, accuracy=0.98)

    assert book.sheetnames == ["Answers", "Summary"]
    cells = [[cell.value for cell in row if cell.value is not None] for row in book["Summary"]]
    lines = [tuple(row) for row in cells if row]
    assert ("pass: answered", 3, 0.6) in lines
    assert ("need a person, all together", 2, 0.4) in lines
    assert ("need a person: no category is probable enough", 1, 0.2) in lines
    assert ("need a person: nothing could be read", 1, 0.2) in lines
    assert ("all rows", 5) in lines
    assert ("asked for: an accuracy of 98 %",) in lines
    assert (f"its fingerprint: {predictor.fingerprint}",) in lines
    (missing,) = (line for line in lines if line[0] == "picture file missing")
    assert missing[1:4] == (3, 3, "1, 2, 3")


HOSTILE = [
    *("=1+1", "+2", "-3", "@now", "{=A1}", "http://shop.example/", "mailto:a@b.c", "internal:A1"),
    *("007", "1e5", "external:c:\\x", "a\x01b\x0b", "_x0041_", "\ufffe", "TRUE", "\t=1", " =1"),
]


def test_no_text_becomes_a_formula_a_link_or_a_number(tmp_path, predictor):
    rows = [{"id": text, "name": "bag"} for text in HOSTILE]

    book, _ = book_of(tmp_path, rows, predictor)

    cells = [row[0] for row in book["Answers"].iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)
    plain = [cell.value for cell, text in zip(cells, HOSTILE, strict=True) if text.isprintable()]
    assert plain[:11] == HOSTILE[:11]
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "_x0001_" in sheet
    assert "\x01" not in sheet


def test_numbers_are_numbers_as_far_as_excel_has_their_digits(tmp_path, predictor):
    rows = [{"ean": 4006381333931, "far": 10**17, "price": 9.5, "new": True, "name": "bag"}]

    book, _ = book_of(tmp_path, rows, predictor)

    cells = {cell.value: cell.data_type for cell in book["Answers"][2][:4]}
    assert cells == {4006381333931: "n", str(10**17): "s", 9.5: "n", True: "b"}


def test_a_text_that_is_too_long_is_cut_and_told(tmp_path, predictor):
    texts = ["x" * 40_000, "\U0001f45f" * 20_000, "y" * 32_767, {"deep": ["z" * 40_000]}]
    rows = [{"name": "bag", "text": text} for text in texts]

    book, result = book_of(tmp_path, rows, predictor)

    values = [row[1].value for row in book["Answers"].iter_rows(min_row=2)]
    units = [len(value.encode("utf-16-le")) // 2 for value in values]
    assert units == [32_767, 32_767, 32_767, 32_767]
    assert [value[-1] for value in values] == ["…", "…", "y", "…"]
    assert any(note.startswith("3 cells were longer than the 32,767") for note in result.remarks)
    summary = [cell.value for cell in book["Summary"]["A"] if cell.value]
    assert summary[-1].startswith("3 cells were longer")


def test_pictures_are_small_and_bounded(tmp_path, predictor, monkeypatch):
    stream = io.BytesIO()
    Image.new("RGB", (900, 600), "#ff0000").save(stream, "JPEG")
    (tmp_path / "large.jpg").write_bytes(stream.getvalue())
    (tmp_path / "small.jpg").write_bytes(encoded("#00ff00"))
    for module in (answers_module, workbook):
        monkeypatch.setattr(module, "MAX_PICTURES", 3)
    names = ["large.jpg", "lost.jpg", "small.jpg", "small.jpg"]

    book, result = book_of(
        tmp_path, [{"name": "shoes", "image": name} for name in names], predictor, pictures=True
    )

    sheet = book["Answers"]
    assert [image.anchor._from.row for image in sheet._images] == [1, 3]
    with Image.open(sheet._images[0].ref) as image:
        assert image.size == (96, 64)
    assert sheet.row_dimensions[2].height > 45
    assert [cell.value for cell in sheet[1]][:3] == ["thumbnail", "name", "image"]
    assert any(note.startswith("1 rows are without a picture") for note in result.remarks)


def test_pictures_have_no_place_in_other_files(tmp_path, predictor):
    with pytest.raises(InputError, match=r"name it \.xlsx"):
        book_of(tmp_path, many(2), predictor, name="out.csv", pictures=True)


def test_more_rows_than_a_sheet_has_begin_another(tmp_path, predictor, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_ROWS", 4)

    book, result = book_of(tmp_path, many(10), predictor)

    assert book.sheetnames == ["Answers", "Answers 2", "Answers 3", "Summary"]
    ids = [[row[0].value for row in book[name].iter_rows()] for name in book.sheetnames[:3]]
    assert ids[1] == ["id", "p4", "p5", "p6", "p7"]
    assert ids[2] == ["id", "p8", "p9"]
    assert book["Answers 2"].auto_filter.ref == "A1:J5"
    assert any("further sheets" in note for note in result.remarks)


def test_more_rows_than_a_sheet_has_are_refused_where_they_are_counted_before(
    tmp_path, predictor, monkeypatch
):
    import pyarrow as pa
    import pyarrow.parquet as pq

    excel = kinds.output_kind("out.xlsx")
    assert (excel.max_rows, excel.max_columns) == (1_048_575, 16_384)
    with pytest.raises(InputError, match="20,000 columns"):
        kinds.check_size(excel, "out.xlsx", rows=None, columns=20_000)
    pq.write_table(pa.table({"name": ["bag"] * 1_048_576}), tmp_path / "in.parquet")

    with pytest.raises(InputError, match=r"cannot hold 1,048,576 rows.*Write \.parquet"):
        categorize(tmp_path / "in.parquet", tmp_path / "out.xlsx", predictor=predictor)
    assert [file.name for file in tmp_path.iterdir()] == ["in.parquet"]


def test_a_table_without_rows_is_a_workbook_of_headings(tmp_path, predictor):
    (tmp_path / "in.csv").write_text("id,name\n")

    categorize(tmp_path / "in.csv", tmp_path / "out.xlsx", predictor=predictor)

    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert [cell.value for cell in book["Answers"][1]][:3] == ["id", "name", "category"]
    assert book["Answers"].max_row == 1


def test_a_list_is_json(tmp_path, predictor):
    book, _ = book_of(tmp_path, [{"name": "bag", "tags": ["é", None, 1.5]}], predictor)

    assert json.loads(book["Answers"]["B2"].value) == ["é", None, 1.5]
