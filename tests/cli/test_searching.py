import json

import pytest
from click.testing import CliRunner

from prodcat.cli.commands import main
from prodcat.corpus.store import Corpus
from tests.cli.running import run
from tests.model_files import build_model_dir
from tests.toy import draw_corpus


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    corpus, model = draw_corpus(folder, products=60), build_model_dir(folder / "model")
    facts = json.loads(run("index", corpus, "--model", model, "--json").stdout)
    assert facts["products"] == 60
    assert facts["folder"] == str(folder / "corpus.index")
    return folder / "corpus.index"


def test_an_index_takes_up_what_changed_and_tells_how_much(tmp_path):
    corpus = draw_corpus(tmp_path, products=60)
    words = ("index", corpus, "--model", build_model_dir(tmp_path / "model"), "--json")
    keys = ("products", "built", "added", "replaced", "deleted")

    def told(*more):
        facts = json.loads(run(*words, *more).stdout)
        return tuple(facts[key] for key in keys)

    assert told("--no-duplicates") == (60, "there was none", 0, 0, 0)
    with Corpus.open(corpus) as opened, opened.db.conn:
        opened.db.execute("update products set name = 'Purple umbrella' where id = 'toy:1003'")
        opened.db.execute("delete from products where id in ('toy:1004', 'toy:1006')")
    assert told("--no-duplicates") == (58, "", 0, 1, 2)
    assert told("--no-duplicates") == (58, "", 0, 0, 0)
    assert told("--anew")[1] == "it was asked for"


def test_similar_prints_the_neighbours(index):
    output = run("similar", index, "--id", "toy:1003", "-k", 2, "--category", "Women").output
    assert "similarity" in output
    assert output.count("Women >") == 2


def test_similar_prints_json_and_takes_a_name(index):
    answer = json.loads(run("similar", index, "--name", "boots", "--json").stdout)
    assert len(answer["similar"]) == 6
    assert answer["id"] is None


def test_similar_writes_a_sheet(index, tmp_path):
    run("similar", index, "--id", "toy:1003", "--id", "toy:1004", "--sheet", tmp_path / "s.html")
    assert (tmp_path / "s.html").read_text("utf-8").count("<section>") == 2


def test_similar_ends_with_its_own_code_where_nothing_matches(index):
    run("similar", index, "--id", "toy:1003", "--min-price", 5, status=4)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Give --id, or any of --name"),
        (("--id", "toy:1003", "--name", "boots"), "Give --id, or any of --name"),
        (("--name", "boots", "--sheet", "s.html"), "give their --id"),
        (("--id", "nobody"), "No product 'nobody' in the index"),
        (("--id", "toy:1003", "--category", "Zebras"), "has the category 'Zebras'"),
    ],
)
def test_similar_says_what_to_give(index, words, message):
    result = CliRunner().invoke(main, ["similar", str(index), *words])
    assert result.exit_code != 0
    assert message in result.output


def test_an_index_that_is_not_there_is_told(tmp_path):
    result = CliRunner().invoke(main, ["similar", str(tmp_path / "none"), "--id", "1"])
    assert result.exit_code == 1
    assert "Make one with `prodcat index" in result.output
