import os
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from prodcat.errors import CorpusError, ImageError, InputError
from prodcat.inputs.image_store import ImageStore


def test_the_store_names_a_picture_by_its_content(tmp_path):
    store = ImageStore(tmp_path / "images")
    digest = store.put(b"a picture")
    assert digest == sha256(b"a picture").hexdigest()
    expected = tmp_path / "images" / digest[:2] / digest[2:4] / f"{digest}.jpg"
    assert store.path(digest) == expected
    assert expected.read_bytes() == store.read(digest) == b"a picture"
    assert digest in store
    assert "0" * 64 not in store


def test_the_store_keeps_a_picture_once(tmp_path):
    store = ImageStore(tmp_path)
    path = store.path(store.put(b"a picture"))
    os.utime(path, (1, 1))
    store.put(b"a picture")
    assert path.stat().st_mtime == 1


def test_the_store_repairs_a_file_that_was_cut(tmp_path):
    store = ImageStore(tmp_path)
    digest = store.put(b"a picture")
    store.path(digest).write_bytes(b"a p")
    store.put(b"a picture")
    assert store.read(digest) == b"a picture"


def test_a_failure_while_writing_leaves_no_file(tmp_path, monkeypatch):
    def fill_the_disk(path, data):
        with path.open("wb") as file:
            file.write(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fill_the_disk)
    with pytest.raises(CorpusError, match="No space left on device"):
        ImageStore(tmp_path).put(b"a picture")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_threads_may_put_the_same_picture(tmp_path):
    store, data = ImageStore(tmp_path), bytes(100_000)
    gate = threading.Barrier(4)

    def put():
        gate.wait()
        return store.put(data)

    with ThreadPoolExecutor(4) as pool:
        digests = {task.result() for task in [pool.submit(put) for _ in range(4)]}
    assert [store.read(digest) for digest in digests] == [data]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    "trick", ["", "..", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n", "a" * 65, None, 7]
)
def test_the_store_refuses_what_is_no_hash(tmp_path, trick):
    store = ImageStore(tmp_path)
    assert trick not in store
    for method in (store.path, store.read):
        with pytest.raises(InputError, match="is not the SHA-256 of a picture"):
            method(trick)


def test_reading_what_the_store_lacks_names_the_file(tmp_path):
    with pytest.raises(ImageError, match=f"{'b' * 64}.jpg cannot be read: No such file"):
        ImageStore(tmp_path).read("b" * 64)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_link_that_leads_out_of_the_folder_is_not_contained(tmp_path, depth):
    store = ImageStore(tmp_path / "images")
    digest = store.put(b"a picture")
    assert store.contained(digest) == store.path(digest)
    linked = [*reversed(store.path(digest).parents), store.path(digest)][-depth]
    linked.rename(tmp_path / "elsewhere")
    linked.symlink_to(tmp_path / "elsewhere")
    assert store.contained(digest) is None


@pytest.mark.parametrize("name", ["..", "../../../etc/passwd", "x/etc", "", None, "0" * 63])
def test_what_is_no_hash_is_not_contained(tmp_path, name):
    assert ImageStore(tmp_path).contained(name) is None


def test_what_a_killed_process_left_goes_with_any_later_picture(tmp_path):
    # Of a picture that another one has stored meanwhile, so that nobody writes it again.
    rest = tmp_path / f"{sha256(b'a picture').hexdigest()[:50]}.{'0' * 32}.tmp"
    rest.write_bytes(b"a pi")
    os.utime(rest, (1, 1))
    store = ImageStore(tmp_path)
    store.put(b"another picture")
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".jpg"]


def test_pictures_are_begun_in_the_folder_of_the_store(tmp_path, monkeypatch):
    begun = []
    replace = Path.replace
    monkeypatch.setattr(
        Path, "replace", lambda self, file: begun.append(self.parent) or replace(self, file)
    )
    ImageStore(tmp_path).put(b"a picture")
    assert begun == [tmp_path]
