import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from prodcat.embeddings.cache import EmbeddingCache
from prodcat.errors import ImageError
from prodcat.vectors.colours import lab_of_rgb
from prodcat.vectors.look import LOOK_VERSION, LOOK_WIDTH, LookReader


def drawn(colour, shape="rectangle", background="white", side=90):
    image = Image.new("RGB", (side, side), background)
    box = side * 0.25, side * 0.2, side * 0.75, side * 0.8
    getattr(ImageDraw.Draw(image), shape)(box, fill=colour)
    return image


def alike(one, other):
    reader = LookReader()
    return float(reader.read(one) @ reader.read(other))


def test_a_look_is_of_unit_length():
    look = LookReader().read(drawn("red"))

    assert look.shape == (LOOK_WIDTH,)
    assert np.linalg.norm(look) == pytest.approx(1, abs=1e-5)


def test_the_same_colour_is_more_alike():
    assert alike(drawn("red"), drawn("#e01010")) > alike(drawn("red"), drawn("blue")) + 0.2


def test_the_same_shape_is_more_alike():
    square, circle = drawn("red"), drawn("red", "ellipse")

    assert alike(square, drawn("red", side=140)) > alike(square, circle)


def test_the_background_hardly_counts():
    red = drawn("red")

    assert alike(red, drawn("red", background="#d0d0d0")) > alike(red, drawn("green"))


@pytest.mark.parametrize("colour", ["white", "black"])
def test_an_empty_picture_has_a_look(colour):
    assert np.isfinite(LookReader().read(Image.new("RGB", (5, 300), colour))).all()


def test_lab_of_known_colours():
    pixels = np.array([[255, 0, 0], [0, 0, 255], [128, 128, 128]], dtype=np.uint8).T[:, :, None]

    lab = lab_of_rgb(pixels)[:, :, 0].T

    # As published, such as by the CIE calculators of Lindbloom.
    expected = [[53.2, 80.1, 67.2], [32.3, 79.2, -107.9], [53.6, 0.0, 0.0]]
    np.testing.assert_allclose(lab, expected, atol=0.2)


def test_a_broken_picture_is_told():
    with pytest.raises(ImageError):
        LookReader().read(b"no picture")


def test_a_look_is_found_in_the_cache(tmp_path):
    file = io.BytesIO()
    drawn("red").save(file, "PNG")
    cache = EmbeddingCache(tmp_path, f"look-{LOOK_VERSION}", LOOK_WIDTH)
    LookReader(cache=cache).read(file.getvalue())
    (key,) = [row["key"] for row in cache.db["embeddings"].rows]
    cache.db["embeddings"].delete(key)
    cache.add([key], np.zeros((1, LOOK_WIDTH), np.float32))

    assert not LookReader(cache=cache).read(file.getvalue()).any()
    cache.close()
