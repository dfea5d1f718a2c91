"""Many workers answer as one does."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from prodcat.bulk.answering import CategorizeOptions, answer_batch
from prodcat.bulk.categorizing import categorize
from prodcat.bulk.workers import AHEAD, in_processes, in_threads
from prodcat.errors import InputError
from prodcat.inference.predictor import Predictor

WORDS = ("boots", "bag", "shoes", "jeans", "zzz")


@pytest.fixture
def source(tmp_path):
    rows = [{"id": f"p{i}", "name": f"{WORDS[i % 5]} number {i}"} for i in range(300)]
    rows[100] = {"id": "lost", "image": "nowhere.jpg"}
    file = tmp_path / "in.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def test_answers_come_in_the_order_of_their_batches(predictor):
    def slow_first(_, batch):
        time.sleep(0.2 if batch == 0 else 0)
        return batch

    with in_threads(slow_first, predictor, 4) as answered:
        assert list(answered(range(20))) == list(range(20))


def test_workers_are_only_a_little_ahead(predictor):
    taken = []

    def batches():
        for number in range(100):
            taken.append(number)
            yield number

    with in_threads(lambda _, batch: batch, predictor, 2) as answered:
        assert next(answered(batches())) == 0
    assert len(taken) <= 2 * AHEAD + 1


def test_threads_share_the_work(predictor):
    both = threading.Barrier(2, timeout=10)

    with in_threads(lambda _, batch: both.wait() >= 0, predictor, 2) as answered:
        assert list(answered(range(4))) == [True] * 4


def test_an_error_of_a_batch_is_told(predictor):
    def fail(_, batch):
        raise InputError(f"batch {batch}")

    with in_threads(fail, predictor, 2) as answered, pytest.raises(InputError, match="batch 0"):
        list(answered(range(100)))


@pytest.mark.parametrize("sizes", [{"batch_size": 7}, {"workers": 1}, {"workers": 5}])
def test_answers_are_the_same_whatever_the_workers_and_batches(tmp_path, source, predictor, sizes):
    for name, options in (("plain", {}), ("other", sizes)):
        categorize(
            source,
            tmp_path / f"{name}.parquet",
            predictor=predictor,
            options=CategorizeOptions(part_rows=50, **options),
        )
    plain, other = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("plain", "other"))
    assert plain.equals(other)
    assert plain.num_rows == 300


@pytest.mark.slow
def test_processes_answer_as_threads_do(tmp_path, source, predictor):
    for processes in (False, True):
        categorize(
            source,
            tmp_path / f"{processes}.parquet",
            predictor=predictor,
            options=CategorizeOptions(workers=2, processes=processes, batch_size=16),
        )
    threads, processes = (pq.read_table(tmp_path / f"{p}.parquet") for p in (False, True))
    assert threads.equals(processes)
    assert "nowhere.jpg" in processes["error"][100].as_py()


@pytest.mark.parametrize("processes", [False, True])
def test_workers_share_what_is_embedded(tmp_path, source, model_dir, processes):
    cached = Predictor.load(model_dir, threads=1, cache=tmp_path / "cache")
    runs = {"first": cached, "again": cached, "without": Predictor.load(model_dir, threads=1)}
    for name, predictor in runs.items():
        categorize(
            source,
            tmp_path / f"{name}.parquet",
            predictor=predictor,
            options=CategorizeOptions(workers=2, processes=processes, batch_size=16),
        )

    tables = [pq.read_table(tmp_path / f"{name}.parquet") for name in runs]
    assert tables[0].equals(tables[2])
    assert tables[1].equals(tables[2])
    assert len(list((tmp_path / "cache").glob("*.db"))) == 2


def kill_oneself(_, batch):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
def test_a_killed_process_is_told_in_one_line(model_dir):
    with (
        pytest.raises(InputError, match=r"^A worker process was killed.*Run the same again"),
        in_processes(kill_oneself, Predictor.load(model_dir), 1) as answered,
    ):
        list(answered(range(3)))


PARENT = """
import os, sys, time
from prodcat.bulk.workers import in_processes
from prodcat.inference.predictor import Predictor
from tests.bulk.test_workers import own_id

if __name__ == "__main__":
    with in_processes(own_id, Predictor.load(sys.argv[1]), 2) as answered:
        print(*set(answered(range(8))), flush=True)
        time.sleep(600)
"""


def own_id(_, batch):
    return os.getpid()


@pytest.mark.slow
def test_processes_end_with_the_one_that_began_them_also_when_it_is_killed(tmp_path, model_dir):
    (tmp_path / "parent.py").write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    parent = subprocess.Popen(
        [sys.executable, tmp_path / "parent.py", model_dir],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with parent:
        children = list(map(int, parent.stdout.readline().split()))
        parent.kill()
    assert children
    end = time.monotonic() + 20
    while any(map(is_running, children)):
        assert time.monotonic() < end
        time.sleep(0.05)


def is_running(process):
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_a_batch_is_answered_as_a_table(predictor):
    assert answer_batch(predictor, []).num_rows == 0
