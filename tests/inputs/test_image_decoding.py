import contextlib
import os
import struct
import subprocess
import sys
import threading
import warnings
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin, features

from prodcat.errors import ImageError
from prodcat.inputs.image_decoding import FORMATS, QUIET
from prodcat.inputs.images import ImageLimits, open_image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encode(image, kind="PNG", **options):
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*extra, width=8, height=8, depth=8, colour=0):
    """A grey PNG with chunks of our own before its pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    rows = zlib.compress(b"\0" * 9 * 8)
    chunks = [chunk(b"IHDR", header), *extra, chunk(b"IDAT", rows), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def corners(image):
    """The four corner pixels: left top, right top, left bottom, right bottom."""
    right, bottom = image.width - 1, image.height - 1
    return [image.getpixel(at) for at in ((0, 0), (right, 0), (0, bottom), (right, bottom))]


def message(source, **options):
    """The error that opening raises, which must be one line."""
    with pytest.raises(ImageError) as caught:
        open_image(source, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("kind", FORMATS)
def test_each_known_format_opens(kind):
    opened = open_image(encode(Image.new("RGB", (16, 12), RED), kind))
    assert (opened.mode, opened.size) == ("RGB", (16, 12))
    assert np.abs(np.array(opened.getpixel((8, 6))) - RED).max() < 8


def test_the_usual_formats_are_known():
    assert {"JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"} <= set(FORMATS)
    assert ("AVIF" in FORMATS) == bool(features.check("avif"))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "MPO"])
def test_of_an_animation_the_first_frame_counts(kind):
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, GREEN, BLUE)]
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:])
    assert Image.open(BytesIO(data)).n_frames == 3
    assert np.abs(np.array(open_image(data).getpixel((8, 8))) - RED).max() < 8


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(kind):
    data = encode(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), kind)
    assert np.abs(np.array(open_image(data).getpixel((8, 8))) - RED).max() < 8


@pytest.mark.parametrize(("mode", "colour"), [("L", 255), ("1", 1), ("L", 0), ("1", 0)])
def test_grey_and_black_and_white_become_rgb(mode, colour):
    opened = open_image(encode(Image.new(mode, (4, 4), colour)))
    assert opened.getpixel((0, 0)) == ((255,) * 3 if colour else (0,) * 3)


@pytest.mark.parametrize(
    ("kind", "dtype"), [("PNG", np.uint16), ("TIFF", np.uint16), ("TIFF", np.int32)]
)
def test_16_bits_are_scaled_to_8(kind, dtype):
    values = np.array([[0, 255, 256], [0x7FFF, 0x8000, 0xFFFF]], dtype=dtype)
    image = Image.fromarray(values)
    for source in (image, encode(image, kind)):
        pixels = np.asarray(open_image(source))
        assert pixels[:, :, 0].tolist() == [[0, 0, 1], [0x7F, 0x80, 0xFF]]


def test_floating_point_pixels_are_refused():
    data = encode(Image.fromarray(np.ones((4, 4), dtype=np.float32)), "TIFF")
    assert "has floating-point pixels; convert it to 8 bits" in message(data)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "RGBa", "La", "PA"])
def test_transparency_lies_on_white(mode):
    layers = Image.new("RGBA", (3, 1), (0, 0, 0, 255))
    layers.putpixel((1, 0), (0, 0, 0, 0))
    layers.putpixel((2, 0), (0, 0, 0, 128))
    if mode == "PA":
        image = Image.new("PA", layers.size)
        image.putalpha(layers.getchannel("A"))
    else:
        image = layers.convert("LA" if mode == "La" else "RGBA").convert(mode)
    pixels = np.asarray(open_image(image))[0]
    assert pixels.tolist() == [[0] * 3, [255] * 3, [127] * 3]


@pytest.mark.parametrize("transparency", [1, bytes([255, 0])])
def test_a_transparent_palette_lies_on_white(transparency):
    image = Image.new("P", (2, 1))
    image.putpalette([*RED, *BLUE])
    image.putpixel((1, 0), 1)
    data = encode(image, transparency=transparency)
    assert corners(open_image(data))[:2] == [RED, WHITE]


def test_a_colour_that_stands_for_transparent_lies_on_white():
    data = encode(Image.new("RGB", (2, 2), BLUE), transparency=BLUE)
    assert open_image(data).getpixel((0, 0)) == WHITE


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_the_picture_upright(kind, orientation):
    upright = Image.new("RGB", (32, 16), WHITE)
    for colour, at in ((RED, (0, 0)), (GREEN, (16, 0)), (BLUE, (0, 8))):
        upright.paste(colour, (*at, at[0] + 16, at[1] + 8))
    back = [None, None, 0, 3, 1, 5, 2, 6, 4][orientation]  # Transpose that undoes it
    stored = upright if back is None else upright.transpose(Image.Transpose(back))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    opened = open_image(encode(stored, kind, exif=exif, **options))
    assert opened.size == (32, 16)
    difference = np.array(corners(opened)) - np.array([RED, GREEN, BLUE, WHITE])
    assert np.abs(difference).max() < 60  # JPEG blurs colours


def test_broken_exif_costs_only_the_turning():
    data = encode(Image.new("RGB", (8, 4)), exif=b"Exif\0\0MM\0*\xff\xff\xff\xff broken")
    assert open_image(data).size == (8, 4)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_truncated_picture_is_broken(kind):
    data = encode(Image.effect_noise((64, 64), 100).convert("RGB"), kind)
    for share in (0.02, 0.5, 0.6 if kind == "JPEG" else 0.9):
        assert f"of {int(len(data) * share):,} bytes" in message(data[: int(len(data) * share)])


@given(st.sampled_from(FORMATS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255))))
def test_a_damaged_picture_opens_or_is_refused(kind, damage):
    data = bytearray(encode(Image.new("RGB", (9, 9), BLUE), kind))
    for at, value in damage:
        data[int(at * (len(data) - 1))] = value
    with contextlib.suppress(ImageError):
        assert open_image(data, limits=ImageLimits(max_pixels=100_000)).mode == "RGB"


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
        b"just some text",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"\0",
    ],
)
def test_what_is_no_picture_is_told_without_any_of_it(data):
    """It may be a file that nobody meant to open."""
    text = message(data)
    assert "is not a picture that can be read; known are JPEG" in text
    assert not any(len(word) > 3 and word in text for word in data.decode("latin-1").split())


def test_an_empty_file_is_empty(tmp_path):
    (tmp_path / "none.jpg").touch()
    assert message(tmp_path / "none.jpg") == f"Picture {tmp_path / 'none.jpg'} is empty."
    assert message(b"") == "Picture of 0 bytes is empty."


def test_a_path_that_leads_to_no_file_is_named(tmp_path):
    assert message(tmp_path / "no.jpg").endswith(
        "no.jpg cannot be read: No such file or directory."
    )
    assert message(tmp_path).endswith("is not a regular file.")
    assert message("").endswith("'' is not a regular file.")
    assert "embedded null" in message("a\0b.jpg")
    assert "name too long" in message("a" * 5000).lower()
    assert "'a\\nb'" in message("a\nb")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_pipes_and_devices_are_refused_rather_than_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        assert message(path).endswith("is not a regular file.")


def strips(count):
    """A TIFF of one column, each pixel of which is a strip of its own."""
    places, sizes = (struct.pack(f"<{count}I", *[number] * count) for number in (8, 1))
    end = 12 + 2 + 12 * 9 + 4
    entries = (
        *((256, 4, 1, 1), (257, 4, 1, count), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)),
        *((273, 4, count, end), (277, 3, 1, 1), (278, 4, 1, 1)),
        (279, 4, count, end + len(places)),
    )
    header = b"II*\0" + struct.pack("<I", 12) + b"\x55\0\0\0" + struct.pack("<H", len(entries))
    fields = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return header + fields + b"\0\0\0\0" + places + sizes


def test_a_picture_of_strips_without_end_is_given_up(monkeypatch):
    """Each strip costs as much as a small picture, and a file has room for millions."""
    assert open_image(strips(10)).size == (1, 10)
    monkeypatch.setattr("prodcat.inputs.image_decoding.MOST_SECONDS", 0.05)
    assert "takes over 0.05 seconds to decode" in message(strips(100_000))


def test_a_small_file_of_giant_size_is_refused():
    assert "from 1 to 50,000,000 are allowed" in message(png(width=10_000, height=10_000))
    assert "more pixels than are allowed" in message(png(width=50_000, height=50_000))


def test_a_text_that_unpacks_to_gigabytes_is_refused_cheaply():
    bomb = chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(20_000_000), 9))
    assert len(bomb) < 20_000
    assert "is broken: Decompressed data too large" in message(png(bomb))


def test_pillows_warnings_never_leak():
    twice = chunk(b"acTL", struct.pack(">II", 1, 0)) * 2  # "Invalid APNG"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        before = list(warnings.filters)
        open_image(png(twice))
        message(png(width=10_000, height=10_000))  # DecompressionBombWarning
        assert warnings.filters == before
        with QUIET:
            warnings.warn("ours still come through", stacklevel=2)
    assert [str(warning.message) for warning in caught] == ["ours still come through"]


def test_threads_restore_the_warning_filters_together():
    before = list(warnings.filters)
    inside, leave = threading.Event(), threading.Event()

    def linger():
        with QUIET:
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=linger)
    thread.start()
    inside.wait(10)
    open_image(png())
    assert warnings.filters != before
    leave.set()
    thread.join()
    assert warnings.filters == before


def test_arrays_of_any_layout_open():
    colours = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    flipped = colours[::-1, ::-1]
    fixed = colours.copy()
    fixed.flags.writeable = False
    for array in (colours, flipped, fixed, np.asfortranarray(colours)):
        assert np.array_equal(np.asarray(open_image(array)), array)
    for grey in (colours[:, :, 0], colours[:, :, :1]):
        assert np.array_equal(np.asarray(open_image(grey))[:, :, 1], colours[:, :, 0])
    clear = np.zeros((2, 4, 4), dtype=np.uint8)
    assert open_image(clear).getpixel((0, 0)) == WHITE


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        (np.zeros((2, 2), dtype=np.float32), "(array * 255).round().astype('uint8')"),
        (np.zeros((2, 2), dtype=bool), "array.astype('uint8') * 255"),
        (np.zeros((3, 8, 8), dtype=np.uint8), "array.transpose(1, 2, 0)"),
        (np.zeros((2, 2), dtype=np.uint16), "expected uint8"),
        (np.zeros((2, 2), dtype=object), "expected uint8"),
        (np.zeros((2, 2, 2), dtype=np.uint8), "of uint8 (2, 2, 2): expected"),
        (np.zeros(5, dtype=np.uint8), "(H, W, 3)"),
        (np.zeros((0, 5), dtype=np.uint8), "5 × 0"),
        (Image.new("RGB", (0, 5)), "0 × 5"),
        (None, "give a path"),
        ([[1, 2]], "type list cannot be read"),
    ],
)
def test_what_is_no_picture_in_memory_says_what_is_expected(source, advice):
    assert advice in message(source)


def test_pillow_keeps_its_settings_and_formats():
    code = (
        "from PIL import Image, ImageFile, PngImagePlugin as png\n"
        "from prodcat.errors import ImageError\n"
        "from prodcat.inputs import images\n"
        "try: images.open_image(b'not a picture')\n"
        "except ImageError: pass\n"
        "print(ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS, png.MAX_TEXT_CHUNK,"
        " 'EPS' in Image.OPEN)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    chunk = str(PngImagePlugin.MAX_TEXT_CHUNK)
    assert shown.stdout.split() == ["False", "89478485", chunk, "False"]
