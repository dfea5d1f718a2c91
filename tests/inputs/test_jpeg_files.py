from io import BytesIO
from threading import Thread

import numpy as np
import pytest
from PIL import Image, ImageFile

from prodcat.errors import ImageError
from prodcat.inputs.images import ImageLimits, open_image
from prodcat.inputs.jpeg_files import MOST_SCANNED_PIXELS, count_scans


def jpeg(width=96, height=120, mode="RGB", **options):
    """A picture with something in each row, the last of them too."""
    noise = np.random.default_rng(0).integers(0, 60, (height, width, 3))
    slope = np.linspace(0, 190, height)[:, None, None]
    file = BytesIO()
    picture = Image.fromarray((slope + noise).astype(np.uint8)).convert(mode)
    picture.save(file, "JPEG", quality=90, **options)
    return file.getvalue()


def with_scans(data, scans):
    """The same with its last scan again and again."""
    last = data[data.rindex(b"\xff\xda") : data.rindex(b"\xff\xd9")]
    return data[: data.rindex(b"\xff\xd9")] + last * (scans - count_scans(data)) + b"\xff\xd9"


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("hint", [None, (12, 15)])
def test_a_jpeg_that_lacks_its_last_bytes_is_read(mode, progressive, hint):
    data = jpeg(mode=mode, progressive=progressive)
    whole = np.asarray(open_image(data, size_hint=hint)).astype(int)
    cut = np.asarray(open_image(data[: -len(data) // 12], size_hint=hint)).astype(int)
    assert cut.shape == whole.shape
    there = int(len(whole) * 0.85)
    assert np.abs(whole - cut)[:there].mean() < 3


@pytest.mark.parametrize(("progressive", "share"), [(False, 0.6), (True, 0.1)])
def test_too_little_of_a_jpeg_is_broken(progressive, share):
    data = jpeg(progressive=progressive)
    with pytest.raises(ImageError, match="is broken: image file is truncated"):
        open_image(data[: int(len(data) * share)])


def test_only_the_end_marker_missing_costs_nothing():
    data = jpeg()
    assert open_image(data[:-2]).tobytes() == open_image(data).tobytes()


def test_what_is_cut_off_is_read_without_pillows_switch_for_all_threads():
    data = jpeg()[:-200]
    seen = []

    def look():
        with pytest.raises(OSError, match="truncated"):
            Image.open(BytesIO(data)).load()
        seen.append(ImageFile.LOAD_TRUNCATED_IMAGES)

    thread = Thread(target=lambda: [open_image(data) for _ in range(20)])
    thread.start()
    while thread.is_alive():
        look()
    assert not any(seen)


def test_a_callers_own_file_that_is_cut_off_stays_broken(tmp_path):
    path = tmp_path / "cut.jpg"
    path.write_bytes(jpeg()[:-200])
    with Image.open(path) as image, pytest.raises(ImageError, match="truncated"):
        open_image(image)


@pytest.mark.parametrize(("options", "scans"), [({}, 1), ({"progressive": True}, 10)])
def test_scans_are_counted_without_decoding(options, scans):
    thumbnail = b"Exif\0\0" + jpeg(8, 8)
    assert count_scans(jpeg(exif=thumbnail, restart_marker_rows=1, **options)) == scans


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xda", b"\xff\xd8\xff\xff\xff"]
)
def test_what_is_hardly_a_jpeg_has_no_end_of_scans(data):
    assert count_scans(data) <= 1


def test_a_jpeg_of_many_scans_is_refused_before_it_is_decoded(monkeypatch):
    data = with_scans(jpeg(progressive=True), 300)
    assert count_scans(data) == 300
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(ImageError, match="JPEG of 300 scans; at most 100 are allowed"):
        open_image(data)


def test_a_large_jpeg_may_have_fewer_scans(monkeypatch):
    data = with_scans(jpeg(progressive=True), 40)
    assert open_image(data).size == (96, 120)
    monkeypatch.setattr("prodcat.inputs.jpeg_files.MOST_SCANNED_PIXELS", 30 * 96 * 120)
    with pytest.raises(ImageError, match="40 scans; at most 30 are allowed for 96 × 120 pixels"):
        open_image(data)
    assert MOST_SCANNED_PIXELS // ImageLimits().max_pixels >= 20


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_jpeg_is_decoded_at_the_scale_that_is_needed(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = jpeg(400, 480, exif=exif)
    limits = ImageLimits(max_pixels=400 * 480 // 4)
    opened = open_image(data, limits=limits, size_hint=(12, 15))
    assert opened.size == ((50, 60) if orientation == 1 else (60, 50))


@pytest.mark.parametrize(
    ("options", "hint", "share"),
    [({}, None, 4), ({"progressive": True}, (12, 15), 4), ({}, (12, 15), 5), ({}, (390, 15), 4)],
)
def test_beyond_its_limits_it_is_refused(options, hint, share):
    limits = ImageLimits(max_pixels=400 * 480 // share)
    with pytest.raises(ImageError, match="400 × 480 = 192,000 pixels; from 1 to"):
        open_image(jpeg(400, 480, **options), limits=limits, size_hint=hint)


@pytest.mark.slow
def test_a_hundred_megapixels_are_read_within_the_usual_limits():
    file = BytesIO()
    Image.new("RGB", (10_000, 10_000), "red").save(file, "JPEG")
    assert open_image(file.getvalue(), size_hint=(224, 224)).size == (1250, 1250)
