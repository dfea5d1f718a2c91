import os

import pytest

from prodcat.bulk.state import BLOCK_BYTES, BLOCKS, block_places, file_state

LARGE = 4 * BLOCKS * BLOCK_BYTES


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "large.csv"
    with file.open("wb") as stream:
        stream.truncate(LARGE)
    os.utime(file, (1, 1))
    return file


def change(file, place):
    with file.open("rb+") as stream:
        stream.seek(place)
        stream.write(b"x")
    # What a tool that keeps times leaves: the size and the time say nothing.
    os.utime(file, (1, 1))


@pytest.mark.parametrize("place", [0, BLOCK_BYTES - 1, LARGE - BLOCK_BYTES, LARGE - 1])
def test_a_change_at_the_beginning_or_the_end_is_seen(file, place):
    before = file_state(file)
    change(file, place)
    assert file_state(file)["blocks"] != before["blocks"]
    assert file_state(file) | {"blocks": ""} == before | {"blocks": ""}


def test_each_sampled_block_counts(file):
    states = [file_state(file)["blocks"]]
    for place in block_places(LARGE):
        change(file, place + BLOCK_BYTES // 2)
        states.append(file_state(file)["blocks"])
    assert len(set(states)) == len(states)


def test_no_more_is_read_of_a_large_file_than_the_blocks(file):
    # Between two blocks: only the time could tell this.
    first, second = block_places(LARGE)[:2]
    before = file_state(file)
    change(file, (first + BLOCK_BYTES + second) // 2)
    assert file_state(file) == before


def test_a_small_file_is_known_by_every_byte(tmp_path):
    file = tmp_path / "small.csv"
    file.write_bytes(bytes(3 * BLOCK_BYTES + 7))
    os.utime(file, (1, 1))
    states = {file_state(file)["blocks"]}
    for place in (BLOCK_BYTES, 2 * BLOCK_BYTES - 1, 3 * BLOCK_BYTES + 6):
        change(file, place)
        states.add(file_state(file)["blocks"])
    assert len(states) == 4
