import io

import numpy as np
import pytest
from PIL import Image

from prodcat.errors import ImageError
from prodcat.search.duplicates.signatures import family_name, folded, mark_picture, mark_product
from prodcat.tables.rows import TableRow
from tests.search.duplicates.shop import TEXT, picture


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Nike Men BLUE Shoe 42", "nike men shoe"),
        ("ナイキ メンズ シューズ", "ナイキ メンズ シューズ"),
        ("Blue Shirt", ""),
        ("Red 42", ""),
        ("", ""),
    ],
)
def test_a_family_has_two_words_or_more(name, family):
    assert family_name(folded(name)) == family


def test_names_in_two_unicode_forms_are_equal():
    composed, parted = mark_product(TableRow(1, name="Café Noir")), "Cafe\u0301 NOIR"
    assert composed.name == mark_product(TableRow(2, name=parted)).name != 0


def test_a_description_counts_from_a_length_on():
    assert mark_product(TableRow(1, description="Wash cold.")).description == 0
    assert mark_product(TableRow(1, description=TEXT)).description != 0


def test_a_broken_picture_is_told_and_the_rest_counts():
    mark = mark_product(TableRow(1, name="Nike boots", image=b"no picture"))
    assert mark.picture is None
    assert mark.problem
    assert mark.name != 0


def test_a_picture_of_too_many_pixels_is_refused():
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    with pytest.raises(ImageError, match="pixel"):
        mark_picture(out.getvalue())


def test_the_shape_is_that_of_a_difference_hash_by_hand():
    rising = np.tile(np.arange(0, 252, 28, dtype=np.uint8), (8, 1))
    mark = mark_picture(np.stack([rising] * 3, axis=-1))
    assert mark.shape == 2**64 - 1
    assert mark_picture(np.stack([rising[:, ::-1]] * 3, axis=-1).copy()).shape == 0


def test_equal_bytes_have_one_hash():
    assert mark_picture(picture(1)).content == mark_picture(picture(1)).content
    assert mark_picture(picture(1)).content != mark_picture(picture(1, quality=89)).content
