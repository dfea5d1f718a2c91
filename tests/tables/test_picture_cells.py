"""Cells of pictures as shops write them, always beneath the picture folder."""

import base64
import json
import unicodedata

import pytest

from prodcat.tables.picture_cells import PictureFinder
from tests.tables.files import rows, write


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "w" / "s").mkdir(parents=True)
    for name in ("w/s/ws01.jpg", "my pic.jpg", "A.JPG", unicodedata.normalize("NFD", "Größe.png")):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("w/s/ws01.jpg", "w/s/ws01.jpg"),
        ("/w/s/ws01.jpg", "w/s/ws01.jpg"),
        ("./w/s/ws01.jpg", "w/s/ws01.jpg"),
        (r"w\s\ws01.jpg", "w/s/ws01.jpg"),
        (r"C:\w\s\ws01.jpg", "w/s/ws01.jpg"),
        ("file:///w/s/ws01.jpg", "w/s/ws01.jpg"),
        ("my%20pic.jpg", "my pic.jpg"),
        ("my pic.jpg", "my pic.jpg"),
        ("a.jpg", "A.JPG"),
        ("A", "A.JPG"),
        (unicodedata.normalize("NFC", "Größe.png"), unicodedata.normalize("NFD", "Größe.png")),
        ("none.jpg, w/s/ws01.jpg", "w/s/ws01.jpg"),
        ("w/s/ws01.jpg|A.JPG", "w/s/ws01.jpg"),
    ],
)
def test_a_path_is_found_however_it_is_written(shop, cell, name):
    path = write(shop / "a.jsonl", json.dumps({"name": "x", "image": cell}) + "\n")
    (row,) = rows(path)
    assert (row.image.relative_to(shop).as_posix(), row.problems) == (name, ())


def test_a_file_that_is_named_so_is_not_cut(tmp_path):
    (tmp_path / "a,b.jpg").write_bytes(b"x")
    assert PictureFinder(tmp_path).read(["a,b.jpg"]).pictures == (tmp_path.resolve() / "a,b.jpg",)


@pytest.mark.parametrize(
    "cell",
    [
        b"picture",
        {"bytes": b"picture", "path": "a.jpg"},
        list(b"picture"),
        "data:image/jpeg;base64," + base64.b64encode(b"picture").decode(),
        [None, b"picture"],
    ],
)
def test_pictures_in_the_cell_itself_are_read(cell):
    assert PictureFinder(None).read([cell]).pictures == (b"picture",)


def test_base64_that_begins_as_a_picture_is_read():
    data = bytes.fromhex("ffd8ff") + bytes(range(256)) * 4
    text = base64.b64encode(data).decode()
    assert PictureFinder(None).read([text]).pictures == (data,)


def test_addresses_are_kept_apart():
    found = PictureFinder(None).read(
        ["https://shop.example/a.jpg, https://shop.example/b.jpg", "//cdn.example/c.jpg"]
    )
    assert found.pictures == ()
    assert found.addresses == (
        "https://shop.example/a.jpg",
        "https://shop.example/b.jpg",
        "https://cdn.example/c.jpg",
    )


def test_of_several_columns_the_first_picture_that_is_there_is_first(shop):
    path = write(
        shop / "a.csv", "name,image,image 2,image link\nx,no.jpg,A.JPG,https://shop.example/a.jpg\n"
    )
    (row,) = rows(path)
    assert row.image.name == "A.JPG"
    assert [p.name for p in row.further_images] == ["no.jpg"]
    assert (row.image_url, row.problems) == ("https://shop.example/a.jpg", ())


def test_base64_that_is_none_is_told():
    found = PictureFinder(None).read(["data:image/png;base64,é"])
    assert "picture is no readable base64" in found.problems[0]
