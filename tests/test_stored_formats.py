"""What was made before is read; ``tests/stored/README.md`` says how these files came about.

Through public names alone, so that the tests outlive the modules.
"""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import prodcat
from prodcat.cli import main
from prodcat.corpus.store import Corpus
from prodcat.modeldir.format import CASCADE_FORMAT
from tests.store_formats import draw_bert, last_migration

STORED = Path(__file__).resolve().parent / "stored"
RUNS = sorted(STORED.glob("run-format-*/"))
CASCADES = sorted(STORED.glob("cascade-format-*/"))
CORPORA = sorted(STORED.glob("corpus-migration-*/"))
TOLERANCE = 1e-6
"""Of a probability: another processor adds in another order."""


def named(path):
    return path.name


def written_beside(folder):
    return json.loads(folder.with_suffix(".json").read_text("utf-8"))


def command(*words):
    result = CliRunner().invoke(main, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def copied(tmp_path):
    """Copy a stored folder: opening a corpus may write to it."""
    return lambda folder: shutil.copytree(folder, tmp_path / folder.name)


@pytest.fixture
def brought_up_to_date(copied, tmp_path):
    """Copy a stored corpus and import a product, which brings its tables up to date."""

    def bring(folder):
        corpus = copied(folder) / "shop.sqlite"
        (tmp_path / "new.csv").write_text("id,name,category\n1,Acme striped bag,Bags\n")
        command("import", tmp_path / "new.csv", corpus, "--source-name", "later")
        return corpus

    return bring


@pytest.mark.parametrize("run", [*RUNS, *CASCADES], ids=named)
def test_a_stored_model_answers_as_it_did(run, monkeypatch):
    monkeypatch.chdir(STORED)  # the products name their pictures from there
    predictor = prodcat.Predictor.load(run)

    for title, stored in written_beside(run).items():
        answer, expected = predictor.predict(**stored["product"]), stored["answer"]
        assert list(answer.path) == expected["path"], title
        assert answer.abstained == expected["abstained"], title
        assert answer.probability == pytest.approx(expected["probability"], abs=TOLERANCE), title
        assert [(list(leaf.path), leaf.probability) for leaf in answer.alternatives] == [
            (leaf["path"], pytest.approx(leaf["probability"], abs=TOLERANCE))
            for leaf in expected["alternatives"]
        ], title


@pytest.mark.parametrize("run", RUNS, ids=named)
def test_a_stored_model_is_verified_and_described(run):
    assert json.loads(command("model", run / "model", "--json").stdout)["name"] == "toy"


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS, ids=named)
def test_a_stored_run_is_reported(run, tmp_path):
    messages = command("analyze", run, "--out", tmp_path / "report").output

    assert "Left out" not in messages
    assert "96.7" in (tmp_path / "report" / "report.md").read_text("utf-8")
    with (tmp_path / "report" / "mistakes.csv").open(encoding="utf-8-sig") as stream:
        (mistake,) = csv.DictReader(stream)
    assert mistake["id"].startswith("toy:")


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS, ids=named)
def test_a_stored_run_is_known_to_be_finished(run, copied, toy_corpus):
    folder = copied(run)
    words = ("train", toy_corpus, "--config", folder / "config.yaml", "--out", folder)
    refused = CliRunner().invoke(main, list(map(str, words)))
    assert refused.exit_code == 1
    assert "is finished, but the corpus has changed since" in " ".join(refused.output.split())

    # The corpus that it learnt from is not stored; another stands in for it.
    environment = json.loads((folder / "environment.json").read_text("utf-8"))
    with Corpus.open(toy_corpus) as corpus:
        environment["corpus_fingerprint"] = corpus.fingerprint()
    (folder / "environment.json").write_text(json.dumps(environment), "utf-8")
    output = command(*words).output

    assert "is finished" in output
    assert "96.7" in output


@pytest.fixture(scope="module", params=RUNS, ids=named)
def continued(request, toy_corpus, tmp_path_factory):
    """Train on from the weights of a stored run; return that run, and the new one."""
    stored, folder = request.param, tmp_path_factory.mktemp("continued")
    encoder = folder / "tiny-bert"
    encoder.mkdir()
    shutil.copy(stored / "model" / "tokenizer.json", encoder)
    draw_bert(encoder, seed=1)  # other weights than the stored model began with
    changes = [f"text.encoder={encoder}", f"model.start={stored / 'model'}"]
    changes += ["train.max_epochs=1", "train.patience=1"]
    # Too little to change an answer, so what is answered is what was taken over.
    changes += [f"train.{rate}=1e-9" for rate in ("lr", "text_lr", "image_lr")]
    settings = [word for change in changes for word in ("--set", change)]
    out = folder / "run"
    command("train", toy_corpus, "--config", stored / "config.yaml", "--out", out, *settings)
    return stored, out


@pytest.mark.slow
def test_training_goes_on_from_stored_weights(continued):
    stored, run = continued
    predictor = prodcat.Predictor.load(run / "model")

    # Of names alone: the pictures' network is a narrower one in the stored run.
    for title in ("a name", "a name that says little"):
        expected = written_beside(stored)[title]
        leaves = [leaf.path for leaf in predictor.predict(**expected["product"]).alternatives]
        assert leaves == [tuple(leaf["path"]) for leaf in expected["answer"]["alternatives"]], title


@pytest.mark.slow
def test_what_is_written_now_is_stored(continued, toy_corpus):
    """A format that changed joins the stored ones; their README says how."""
    _, run = continued
    written = json.loads((run / "environment.json").read_text("utf-8"))["format"]
    model = json.loads((run / "model" / "model.json").read_text("utf-8"))["format"]
    models = [json.loads((run / "model" / "model.json").read_text("utf-8")) for run in RUNS]

    assert STORED / f"run-format-{written}" in RUNS
    assert model in [described["format"] for described in models]
    assert STORED / f"cascade-format-{CASCADE_FORMAT}" in CASCADES
    assert STORED / f"corpus-migration-{last_migration(toy_corpus)}" in CORPORA


@pytest.mark.parametrize("folder", CORPORA, ids=named)
def test_products_of_a_stored_corpus_are_read(folder, brought_up_to_date, tmp_path):
    stored = written_beside(folder)
    corpus, answers = brought_up_to_date(folder), tmp_path / "answers.parquet"
    command("categorize", corpus, "-o", answers, "--model", STORED / stored["run"] / "model")

    rows = pq.read_table(answers).to_pylist()
    categories = {row["id"]: row["category"] for row in rows if not row["error"]}
    assert categories.pop("later:1") == "Bags"
    assert categories == stored["categories"]


@pytest.mark.parametrize("folder", CORPORA, ids=named)
def test_a_stored_corpus_is_described(folder, brought_up_to_date):
    described = json.loads(command("corpus", brought_up_to_date(folder), "--json").stdout)

    assert described["products"] == len(written_beside(folder)["categories"]) + 1


def test_the_status_of_a_stored_crawl_is_told(brought_up_to_date):
    corpus = brought_up_to_date(STORED / "corpus-migration-4")
    status = [sys.executable, "-m", "crawler", "status", corpus, "--json"]
    told = json.loads(subprocess.run(status, check=True, capture_output=True).stdout)

    assert [run["outcome"] for run in told["runs"]] == ["complete"]
    assert (told["products"]["shopstyle"], told["left"], told["failed"]) == (6, 0, 0)
