"""Pictures for reports: found by hash, opened safely, small, and not too many."""

import base64
import hashlib
import io

import pytest
from PIL import Image

from prodcat.analyze.pictures import Album, PictureSource
from prodcat.inputs.image_store import ImageStore


def encoded(colour="red", size=(300, 400), format="JPEG"):
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, format)
    return out.getvalue()


@pytest.fixture
def shop(tmp_path):
    """A corpus' path, and the store of pictures beside it."""
    return tmp_path / "shop.db", ImageStore(tmp_path / "images")


def test_a_thumbnail_is_a_small_jpeg_of_the_same_shape(shop):
    corpus, store = shop
    sha256 = store.put(encoded(size=(300, 400)))
    small = PictureSource([corpus]).thumbnail(sha256)
    opened = Image.open(io.BytesIO(small))
    assert (opened.format, opened.size) == ("JPEG", (72, 96))


def test_a_picture_is_never_enlarged(shop):
    corpus, store = shop
    sha256 = store.put(encoded(size=(6, 8)))
    opened = Image.open(io.BytesIO(PictureSource([corpus]).thumbnail(sha256)))
    assert opened.size == (6, 8)


def test_a_picture_is_found_beside_any_of_the_corpora(tmp_path):
    sha256 = ImageStore(tmp_path / "b" / "images").put(encoded())
    source = PictureSource([tmp_path / "a" / "shop.db", tmp_path / "b" / "shop.db"])
    assert source.thumbnail(sha256) is not None


@pytest.mark.parametrize("sha256", [None, "", "0" * 64, "../../etc/passwd", "A" * 64, 7])
def test_what_is_no_picture_of_the_corpus_gives_none(shop, sha256):
    corpus, store = shop
    store.put(encoded())
    assert PictureSource([corpus]).thumbnail(sha256) is None


def test_a_broken_picture_is_left_out_and_counted(shop, caplog):
    corpus, store = shop
    sha256 = store.put(b"<html>no picture</html>")
    source = PictureSource([corpus])
    assert source.thumbnail(sha256) is None
    assert source.broken == 1
    assert "no picture" in caplog.text or "not a picture" in caplog.text


def test_an_album_holds_each_picture_once(shop):
    corpus, store = shop
    sha256 = store.put(encoded())
    album = Album(PictureSource([corpus]), max_bytes=100_000)
    album.add(sha256)
    size = album.size
    album.add(sha256)
    assert (list(album.pictures), album.size) == ([sha256], size)
    assert Image.open(io.BytesIO(base64.b64decode(album.pictures[sha256]))).size == (72, 96)


def test_an_album_stops_where_there_is_no_more_room(shop):
    corpus, store = shop
    hashes = [store.put(encoded(colour)) for colour in ("red", "green", "blue")]
    roomy = Album(PictureSource([corpus]), max_bytes=100_000)
    for sha256 in hashes:
        roomy.add(sha256)
    album = Album(PictureSource([corpus]), max_bytes=roomy.size - 1)
    for sha256 in hashes:
        album.add(sha256)
    assert (roomy.full, album.full) == (False, True)
    assert list(album.pictures) == hashes[:2]
    assert album.size <= album.max_bytes


def test_an_album_without_a_source_is_empty():
    album = Album(None, max_bytes=100)
    album.add(hashlib.sha256(b"").hexdigest())
    assert album.pictures == {}
