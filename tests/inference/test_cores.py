import json
import os
import signal
import subprocess
import sys
import threading
from itertools import chain

import pytest

from prodcat.inference import cores
from prodcat.inference.cores import count_cores
from prodcat.inference.predictor import Predictor
from prodcat.inference.threads import LEAST_SHARE, Threads, in_batches, split
from prodcat.product import Product
from tests.model_files import build_model_dir, encoded

WORDS = ("boots", "bag", "shoes", "jeans", "zzz", "sandals")


def test_there_is_a_core():
    assert 1 <= count_cores() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "max 100000\n"}, 8),
        ({"cpu.max": "250000 100000\n"}, 3),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "9900000 100000\n"}, 8),
        ({"cpu.max": "nonsense"}, 8),
        ({"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
        ({}, 8),
    ],
)
def test_a_container_uses_no_more_cores_than_its_quota(files, expected, tmp_path, monkeypatch):
    monkeypatch.setattr(cores, "CGROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    assert count_cores() == expected


@pytest.mark.parametrize("count", range(40))
@pytest.mark.parametrize("most", [1, 2, 3, 8])
def test_shares_are_of_nearly_one_size_and_none_is_lost(count, most):
    shares = split(list(range(count)), most)

    assert list(chain(*shares)) == list(range(count))
    sizes = [len(share) for share in shares]
    assert len(shares) <= most
    assert max(sizes) - min(sizes) <= 1
    assert len(shares) == 1 or min(sizes) >= LEAST_SHARE


def test_results_come_in_order():
    batches = in_batches(range(50), 20)
    assert list(chain(*Threads(3).in_shares(list, batches))) == list(range(50))


def test_a_batch_is_shared_among_threads():
    both = threading.Barrier(2, timeout=10)

    found = list(Threads(2).in_shares(lambda share: both.wait() >= 0, [range(8)]))

    assert found == [True, True]


def test_one_core_is_the_caller():
    found = list(Threads(1).in_shares(lambda _: threading.current_thread(), [range(8), range(8)]))
    assert found == [threading.current_thread()] * 2


def test_the_next_batch_is_taken_when_the_last_was_yielded():
    taken = []

    def batches():
        for number in range(3):
            taken.append(number)
            yield [number] * 8

    results = Threads(2).in_shares(list, batches())
    next(results), next(results)
    assert taken == [0]


def test_an_error_in_a_share_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        list(Threads(2).in_shares(lambda share: 1 // 0, [range(8)]))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    workers = Threads(2)
    assert list(workers.map(abs, [-1, -2])) == [1, 2]
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        os._exit(0 if list(workers.map(abs, [-3, -4])) == [3, 4] else 1)

    assert os.waitpid(child, 0)[1] == 0


AFTER_THE_END = """
import threading
from prodcat.inference.threads import Threads

def work():
    threading.main_thread().join()
    print(list(Threads(2).map(abs, (number for number in (-1, -2)))))

threading.Thread(target=work).start()
"""


def test_a_thread_that_outlives_the_main_one_is_answered():
    done = subprocess.run([sys.executable, "-c", AFTER_THE_END], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[1, 2]", "")


def test_answers_are_the_same_however_many_cores_share_a_batch(model_dir, monkeypatch):
    products = [Product(f"{WORDS[number % 6]} number {number % 7}") for number in range(70)]
    alone = Predictor.load(model_dir, threads=1)
    monkeypatch.setattr("prodcat.inference.predictor.count_cores", lambda: 3)
    shared = Predictor.load(model_dir)

    assert list(shared.predict_many(products)) == list(alone.predict_many(products))
    assert (shared.logits(products) == alone.logits(products)).all()


def test_all_cores_share_the_runs_of_one_product(tmp_path, monkeypatch):
    folder = build_model_dir(tmp_path)
    told = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(told | {"name_view": 1.0}))
    monkeypatch.setattr("prodcat.inference.predictor.count_cores", lambda: 3)
    ran = []
    shared, alone = Predictor.load(folder), Predictor.load(folder, threads=1)
    for graph in (shared.engine.text, shared.engine.image):
        monkeypatch.setattr(graph, "run", note_thread(graph.run, ran))

    found = shared.predict("boots", "for rain", encoded("#ff0000"))

    assert found == alone.predict("boots", "for rain", encoded("#ff0000"))
    assert len(ran) == 3  # both texts, and the picture
    assert threading.current_thread() not in ran


def note_thread(run, ran):
    def run_and_note(*arrays):
        ran.append(threading.current_thread())
        return run(*arrays)

    return run_and_note
