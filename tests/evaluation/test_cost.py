import pytest

from prodcat.corpus.store import Corpus
from prodcat.errors import RunError
from prodcat.evaluation.cost import measure_cost, measure_peak_memory
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
