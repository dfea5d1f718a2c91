"""Processes that write to one index: killed at any moment, and at the same time."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from prodcat.errors import SearchError
from prodcat.search.building import locked
from prodcat.search.index import VectorIndex
from tests.kills import KILLS
from tests.search.drawn import draw_index, draw_product, draw_vectors, joined

REPOSITORY = Path(__file__).resolve().parents[2]
POOL = 400
WRITER = """
import random, sys
from prodcat.search.index import VectorIndex
from tests.kills import KILLS
from tests.search.drawn import draw_product, draw_vectors

folder, seed = sys.argv[1], int(sys.argv[2])
rng, vectors = random.Random(seed), draw_vectors(400, seed=3)
with VectorIndex.open(folder) as index:
    print("ready", flush=True)
    while True:
        number = rng.randrange(400)
        if rng.random() < 0.6:
            rows = {kind: block[number : number + 1] for kind, block in vectors.items()}
            print(f"+{number}", flush=True)
            index.add([draw_product(1000 + number)], rows)
            print(f"a{number}", flush=True)
        else:
            print(f"-{number}", flush=True)
            index.delete([f"p{1000 + number}"])
            print(f"d{number}", flush=True)
"""


def start_writer(folder, seed):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(seed)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )


def check_whole(folder, there):
    """Each product has its own vector, once, and those are there that have to be."""
    vectors, old = draw_vectors(POOL, seed=3), draw_vectors(300)
    with VectorIndex.open(folder) as index:
        ids = index.ids()
        assert len(ids) == len(set(ids)) == len(index)
        late = {int(product_id[1:]) - 1000 for product_id in ids if len(product_id) == 5}
        for number in late:
            by_kind = {kind: rows[number : number + 1] for kind, rows in vectors.items()}
            query = joined(by_kind)[0]
            product, vector = index.product(f"p{1000 + number}")
            assert product == draw_product(1000 + number)
            np.testing.assert_allclose(vector, query, atol=0.02)
            found = [one.product.id for one in index.nearest(query, len(ids))]
            assert found[0] == product.id
            assert len(found) == len(set(found)) == len(ids)
        assert {f"p{number}" for number in range(300)} <= set(ids)
        assert len(old["fused"]) == 300
    for number, is_there in there.items():
        assert (number in late) == is_there, f"p{1000 + number}"


@pytest.mark.slow
def test_an_index_is_whole_after_each_kill(tmp_path):
    folder = tmp_path / "shop.index"
    draw_index(folder, exact=100).close()
    rng, there, changes = random.Random(0), {}, 0
    for kill in range(KILLS):
        writer = start_writer(folder, kill)
        assert writer.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0.0, 0.15))
        writer.send_signal(signal.SIGKILL)
        lines = writer.stdout.read().split()
        writer.wait()
        writer.stdout.close()
        for line in lines:
            number = int(line[1:])
            if line[0] in "+-":
                # Begun, and perhaps done: nobody knows unless the next line says so.
                there.pop(number, None)
            else:
                there[number] = line[0] == "a"
                changes += 1
        check_whole(folder, there)
    assert changes > 5 * KILLS


@pytest.mark.slow
def test_two_processes_write_one_after_the_other(tmp_path):
    folder = tmp_path / "shop.index"
    draw_index(folder).close()
    writers = [start_writer(folder, seed) for seed in (1, 2)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    with VectorIndex.open(folder) as index:
        query = joined(draw_vectors(1, seed=5))[0]
        for _ in range(30):
            found = [one.product.id for one in index.nearest(query, 2000)]
            assert len(found) == len(set(found)) >= 300
    try:
        for writer in writers:
            # However quick the questions were: each has its turn, and goes on.
            for _ in range(11):
                assert writer.stdout.readline(), "a writer ended with an error"
    finally:
        for writer in writers:
            writer.kill()
    for writer in writers:
        writer.stdout.read()
        writer.wait()
        writer.stdout.close()
    check_whole(folder, {})


def test_a_second_writer_is_refused_in_one_line(tmp_path):
    draw_index(tmp_path / "index").close()
    with (
        VectorIndex.open(tmp_path / "index", timeout_s=0.05) as index,
        locked(tmp_path / "index", 1.0),
        pytest.raises(SearchError, match="is being written to by another process"),
    ):
        index.delete(["p1"])
    with VectorIndex.open(tmp_path / "index") as index:
        assert "p1" in index
