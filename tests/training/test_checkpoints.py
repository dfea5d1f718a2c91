"""Whole checkpoints, and what a run does with damaged ones."""

import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from prodcat.errors import RunError
from prodcat.training.checkpoints import (
    BEST,
    LAST,
    NEEDED,
    WholeCheckpoints,
    choose_checkpoint,
    read_checkpoint,
    remove_halves,
)


def network():
    return nn.Linear(40, 30)


def checkpoint_of(module, **changes):
    parts = {key: kind() for key, kind in NEEDED.items()}
    return parts | {"state_dict": module.state_dict(), "epoch": 3, "global_step": 9} | changes


def write(file, checkpoint):
    WholeCheckpoints().save_checkpoint(checkpoint, file)
    return file


def flip_a_bit(file):
    with zipfile.ZipFile(file) as archive:
        weights = max(archive.infolist(), key=lambda part: part.file_size)
    content = bytearray(file.read_bytes())
    content[weights.header_offset + weights.file_size // 2 + 200] ^= 1
    file.write_bytes(content)


def cut(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def empty(file):
    file.write_bytes(b"")


class Payload:
    """Unpickled, it would make a folder."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


DAMAGES = {"a flipped bit": flip_a_bit, "a cut": cut, "nothing in it": empty}


def test_a_checkpoint_is_written_beside_its_place_whatever_the_temporary_folder(
    tmp_path, monkeypatch
):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o500)
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    seen = []
    save = torch.save

    def watched(content, stream):
        seen.append(str(Path(stream.name).parent))
        save(content, stream)

    monkeypatch.setattr(torch, "save", watched)

    file = write(tmp_path / "run" / LAST, checkpoint_of(network()))

    assert seen == [str(file.parent)]
    assert [path.name for path in file.parent.iterdir()] == [LAST]
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize(
    "failure", [OSError(28, "No space left on device"), RuntimeError("file write failed")]
)
def test_where_the_disk_is_full_the_one_before_stays(tmp_path, monkeypatch, failure):
    module = network()
    file = write(tmp_path / LAST, checkpoint_of(module))

    def fail(content, stream):
        stream.write(b"half of it")
        raise failure

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(RunError, match=r"last\.ckpt cannot be written: .*Make room"):
        write(file, checkpoint_of(network()))
    assert [path.name for path in tmp_path.iterdir()] == [LAST]
    assert choose_checkpoint(tmp_path, module) == file


def test_the_last_is_gone_on_from(tmp_path):
    module = network()
    assert choose_checkpoint(tmp_path, module) is None
    write(tmp_path / BEST, checkpoint_of(module))
    write(tmp_path / LAST, checkpoint_of(module))
    assert choose_checkpoint(tmp_path, module) == tmp_path / LAST


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_a_damaged_one_falls_back_to_the_best_and_says_so(tmp_path, caplog, damage):
    module = network()
    write(tmp_path / BEST, checkpoint_of(module))
    damage(write(tmp_path / LAST, checkpoint_of(module)))
    assert choose_checkpoint(tmp_path, module) == tmp_path / BEST
    assert "last.ckpt is damaged" in caplog.text
    assert "Going on from best.ckpt instead" in caplog.text


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_where_all_are_damaged_it_says_in_a_line_what_to_delete(tmp_path, damage):
    module = network()
    damage(write(tmp_path / LAST, checkpoint_of(module)))
    with pytest.raises(RunError) as told:
        choose_checkpoint(tmp_path, module)
    assert str(told.value).endswith(f"Delete {tmp_path}, and the same command trains anew.")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "change",
    [
        {"epoch": "3"},
        {"loops": None},
        {"state_dict": nn.Linear(40, 31).state_dict()},
        {"state_dict": {"weight": 1, "bias": 2}},
        {"optimizer_states": {}},
    ],
)
def test_one_of_another_network_or_without_a_part_is_not_gone_on_from(tmp_path, change):
    write(tmp_path / LAST, checkpoint_of(network(), **change))
    with pytest.raises(RunError, match="is damaged"):
        choose_checkpoint(tmp_path, network())


def test_code_in_a_checkpoint_is_never_run(tmp_path):
    for name, content in (("a", pickle.dumps(Payload(tmp_path / "made"))), ("b", None)):
        file = tmp_path / name
        if content is None:
            torch.save({"state_dict": Payload(tmp_path / "made")}, file)
        else:
            file.write_bytes(content)
        with pytest.raises(RunError, match="is damaged"):
            read_checkpoint(file)
    assert not (tmp_path / "made").exists()


def test_what_a_killed_process_had_written_is_removed(tmp_path):
    write(tmp_path / LAST, checkpoint_of(network()))
    half, others = tmp_path / f"{LAST}.{'0' * 32}.tmp", tmp_path / "teachers.npy"
    half.write_bytes(b"half")
    others.write_bytes(b"whole")
    remove_halves(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [LAST, "teachers.npy"]
