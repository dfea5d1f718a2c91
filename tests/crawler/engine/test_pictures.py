import io
import struct
import zlib

import pytest
from PIL import Image

from crawler.engine.pictures import fetch_picture, verify_picture
from crawler.errors import FetchError
from prodcat.errors import ImageError
from prodcat.inputs.image_store import ImageStore
from tests.crawler.site import reply
from tests.toy import LEAVES, draw_picture

PICTURE = draw_picture(LEAVES[0], seed=1)


def encoded(kind, size=(40, 30), **options):
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def png_bomb(side=30_000):
    def chunk(name, data):
        checksum = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_whole_pictures_pass(kind):
    verify_picture(encoded(kind))


def test_a_progressive_jpeg_passes():
    verify_picture(encoded("JPEG", progressive=True))


def test_a_jpeg_with_something_behind_it_passes():
    verify_picture(PICTURE + b"\x00" * 20)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.25, 0.5, 0.9])
def test_pictures_that_are_cut_off_do_not_pass(kind, part):
    data = encoded(kind)
    with pytest.raises(ImageError):
        verify_picture(data[: int(len(data) * part)])


@pytest.mark.parametrize("missing", [1, 2, 3, 10])
def test_a_jpeg_without_its_last_bytes_does_not_pass(missing):
    with pytest.raises(ImageError):
        verify_picture(PICTURE[:-missing])


@pytest.mark.parametrize("data", [b"", b"<html></html>", b"\xff\xd8\xff", bytes(1000), png_bomb()])
def test_what_is_no_picture_does_not_pass(data):
    with pytest.raises(ImageError):
        verify_picture(data)


def test_a_picture_is_kept_by_its_content(site, build_fetcher, tmp_path):
    site.answers["/a.jpg"] = reply(PICTURE)
    images = ImageStore(tmp_path)
    digest = fetch_picture(f"{site.url}/a.jpg", build_fetcher(), images)
    assert images.read(digest) == PICTURE


def test_what_is_no_picture_is_not_kept_and_may_be_tried_again(site, build_fetcher, tmp_path):
    site.answers["/a.jpg"] = reply(PICTURE[:200])
    with pytest.raises(FetchError) as caught:
        fetch_picture(f"{site.url}/a.jpg", build_fetcher(), ImageStore(tmp_path))
    assert (caught.value.reason, caught.value.retryable) == ("unreadable", True)
    assert list(tmp_path.rglob("*.*")) == []
