"""Baselines learn, write the run directory of a network, and refuse nonsense."""

import json

import pytest
import yaml
from pyarrow import parquet

from experiments.baselines.__main__ import main, train_baseline
from experiments.baselines.config import baseline_from_dict
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError, RunError
from tests.toy import draw_corpus

TFIDF = {"kind": "tfidf_svc", "reads": ["name"]}
BOTH = {"reads": ["name", "description"]}
QUICK_BAG = {"kind": "bag_of_words", **BOTH, "lr": 0.02, "batch_size": 16}
KINDS = {
    "tfidf_svc": {"kind": "tfidf_svc", **BOTH},
    "tfidf_logreg": {"kind": "tfidf_logreg", **BOTH, "c": 10.0},
    "bag_of_words": QUICK_BAG,
}


def config(baseline, **data):
    return baseline_from_dict({"baseline": baseline, "data": data})


@pytest.fixture(scope="session", params=KINDS)
def run(request, toy_corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("baselines") / request.param
    train_baseline(toy_corpus, config(KINDS[request.param]), folder)
    return folder


@pytest.mark.slow
def test_a_baseline_learns(run):
    metrics = json.loads((run / "metrics.json").read_text())
    # Boots for women and for men have the same names; chance is 1 in 6.
    assert metrics["val"]["everything"]["accuracy"]["value"] > 0.6
    assert metrics["training"]["seconds"] > 0
    assert metrics["cost"]["model_bytes"] > 1000


@pytest.mark.slow
def test_a_baseline_writes_the_run_directory_of_a_network(run, toy_run):
    own = {path.name for path in run.iterdir()}
    missing = {path.name for path in toy_run.iterdir()} - own
    of_networks = {"checkpoints", "model", "run.log", "weights.safetensors"}
    assert missing - {"history.csv"} == of_networks
    theirs = json.loads((toy_run / "metrics.json").read_text())
    metrics = json.loads((run / "metrics.json").read_text())
    assert set(theirs) - set(metrics) == {"export"}
    assert set(metrics["data"]) == set(theirs["data"])
    assert set(metrics["training"]) == set(theirs["training"])
    assert list(metrics["test"]) == ["everything", "name only", "description only"]
    assert set(metrics["test"]["everything"]) == set(theirs["test"]["everything"])
    schemas = [parquet.read_schema(folder / "predictions.parquet") for folder in (run, toy_run)]
    assert schemas[0].equals(schemas[1], check_metadata=True)


@pytest.mark.slow
def test_a_finished_baseline_is_left_as_it_is(run, toy_corpus):
    settings = baseline_from_dict(yaml.safe_load((run / "config.yaml").read_text()))
    before = (run / "metrics.json").read_bytes()
    result = train_baseline(toy_corpus, settings, run)
    assert result.already_finished
    assert (run / "metrics.json").read_bytes() == before


def test_an_interrupted_baseline_starts_over(toy_corpus, tmp_path, monkeypatch):
    settings = config({**TFIDF, "most_characters": 0, "words": 1})
    with monkeypatch.context() as broken:
        broken.setattr("experiments.baselines.__main__.write_predictions", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train_baseline(toy_corpus, settings, tmp_path / "run")
    assert not (tmp_path / "run" / "metrics.json").exists()
    result = train_baseline(toy_corpus, settings, tmp_path / "run")
    assert not result.already_finished
    assert (tmp_path / "run" / "metrics.json").exists()


def interrupt(*arguments):
    raise KeyboardInterrupt


def test_a_run_with_other_settings_is_not_overwritten(toy_corpus, tmp_path):
    train_baseline(toy_corpus, config(TFIDF), tmp_path / "run")
    with pytest.raises(RunError, match=r"baseline\.c is 1\.0 there and 3\.0 here"):
        train_baseline(toy_corpus, config({**TFIDF, "c": 3}), tmp_path / "run")
    with pytest.raises(RunError, match=r"baseline\.hidden is None there and 100 here"):
        train_baseline(toy_corpus, config(QUICK_BAG), tmp_path / "run")


def test_another_corpus_is_refused(toy_corpus, tmp_path):
    run = tmp_path / "run"
    train_baseline(toy_corpus, config(TFIDF), run)
    (run / "metrics.json").unlink()
    other = draw_corpus(tmp_path / "other", products=120, seed=1)
    with pytest.raises(RunError, match="The corpus has changed"):
        train_baseline(other, config(TFIDF), run)


@pytest.mark.parametrize("arguments", [["--set", "baseline.c=0"], ["--set", "baseline.see=1"]])
def test_the_command_refuses_nonsense_in_one_line(toy_corpus, tmp_path, arguments):
    file = tmp_path / "svc.yaml"
    file.write_text(yaml.safe_dump({"baseline": TFIDF}))
    with pytest.raises(SystemExit) as caught:
        main([str(toy_corpus), "--config", str(file), "--out", str(tmp_path / "run"), *arguments])
    assert str(caught.value).startswith("Error: ")
    assert "baseline." in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_the_command_trains_and_shows_the_measures(toy_corpus, tmp_path, capsys):
    file = tmp_path / "svc.yaml"
    file.write_text(yaml.safe_dump({"baseline": TFIDF}))
    main([str(toy_corpus), "--config", str(file), "--out", str(tmp_path / "run")])
    shown, said = capsys.readouterr()
    assert "coverage at 95 %" in shown
    assert f"The run is in {tmp_path / 'run'}." in shown
    assert "calibrating and measuring" in said


def test_a_corpus_without_what_is_read_is_refused(toy_corpus, tmp_path):
    file = tmp_path / "corpus.db"
    with (
        Corpus.open(toy_corpus, read_only=True) as drawn,
        Corpus.open(file, create=True) as corpus,
    ):
        corpus.upsert_categories("toy", drawn.taxonomy())
        corpus.upsert_products(
            NewProduct(
                source="toy",
                source_id=str(number),
                description=f"Number {number}.",
                category_id=row.category_id,
            )
            for number, row in enumerate(drawn.rows())
        )
    with pytest.raises(CorpusError, match="No product of the side train has a name"):
        train_baseline(file, config(TFIDF), tmp_path / "run")
