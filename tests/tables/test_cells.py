import json

import pytest

from tests.tables.files import rows, write


@pytest.mark.parametrize(
    ("cell", "separator", "category"),
    [
        ("Women > Shoes", " > ", ("Women", "Shoes")),
        ("Women>Shoes", " > ", ("Women", "Shoes")),
        (r"Toys > Ages \> 3", " > ", ("Toys", "Ages > 3")),
        ("Home >> >> Beds &amp; Baths", ">>", ("Home", "Beds & Baths")),
        ("Home/T-Shirts", "/", ("Home", "T-Shirts")),
        ("", " > ", ()),
        (["Home", "", None, " A > B "], " > ", ("Home", "A > B")),
        (None, " > ", ()),
        (float("nan"), " > ", ()),
        (12, " > ", ("12",)),
    ],
)
def test_category_of_one_cell(tmp_path, cell, separator, category):
    path = write(tmp_path / "a.jsonl", json.dumps({"name": "x", "category": cell}) + "\n")
    assert rows(path, separator=separator)[0].category == category


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("../secret.jpg", "picture lies outside the image folder"),
        ("link.jpg", "picture lies outside the image folder"),
        ("a\0b.jpg", "picture has an impossible path"),
        ("https://example.org/a.jpg", "picture is a web address, which is not fetched"),
        (7, "picture is neither bytes nor a path but int"),
    ],
)
def test_a_picture_that_may_not_be_read_leaves_the_text(tmp_path, cell, problem):
    shop = tmp_path / "shop"
    shop.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (shop / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    path = write(shop / "a.jsonl", json.dumps({"name": "Boots", "image": cell}) + "\n")
    (row,) = rows(path)
    assert (row.name, row.image, row.problems) == ("Boots", None, (problem,))


@pytest.mark.parametrize(
    "cell",
    [
        "/etc/passwd",
        "%2e%2e/secret.jpg",
        "..\\secret.jpg",
        "file://../secret.jpg",
        "SECRET",
        "LINK",
    ],
)
def test_no_spelling_of_a_path_leads_out_of_the_folder(tmp_path, cell):
    shop = tmp_path / "shop"
    shop.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (shop / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    path = write(shop / "a.jsonl", json.dumps({"name": "Boots", "image": cell}) + "\n")
    (row,) = rows(path)
    assert row.image is None or (row.image.is_relative_to(shop) and not row.image.exists())
