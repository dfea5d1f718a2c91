import json

import pytest

from prodcat.corpus.store import Corpus
from prodcat.errors import AnalyzeError
from prodcat.runs.environment import Environment, describe_environment


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "shop.db", create=True) as opened:
        yield opened


def test_a_run_says_what_its_numbers_depend_on(corpus, tmp_path):
    environment = describe_environment(corpus, seed=3, threads=2, device="cpu")

    assert (environment.seed, environment.threads, environment.device) == (3, 2, "cpu")
    assert environment.corpus == str(tmp_path / "shop.db")
    assert environment.corpus_fingerprint == corpus.fingerprint()
    assert environment.python
    assert environment.platform
    assert environment.cpus


def test_the_versions_are_those_that_run(corpus):
    import numpy
    import torch

    versions = describe_environment(corpus, seed=0).versions

    assert versions["numpy"] == numpy.__version__
    assert versions["torch"].split("+")[0] == torch.__version__.split("+")[0]
    assert {"prodcat", "onnxruntime"} <= set(versions)


def test_what_is_written_is_read(corpus):
    environment = describe_environment(corpus, seed=3, threads=2, device="cpu")
    written = json.loads(json.dumps(environment.to_dict()))

    assert next(iter(written)) == "format"
    assert Environment.from_dict(written) == environment


def test_what_is_unknown_is_passed_over_and_what_cannot_be_is_none():
    stored = {"corpus_fingerprint": "abc", "cpus": "many", "versions": 3, "corpus": "", "later": 1}

    assert Environment.from_dict(stored) == Environment(format=None, corpus_fingerprint="abc")


def test_without_the_corpus_a_run_is_refused():
    with pytest.raises(AnalyzeError, match="which corpus"):
        Environment.from_dict({"corpus_fingerprint": None})


def test_a_file_with_endless_versions_is_cut():
    stored = {"corpus_fingerprint": "abc", "versions": {str(i): "1" for i in range(5000)}}

    assert len(Environment.from_dict(stored).facts()) < 1000


def test_a_report_does_not_show_where_the_corpus_was():
    environment = Environment(
        corpus_fingerprint="abc", corpus="/home/me/shop.db", versions={"torch": "2"}, cpus=4
    )

    assert environment.facts() == {
        "versions.torch": "2",
        "commit": "none",
        "cpus": "4",
        "corpus_fingerprint": "abc",
    }
