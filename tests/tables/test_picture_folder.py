"""Folders of pictures without a table."""

import os

import pytest
from PIL import Image

from prodcat.corpus import Corpus
from prodcat.errors import TableError
from prodcat.importing import import_products
from prodcat.tables.table import open_table
from tests.tables.files import rows


def draw(folder, *names):
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (number * 20, 9, 9)).save(path, "JPEG")


def test_folders_are_the_categories_and_files_the_ids(tmp_path):
    draw(tmp_path, "Men/Shoes/0012.jpg", "Men/Ages > 3/b 2.JPG", "Men/c.jpeg", "top.png")
    found = [(row.id, row.category, row.image) for row in rows(tmp_path)]
    assert found == [
        ("b 2", ("Men", "Ages > 3"), tmp_path / "Men/Ages > 3/b 2.JPG"),
        ("0012", ("Men", "Shoes"), tmp_path / "Men/Shoes/0012.jpg"),
        ("c", ("Men",), tmp_path / "Men/c.jpeg"),
        ("top", (), tmp_path / "top.png"),
    ]
    table = open_table(tmp_path)
    assert table.count() == 4
    assert list(table.rows(2)) == rows(tmp_path)[2:]


def test_names_that_recur_make_ids_of_paths(tmp_path):
    draw(tmp_path, "Shoes/1.jpg", "Bags/1.jpg", "Bags/1.png")
    table = open_table(tmp_path)
    assert [row.id for row in table.rows()] == ["Bags/1.jpg", "Bags/1.png", "Shoes/1.jpg"]
    assert "paths are the ids, as names recur" in table.notes


def test_uppermost_folders_may_be_the_split_and_wrappers_say_nothing(tmp_path):
    draw(tmp_path / "a", "images/train/Shoes/1.jpg", "images/Test/Bags/2.jpg")
    assert [(row.split, row.category) for row in rows(tmp_path / "a")] == [
        ("Test", ("Bags",)),
        ("train", ("Shoes",)),
    ]
    # Of other names they are the category.
    draw(tmp_path / "b", "images/train/1.jpg", "images/Toys/2.jpg")
    assert [row.category for row in rows(tmp_path / "b")] == [("Toys",), ("train",)]


def test_a_flat_folder_has_no_categories(tmp_path):
    draw(tmp_path, "a.jpg", "b.jpg")
    assert open_table(tmp_path).columns.keys() == {"id", "image"}


def test_what_is_no_picture_is_told(tmp_path):
    draw(tmp_path, "Shoes/1.jpg")
    (tmp_path / "Shoes" / "Thumbs.db").touch()
    (tmp_path / "._1.jpg").touch()
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere")
    # A link in a ring is not followed.
    (tmp_path / "ring").symlink_to(tmp_path)
    notes = open_table(tmp_path).notes
    assert notes[0] == "1 picture without a table"
    assert {n for n in notes if n.startswith("passed over")} == {
        "passed over: 1 × .db",
        "passed over: 1 × hidden file",
        "passed over: 1 × link that leads nowhere",
        "passed over: 1 × linked folder",
    }


def test_a_folder_without_pictures_is_told(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"x")
    with pytest.raises(TableError, match=r"neither styles\.csv nor tables nor pictures"):
        open_table(tmp_path)


def test_a_folder_of_pictures_is_imported_and_a_changed_one_again(tmp_path):
    draw(tmp_path / "shop", "Shoes/1.jpg", "Bags/2.jpg", "Bags/broken.jpg")
    (tmp_path / "shop/Bags/broken.jpg").write_bytes(b"no picture")
    with Corpus.open(tmp_path / "shop.db", create=True) as corpus:
        summary = import_products(tmp_path / "shop", corpus)
        assert (summary.added, summary.dropped, summary.pictures) == (2, 1, 2)
        assert summary.reasons[0].reason == "no name, description or picture"
        draw(tmp_path / "shop", "Bags/broken.jpg")
        os.utime(tmp_path / "shop/Bags/broken.jpg", (1, 1))
        summary = import_products(tmp_path / "shop", corpus)
    assert (summary.added, summary.unchanged, summary.dropped) == (1, 2, 0)
