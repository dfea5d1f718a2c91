import os
import subprocess
import sys

import pytest

from prodcat.corpus.store import Corpus
from prodcat.errors import RunError
from prodcat.evaluation.cost import CHILD, measure_cost, measure_peak_memory
from prodcat.runs.directory import RunDir
from prodcat.runs.records import Cost


@pytest.mark.slow
def test_a_model_takes_memory_of_its_own_process(toy_run, toy_corpus):
    with Corpus.open(toy_corpus) as corpus:
        rows = list(corpus.rows())[:20]
        found = measure_peak_memory(toy_run / "model", rows, corpus)
    # More than Python with onnxruntime, less than with torch.
    assert 30 < found < 400


@pytest.mark.slow
def test_a_command_that_fails_is_told(tmp_path, toy_corpus):
    with Corpus.open(toy_corpus) as corpus, pytest.raises(RunError, match="No model in"):
        measure_peak_memory(tmp_path, list(corpus.rows())[:2], corpus)


def test_a_finished_run_says_what_memory_its_model_took(toy_run):
    assert 30 < RunDir(toy_run).read_metrics().cost.peak_memory_mb < 400


def test_a_cost_that_cannot_be_measured_is_told_and_ends_nothing(toy_corpus, tmp_path, caplog):
    with Corpus.open(toy_corpus) as corpus:
        cost = measure_cost(tmp_path, list(corpus.rows())[:2], corpus)
    assert cost == Cost()
    [record] = caplog.records
    assert "was not measured: No model in" in record.message


def test_the_measuring_process_ends_with_its_parent(tmp_path):
    fifo = tmp_path / "never-written.jsonl"
    (tmp_path / "answers").mkdir()
    # What is to be measured never ends: its input is a pipe that `categorize` is told to read.
    os.mkfifo(fifo)
    reads, writes = os.pipe()
    child = CHILD.replace(
        "from prodcat.cli.commands import main", f"main = lambda *_, **__: open({str(fifo)!r})"
    )
    process = subprocess.Popen([sys.executable, "-c", child], stdin=reads)
    os.close(reads)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    # As where the parent is killed, whatever with: its end of the pipe is gone.
    os.close(writes)
    assert process.wait(20) == 1
