from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from prodcat.errors import ConfigError, ImageError
from prodcat.inputs.images import ImageLimits, fit_image, open_image

RED, BLUE = (255, 0, 0), (0, 0, 255)


def encode(image, kind="PNG", **options):
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def photo(width, height):
    """A smooth colourful picture."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [np.sin(x / 40), np.cos(y / 30), np.sin((x + y) / 50)]
    return Image.fromarray((np.stack(channels, axis=-1) * 120 + 128).astype(np.uint8))


def test_a_path_bytes_a_pil_image_and_an_array_give_the_same_picture(tmp_path):
    image = photo(20, 10)
    data = encode(image)
    path = tmp_path / "picture"
    path.write_bytes(data)
    sources = [path, str(path), data, bytearray(data), memoryview(data), image, np.asarray(image)]
    opened = [open_image(source) for source in sources]
    assert {picture.mode for picture in opened} == {"RGB"}
    assert {picture.tobytes() for picture in opened} == {image.tobytes()}


def test_a_picture_of_too_many_bytes_is_refused_unread(tmp_path, monkeypatch):
    path = tmp_path / "large.png"
    path.write_bytes(bytes(101))
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("it was read"))
    for source in (path, bytes(101), memoryview(bytes(101))):
        with pytest.raises(ImageError, match="takes 101 bytes; at most 100 are allowed"):
            open_image(source, limits=ImageLimits(max_bytes=100))


def test_a_picture_of_too_many_pixels_is_refused_undecoded(monkeypatch):
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda *_: pytest.fail("it was decoded"))
    data = encode(Image.new("RGB", (11, 10)))
    array = np.zeros((11, 10), dtype=np.uint8)
    for source in (data, array, Image.new("RGB", (11, 10))):
        with pytest.raises(ImageError, match="110 pixels; from 1 to 109 are allowed"):
            open_image(source, limits=ImageLimits(max_pixels=109))


@pytest.mark.parametrize("fit", ["letterbox", "squash", "crop"])
@pytest.mark.parametrize("size", [(400, 544), (405, 541), (541, 517)])
def test_a_reduced_jpeg_has_nearly_the_same_pixels(size, fit):
    data = encode(photo(*size), "JPEG", quality=90)
    whole, reduced = open_image(data), open_image(data, size_hint=(24, 32))
    assert whole.size == size
    assert reduced.size == tuple((side + 7) // 8 for side in size)
    a, b = (fit_image(image, height=32, width=24, fit=fit) for image in (whole, reduced))
    assert np.abs(a.astype(int) - b).mean() < 0.5
    assert np.abs(a.astype(int) - b).max() <= 4


def test_a_reduced_jpeg_can_be_cropped_before_it_is_fit():
    reduced = open_image(encode(photo(405, 541), "JPEG"), size_hint=(24, 32))
    cropped = reduced.crop((10, 10, 30, 40))
    plain = Image.fromarray(np.asarray(cropped))
    assert np.array_equal(*(fit_image(i, height=32, width=24) for i in (cropped, plain)))


def test_a_size_hint_leaves_a_picture_alone_that_is_small_or_turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert open_image(encode(photo(800, 400), "JPEG", exif=exif), size_hint=(9, 9)).width == 400
    assert open_image(encode(photo(47, 63), "JPEG"), size_hint=(12, 16)).size == (47, 63)


def test_a_size_hint_leaves_a_pil_image_of_the_caller_alone():
    mine = Image.open(BytesIO(encode(photo(800, 400), "JPEG")))
    open_image(mine, size_hint=(10, 10))
    assert mine.size == (800, 400)


@pytest.mark.parametrize("fit", ["letterbox", "squash", "crop"])
@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (17, 31), (96, 128), (640, 480)])
def test_fitting_gives_exactly_the_size_asked_for(size, fit):
    pixels = fit_image(Image.new("RGB", size, RED), height=128, width=96, fit=fit)
    assert pixels.shape == (3, 128, 96)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    red = (pixels == np.array(RED)[:, None, None]).all(axis=0)
    assert red.any()
    assert red.all() == (fit != "letterbox" or size == (96, 128))


@given(*[st.integers(1, 300)] * 2, *[st.integers(1, 60)] * 2)
def test_a_letterbox_keeps_the_shape_and_is_white_around_the_middle(wide, high, width, height):
    pixels = fit_image(Image.new("RGB", (wide, high), BLUE), height=height, width=width)
    blue = (pixels == np.array(BLUE)[:, None, None]).all(axis=0)
    assert (pixels[:, ~blue] == 255).all()
    rows, columns = blue.any(axis=1).nonzero()[0], blue.any(axis=0).nonzero()[0]
    assert blue.sum() == len(rows) * len(columns)
    scale = min(width / wide, height / high)
    assert len(rows) == pytest.approx(high * scale, abs=1)
    assert len(columns) == pytest.approx(wide * scale, abs=1)
    assert len(rows) == height or len(columns) == width
    for inside, size in ((rows, height), (columns, width)):
        assert 0 <= (size - 1 - inside[-1]) - inside[0] <= 1


def test_a_crop_keeps_the_middle():
    image = Image.new("RGB", (30, 10), RED)
    image.paste(BLUE, (10, 0, 20, 10))
    pixels = fit_image(image, height=10, width=10, fit="crop")
    assert (pixels == np.array(BLUE)[:, None, None]).all()


def test_scaling_down_averages_rather_than_skips():
    stripes = Image.fromarray(np.tile(np.array([0, 255], dtype=np.uint8), (400, 200)))
    pixels = fit_image(stripes, height=40, width=40)
    assert np.abs(pixels[:, 2:-2, 2:-2].astype(int) - 127).max() <= 3


@pytest.mark.parametrize("wrong", [{"fit": "stretch"}, {"height": 0}, {"width": -1}])
def test_a_fit_that_cannot_be_is_refused(wrong):
    with pytest.raises(ConfigError):
        fit_image(Image.new("RGB", (2, 2)), **{"height": 4, "width": 4, **wrong})
