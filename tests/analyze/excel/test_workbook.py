import io
from dataclasses import replace

import numpy as np
import openpyxl
import pytest
from PIL import Image

from prodcat.analyze.excel import predictions as excel_predictions
from prodcat.analyze.excel.workbook import write_excel
from prodcat.analyze.findings.summarize import summarize
from prodcat.runs.reading import read_runs
from tests.analyze.run_files import Answered, draw_side, write_run

GREEN, RED = "FFE2F0D9", "FFF8D7DA"
NAMES = ["=1+1", "http://example.com", "00012", None, "@SUM(A1)", "Bag\x00 <b>"]


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    probs = np.array([[0.8, 0.1, 0.1]] * 4 + [[0.1, 0.2, 0.7]] * 2)
    test = Answered(probs, np.array([0, 0, 1, 0, 2, 1]), names=NAMES)
    write_run(folder / "one", test=test)
    write_run(folder / "two", test=replace(test, probs=probs[::-1].copy()))
    return summarize(*read_runs([folder, folder / "none"]))


def book_of(summary, folder, **options):
    write_excel(summary, folder / "report.xlsx", **options)
    return openpyxl.load_workbook(folder / "report.xlsx")


def rows_of(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_there_is_a_sheet_for_each_thing(summary, tmp_path):
    assert book_of(summary, tmp_path).sheetnames == [
        *("Measures", "Parts given", "Pairs", "Predictions one", "Predictions two"),
        *("Leaf one", "Parent one", "Top one", "Leaf two", "Parent two", "Top two"),
    ]


def test_predictions_are_green_or_red_frozen_and_filtered(summary, tmp_path):
    sheet = book_of(summary, tmp_path)["Predictions one"]

    headings, *rows = rows_of(sheet)
    right = [row[headings.index("right")] for row in rows]
    colours = [{cell.fill.fgColor.rgb for cell in row} for row in sheet.iter_rows(min_row=2)]
    assert right == ["right", "right", "wrong", "right", "right", "wrong"]
    assert colours == [{GREEN if told == "right" else RED} for told in right]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:L7"
    first = dict(zip(headings, rows[0], strict=True))
    assert first["label"] == "Bags"
    assert first["probability"] == pytest.approx(0.8)
    assert first["second best"] == "Shoes > Boots"
    assert first["parts used"] == "name, description, image"


def test_names_are_texts_whatever_they_begin_with(summary, tmp_path):
    sheet = book_of(summary, tmp_path)["Predictions one"]

    cells = list(sheet["B"])[1:]
    assert [cell.value for cell in cells] == [
        *("=1+1", "http://example.com", "00012", "", "@SUM(A1)", "Bag  <b>"),
    ]
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
    assert [cell.hyperlink for cell in cells] == [None] * 6


def test_measures_hold_numbers_with_their_intervals(summary, tmp_path):
    rows = rows_of(book_of(summary, tmp_path)["Measures"])

    place = next(i for i, row in enumerate(rows) if row[0] == "run")
    one = dict(zip(rows[place][:5], rows[place + 1][:5], strict=True))
    told = summary.runs[0].measures["accuracy"]
    assert one["Accuracy"] == pytest.approx(told.value)
    assert one["low"] == pytest.approx(told.low)
    assert any(row[1] == "left out: does not exist" for row in rows)


def test_pairs_hold_what_the_tests_say(summary, tmp_path):
    headings, row = rows_of(book_of(summary, tmp_path)["Pairs"])

    pair = summary.comparisons[0]
    told = dict(zip(headings, row, strict=True))
    difference = pair.differences["accuracy"]
    assert told["Accuracy, second less first"] == pytest.approx(difference.value)
    assert told["p"] is not None
    assert told["McNemar's p"] == pytest.approx(pair.mcnemar.p)
    assert told["only first right"] == pair.mcnemar.only_first


def test_a_matrix_has_truth_in_rows(summary, tmp_path):
    rows = rows_of(book_of(summary, tmp_path)["Leaf one"])

    assert rows[0][1:] == ["Bags", "Shoes > Boots", "Shoes > Clogs"]
    assert rows[1] == ["Bags", 3, None, None]
    assert rows[2] == ["Shoes > Boots", 1, None, 1]
    assert rows[3] == ["Shoes > Clogs", None, None, 1]


def test_marks_are_red(summary, tmp_path):
    sheet = book_of(replace(summary, marks=("They differ.",)), tmp_path)["Measures"]

    assert sheet["A2"].value == "They differ."
    assert sheet["A2"].font.color.rgb == "FFC00000"


@pytest.mark.parametrize(
    ("names", "sheets"),
    [
        (("a/b:c*?[d]\\e", "'quoted'"), ["Leaf a-b-c---d--e", "Leaf 'quoted"]),
        (("x" * 40, "x" * 41), [f"Leaf {'x' * 26}", f"Leaf {'x' * 24} 2"]),
        (("Run", "RUN"), ["Leaf Run", "Leaf RUN 2"]),
    ],
)
def test_sheets_have_names_that_excel_takes(summary, tmp_path, names, sheets):
    runs = tuple(replace(r, name=name) for r, name in zip(summary.runs, names, strict=True))

    book = book_of(replace(summary, runs=runs), tmp_path)

    assert [name for name in book.sheetnames if name.startswith("Leaf")] == sheets


def test_the_same_report_gives_the_same_bytes(summary, tmp_path):
    for name in ("one", "two"):
        write_excel(summary, tmp_path / f"{name}.xlsx")

    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_of_too_many_products_the_first_are_listed(summary, tmp_path, monkeypatch):
    monkeypatch.setattr(excel_predictions, "MAX_PREDICTIONS", 4)

    rows = rows_of(book_of(summary, tmp_path)["Predictions one"])

    assert rows[0][0] == "The first 4 of 6 products; predictions.parquet has all."
    assert rows[1][0] == "id"
    assert len(rows) == 6


class Pictures:
    """One picture for all products that have any."""

    def thumbnail(self, sha256):
        out = io.BytesIO()
        Image.new("RGB", (20, 40), "red").save(out, "JPEG")
        return out.getvalue() if sha256 else None


def test_pictures_stand_in_their_rows(tmp_path):
    side = replace(draw_side(3, right=1, seed=0), pictures=["ab" * 32, None, "cd" * 32])
    write_run(tmp_path / "run", test=side)
    summary = summarize(*read_runs([tmp_path / "run"]))

    sheet = book_of(summary, tmp_path, pictures=Pictures())["Predictions run"]

    assert rows_of(sheet)[0][:2] == ["picture", "id"]
    anchors = [image.anchor for image in sheet._images]
    assert [(a._from.row, a._from.col) for a in anchors] == [(1, 0), (3, 0)]
    assert sheet.row_dimensions[2].height > 40
