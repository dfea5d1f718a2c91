import io

from PIL import Image

from prodcat.serve.jobs.glimpses import (
    read_first_rows,
    read_thumbnail,
    write_first_rows,
    write_thumbnails,
)
from prodcat.tables.rows import TableRow
from prodcat.tables.table import open_table
from tests.model_files import encoded


def test_the_first_rows_are_as_they_stand_in_the_table_and_long_cells_cut(tmp_path):
    table = tmp_path / "shop.csv"
    table.write_text("title,photo\n" + f'{"long " * 100},"data:image/jpeg;base64,AAAA"\n' * 9)
    write_first_rows(open_table(table), tmp_path)
    shown = read_first_rows(tmp_path)
    assert shown["columns"] == ["title", "photo"]
    assert len(shown["rows"]) == 5
    assert len(shown["rows"][0]["title"]) == 201
    assert shown["rows"][0]["photo"] == "data:image/jpeg;base64, …"


def test_each_row_with_a_picture_has_a_small_one(tmp_path):
    rows = [
        TableRow(1, image=encoded("red")),
        TableRow(2),
        TableRow(3, image=b"no picture"),
        TableRow(4, image=encoded("blue")),
    ]
    write_thumbnails(iter(rows), tmp_path)
    shown = [read_thumbnail(tmp_path, number) for number in range(6)]
    assert [picture is not None for picture in shown] == [False, True, False, False, True, False]
    red, _, blue = Image.open(io.BytesIO(shown[4])).getpixel((2, 2))
    assert blue > 200 > red


def test_a_job_without_them_has_none(tmp_path):
    assert read_first_rows(tmp_path) == {"columns": [], "rows": []}
    write_thumbnails(iter([TableRow(1)]), tmp_path)
    assert read_thumbnail(tmp_path, 1) is None
