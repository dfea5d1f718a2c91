"""Sheets of workbooks as tables."""

import datetime
import io
import zipfile

import pytest
from openpyxl import Workbook

from prodcat.errors import TableError
from prodcat.tables.read_as import ReadAs
from prodcat.tables.table import open_table
from tests.tables.files import rows, write

ODS = """<?xml version="1.0"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet><table:table table:name="Shop">{rows}</table:table>
</office:spreadsheet></office:body></office:document-content>"""


def write_workbook(path, **sheets):
    book = Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    book.save(path)
    return path


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "a.xls", "A.XLSX"])
def test_cells_are_texts_as_a_person_reads_them(tmp_path, name):
    buffer = io.BytesIO()
    lines = [["id", "name", "price", "url"], [7, "Hat", 19.990000000000002, None]]
    lines += [[], [4006381333931, True, 5.0, datetime.date(2026, 5, 1)], ["007", "Cap", "9,90", ""]]
    write_workbook(buffer, Shop=lines)
    (tmp_path / name).write_bytes(buffer.getvalue())
    table = open_table(tmp_path / name)
    assert [(row.id, row.name, row.price, row.url) for row in table.rows()] == [
        ("7", "Hat", "19.99", ""),
        ("4006381333931", "TRUE", "5", "2026-05-01"),
        ("007", "Cap", "9,90", ""),
    ]
    assert table.count() == 3
    assert [row.id for row in table.rows(start=2)] == ["007"]


def test_the_first_sheet_with_a_table_is_read_and_the_others_are_told(tmp_path):
    products = [["Export of May"], [], ["id", "name"], [1, "Hat"]]
    sheets = {
        "About": [["Read me"], ["please"]],
        "Shop": products,
        "Old": [["id", "name"], [2, "Cap"]],
    }
    path = write_workbook(tmp_path / "a.xlsx", **sheets)
    table = open_table(path)
    assert [row.name for row in table.rows()] == ["Hat"]
    told = ("sheet Shop", "other sheets with tables: Old")
    assert table.notes == (*told, "1 line before the column names passed over")
    assert [row.name for row in rows(path, read_as=ReadAs(sheet="Old"))] == ["Cap"]


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", Shop=[["id", "name"], [1, "Hat"]])
    with pytest.raises(TableError, match=r"no sheet 'Shops'\. It has: Shop"):
        open_table(path, read_as=ReadAs(sheet="Shops"))


def test_an_open_document_is_read(tmp_path):
    cells = [["id", "name"], ["1", "Hat"]]
    lines = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>'
            for c in line
        )
        + "</table:table-row>"
        for line in cells
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(rows=lines))
        archive.writestr("META-INF/manifest.xml", manifest)
    assert [(row.id, row.name) for row in rows(tmp_path / "a.ods")] == [("1", "Hat")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<table><tr><td>id</td></tr></table>", "page or a sheet in HTML or XML"),
        (
            '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
            "page or a sheet in HTML or XML",
        ),
        (
            '<?xml version="1.0"?>\n<rss><channel/></rss>',
            r"python -m crawler merchant CORPUS .*a\.xls",
        ),
    ],
)
def test_markup_under_the_name_of_a_workbook_is_told(tmp_path, text, message):
    with pytest.raises(TableError, match=message):
        open_table(write(tmp_path / "a.xls", text))


def test_text_under_the_name_of_a_workbook_is_read(tmp_path):
    assert [row.name for row in rows(write(tmp_path / "a.xls", "id\tname\n1\tHat\n"))] == ["Hat"]


def test_a_broken_workbook_is_told(tmp_path):
    (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    with pytest.raises(TableError, match="cannot be read as a workbook"):
        open_table(tmp_path / "a.xls")


def test_a_workbook_that_unpacks_to_far_too_much_is_refused(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", Shop=[["id", "name"], [1, "Hat"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/more.xml", b" " * 70_000_000)
    with pytest.raises(TableError, match="unpacks to"):
        open_table(path)
