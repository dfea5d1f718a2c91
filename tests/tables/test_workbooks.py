"""Sheets of workbooks as tables."""

import datetime
import io
import struct
import zipfile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill

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


def test_a_hidden_sheet_is_read_only_where_it_is_asked_for_or_alone(tmp_path):
    lists = [["id", "name"], [1, "Choices"]]
    path = write_workbook(tmp_path / "a.xlsx", Lists=lists, Shop=[["id", "name"], [2, "Hat"]])
    hide(path, "Lists")
    table = open_table(path)
    assert [row.name for row in table.rows()] == ["Hat"]
    assert table.notes == ("sheet Shop", "other sheets with tables: Lists (hidden)")
    named = open_table(path, read_as=ReadAs(sheet="Lists"))
    assert [row.name for row in named.rows()] == ["Choices"]
    alone = write_workbook(tmp_path / "b.xlsx", Lists=lists, About=[["Read me"]])
    hide(alone, "Lists")
    assert [row.name for row in rows(alone)] == ["Choices"]


def test_a_cell_merged_over_several_rows_is_each_of_theirs(tmp_path):
    lines = [
        ["Spring", None, None],
        ["sku", "name", "category"],
        ["1", "Boots", "Shoes"],
        ["2", "Sandals", None],
        [None, None, None],
        ["3", "Hat", None],
    ]
    path = write_workbook(tmp_path / "a.xlsx", Shop=lines)
    merge(path, "A1:C1", "C3:C5")
    table = open_table(path)
    assert [row.category for row in table.rows()] == [("Shoes",), ("Shoes",), ()]
    assert "merged cells read for each of their rows" in table.notes
    assert table.count() == 3


def test_names_below_a_row_of_groups_are_the_columns(tmp_path):
    lines = [
        ["Product", None, "Texts", None],
        ["SKU", "Name", "Category", "Description"],
        ["1", "Boots", "Shoes", "Warm"],
        ["2", "Hat", "Hats", None],
    ]
    path = write_workbook(tmp_path / "a.xlsx", Shop=lines)
    merge(path, "A1:B1", "C1:D1")
    table = open_table(path)
    assert [(row.id, row.name, row.description) for row in table.rows()] == [
        ("1", "Boots", "Warm"),
        ("2", "Hat", ""),
    ]
    assert "1 line before the column names passed over" in table.notes


def test_a_cell_far_off_does_not_fill_the_memory(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", Shop=[["id", "name"], [1, "Hat"]])
    book = load_workbook(path)
    book.active["XFD1048576"] = " "
    book.save(path)
    with pytest.raises(TableError, match=r"reaches over 1,048,576 rows and 16,384 columns, of"):
        open_table(path)
    # One that is coloured alone is none, nor is a long table a sparse one.
    book.active["XFD1048576"] = None
    book.active["XFD1048576"].fill = PatternFill("solid", "FF0000")
    book.active["A90000"] = "2"
    book.save(path)
    assert [row.id for row in rows(path)] == ["1", "2"]


@pytest.mark.parametrize(("rows_repeated", "columns_repeated"), [(20_000, 16_000), (1_048_570, 30)])
def test_a_cell_that_stands_there_millions_of_times_does_not_fill_the_memory(
    tmp_path, rows_repeated, columns_repeated
):
    cell = '<table:table-cell office:value-type="string"{}><text:p>x</text:p></table:table-cell>'
    names = f"<table:table-row>{cell.format('') * 2}</table:table-row>"
    many = cell.format(f' table:number-columns-repeated="{columns_repeated}"')
    row = f'<table:table-row table:number-rows-repeated="{rows_repeated}">{many}</table:table-row>'
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(rows=names + row))
    with pytest.raises(TableError, match=r"reaches over [\d,]+ rows and [\d,]+ columns, of which"):
        open_table(tmp_path / "a.ods")


def record(kind, content=b""):
    """A record of .xlsb."""
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    assert len(content) < 128
    return number + bytes([len(content)]) + content


def test_a_cell_far_off_in_a_binary_workbook_does_not_fill_the_memory(tmp_path):
    def text(column):
        return record(6, struct.pack("<III", column, 0, 1) + b"x\0")

    far = struct.pack("<II", 1_048_575, 0)
    cells = record(0, bytes(8)) + text(0) + text(1) + record(0, far) + text(16_383)
    with zipfile.ZipFile(tmp_path / "a.xlsb", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.bin", record(129) + record(145) + cells)
    with pytest.raises(TableError, match=r"reaches over 1,048,576 rows and 16,384 columns, of"):
        open_table(tmp_path / "a.xlsb")


def hide(path, name):
    book = load_workbook(path)
    book[name].sheet_state = "hidden"
    book.active = [sheet.title for sheet in book].index(
        next(sheet.title for sheet in book if sheet.title != name)
    )
    book.save(path)


def merge(path, *places):
    book = load_workbook(path)
    for place in places:
        book.active.merge_cells(place)
    book.save(path)
