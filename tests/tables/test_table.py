import pytest

from prodcat.errors import TableError
from prodcat.tables.table import open_table
from tests.tables.files import rows, write
from tests.toy import draw_products, write_products


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_every_format_gives_the_same_products(tmp_path, format):
    products = rows(write_products(tmp_path, format, products=60))
    expected = draw_products(60)
    assert [(r.id, r.name, r.description, r.category) for r in products] == [
        (p.id, p.name, p.description, p.path) for p in expected
    ]
    pictures = [
        r.image if isinstance(r.image, bytes | None) else r.image.read_bytes() for r in products
    ]
    assert pictures == [p.image for p in expected]
    assert [r.number for r in products] == list(range(1, 61))


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet", "kaggle"])
def test_reading_can_start_further_down(tmp_path, format):
    table = open_table(write_products(tmp_path, format, products=130))
    assert list(table.rows(start=77)) == list(table.rows())[77:]


def test_pictures_can_lie_in_another_folder(tmp_path):
    (tmp_path / "pictures").mkdir()
    path = write(tmp_path / "a.csv", "name,image\nBoots,b.jpg\n")
    (row,) = rows(path, image_root=tmp_path / "pictures")
    assert row.image == tmp_path / "pictures" / "b.jpg"


def test_an_image_folder_that_is_not_there_is_told(tmp_path):
    path = write(tmp_path / "a.csv", "name\nx\n")
    with pytest.raises(TableError, match="No folder"):
        open_table(path, image_root=tmp_path / "nowhere")
