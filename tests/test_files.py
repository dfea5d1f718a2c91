import os
import stat
import subprocess
import sys
import time

import pytest

from prodcat import files
from prodcat.files import (
    exchange,
    let_all_read,
    lock_file,
    whole,
    write_json,
    write_text,
    write_whole,
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write_half(file):
    with whole(file) as temporary:
        temporary.write_text("half of the n")
        raise KeyboardInterrupt


def test_a_file_is_there_when_the_block_ends(tmp_path):
    file = tmp_path / "a.txt"
    with whole(file) as temporary:
        temporary.write_text("new")
        assert not file.exists()
        assert temporary.parent == tmp_path
    assert (file.read_text(), names(tmp_path)) == ("new", ["a.txt"])


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_half(file)
    assert (file.read_text(), names(tmp_path)) == ("old", ["a.txt"])


def test_a_block_that_writes_nothing_is_an_error_and_leaves_the_old_file(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(FileNotFoundError), whole(tmp_path / "a.txt"):
        pass
    assert (tmp_path / "a.txt").read_text() == "old"


def test_the_temporary_file_may_lie_elsewhere_on_the_disk(tmp_path):
    (tmp_path / "parts").mkdir()
    with whole(tmp_path / "a.txt", folder=tmp_path / "parts") as temporary:
        temporary.write_text("new")
        assert temporary.parent == tmp_path / "parts"
    assert names(tmp_path) == ["a.txt", "parts"]


def test_two_writers_of_a_file_do_not_share_a_temporary_one(tmp_path):
    with whole(tmp_path / "a.txt") as first, whole(tmp_path / "a.txt") as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert (tmp_path / "a.txt").read_text() == "first"


@pytest.mark.parametrize(("sync", "calls"), [(True, 1), (False, 0)])
def test_the_content_is_on_the_disk_before_the_name_where_it_matters(
    tmp_path, monkeypatch, sync, calls
):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    write_whole(tmp_path / "a", b"new", sync=sync)
    assert len(synced) == calls


def test_the_name_of_a_file_may_be_as_long_as_a_disk_bears(tmp_path):
    name = "ü" * 125 + ".txt"  # 254 bytes
    write_text(tmp_path / name, "new")
    assert names(tmp_path) == [name]


def test_what_a_killed_process_left_of_a_file_goes_after_a_day(tmp_path):
    old, fresh = f"a.txt.{'0' * 32}.tmp", f"a.txt.{'1' * 32}.tmp"
    others = [f"b.txt.{'0' * 32}.tmp", "a.txt.mine.tmp"]
    for name in (old, fresh, *others):
        (tmp_path / name).write_text("half of the n")
        two_days_ago = time.time() - 48 * 3600
        os.utime(tmp_path / name, (two_days_ago, two_days_ago))
    os.utime(tmp_path / fresh)
    write_text(tmp_path / "a.txt", "new")
    assert names(tmp_path) == sorted(["a.txt", fresh, *others])


def test_a_folder_is_looked_through_once_whatever_is_written_there(tmp_path, monkeypatch):
    looked = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: looked.append(folder) or scandir(folder))
    for name in "abc":
        write_text(tmp_path / name, "new")
    assert looked == [tmp_path]


def test_texts_keep_their_line_ends(tmp_path):
    write_text(tmp_path / "a.txt", "é\r\nb\n\ud800", errors="replace")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa9\r\nb\n?"


def test_json_has_no_numbers_that_json_does_not_have(tmp_path):
    write_json(tmp_path / "a.json", {"ä": 1})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", {"ä": float("nan")})
    assert (tmp_path / "a.json").read_text("utf-8") == '{\n  "ä": 1\n}\n'


LOCK = """
import sys
from pathlib import Path
from prodcat.files import lock_file
print(lock_file(Path(sys.argv[1])) is not None)
"""


def test_a_lock_keeps_other_processes_out_until_it_is_closed(tmp_path):
    file = tmp_path / "lock"

    def another_gets_it():
        words = [sys.executable, "-c", LOCK, str(file)]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout == "True\n"

    lock = lock_file(file)
    assert not another_gets_it()
    lock.close()
    assert another_gets_it()


def test_a_child_that_is_handed_a_lock_holds_it_too(tmp_path):
    file = tmp_path / "lock"
    with lock_file(file) as lock:
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock.fileno()]
        )
    assert lock_file(file) is None
    child.communicate(b"end\n")
    with lock_file(file) as again:
        assert again is not None


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such modes.")
def test_what_is_handed_on_can_be_read_by_all(tmp_path):
    inner = tmp_path / "model" / "inner"
    inner.mkdir(parents=True, mode=0o700)
    file = inner / "file"
    file.touch(mode=0o600)
    let_all_read(tmp_path / "model")
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "model", inner, file)]
    assert modes == [0o755, 0o755, 0o644]


def test_in_a_folder_for_temporary_files_alone_rests_of_all_files_go_after_a_day(tmp_path):
    folder = tmp_path / "unfinished"
    folder.mkdir()
    old, fresh, mine = f"a.txt.{'0' * 32}.tmp", f"c.txt.{'1' * 32}.tmp", "thesis.doc"
    for name in (old, fresh, mine):
        (folder / name).write_text("half of the n")
    os.utime(folder / old, (1, 1))
    os.utime(folder / mine, (1, 1))
    write_whole(tmp_path / "b.txt", b"new", folder=folder)
    assert names(folder) == sorted([fresh, mine])


@pytest.mark.parametrize("at_once", [True, False])
def test_two_folders_take_each_others_place(tmp_path, monkeypatch, at_once):
    if not at_once:
        monkeypatch.setattr(files, "_exchange_at_once", lambda *_: False)
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(name)
    exchange(tmp_path / "old", tmp_path / "new")
    assert [(tmp_path / name / "a.txt").read_text() for name in ("old", "new")] == ["new", "old"]
    assert names(tmp_path) == ["new", "old"]


def test_a_folder_stays_whose_exchange_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_exchange_at_once", lambda *_: False)
    (tmp_path / "old").mkdir()
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "old", tmp_path / "new")
    assert names(tmp_path) == ["old"]


@pytest.mark.skipif(sys.platform != "linux", reason="Other systems have other calls for it.")
def test_linux_exchanges_at_once(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    assert files._exchange_at_once(tmp_path / "old", tmp_path / "new")
