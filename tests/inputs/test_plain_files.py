import os

import pytest

from prodcat.inputs.plain_files import NotPlainError, open_plain

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")


def test_a_plain_file_is_read(tmp_path):
    (tmp_path / "file").write_bytes(b"text")

    with open_plain(tmp_path / "file") as stream:
        assert stream.read() == b"text"


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(NotPlainError, match="it is a pipe"):
        open_plain(tmp_path / "pipe")


def test_what_becomes_a_pipe_in_between_is_not_waited_for(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    before = (tmp_path / "file").stat()
    monkeypatch.setattr(os, "stat", lambda file, follow_symlinks: before)

    with pytest.raises(NotPlainError, match="it is a pipe"):
        open_plain(tmp_path / "pipe")


def test_a_link_is_followed_unless_none_is_to_be(tmp_path):
    (tmp_path / "file").write_bytes(b"text")
    (tmp_path / "link").symlink_to("file")

    with open_plain(tmp_path / "link") as stream:
        assert stream.read() == b"text"
    with pytest.raises(NotPlainError, match="it is a symbolic link"):
        open_plain(tmp_path / "link", follow_links=False)


def test_a_device_is_refused():
    with pytest.raises(NotPlainError, match="it is a device"):
        open_plain("/dev/zero")
