"""Tables as shops have them go all the way: imported, split, trained on, exported, measured."""

import csv
import json

import pytest

from prodcat.config import config_from_dict
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError
from prodcat.importing import import_products
from prodcat.inference.predictor import Predictor
from prodcat.training.fit import train
from tests.training.runs import toy_settings

# Each exports a graph, which takes seconds.
pytestmark = pytest.mark.slow

KINDS = {"Kitchen > Mugs": "mug", "Men > Shoes": "boots"}
SHIPPING = "Sent within two days, and free of charge above 50."


def table_rows(count=80, **columns):
    """Rows of two categories; a column is made by a function of the row's number and kind."""
    rows = []
    for number in range(count):
        category = list(KINDS)[number % 2]
        row = {
            "id": f"p{number}",
            "name": f"Acme {KINDS[category]} {'abcdefgh'[number % 8]}{number}",
            "description": "",
            "category": category,
        }
        rows.append(row | {name: make(number, row) for name, make in columns.items()})
    return rows


@pytest.fixture
def learn(tmp_path, toy_encoder):
    """Return a function that makes a model of rows; it returns what was said, and the measures."""

    def learn(rows):
        table = tmp_path / "shop.csv"
        with table.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        with Corpus.open(tmp_path / "shop.db", create=True) as corpus:
            summary = import_products(table, corpus)
        settings = toy_settings(toy_encoder, max_epochs=2, patience=2)
        settings["image"] = {"encoder": "none"}
        settings["data"]["min_products"] = 1
        told = []
        train(
            tmp_path / "shop.db",
            config_from_dict(settings),
            tmp_path / "run",
            on_message=told.append,
        )
        metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
        assert Predictor.load(tmp_path / "run" / "model").predict("Acme mug").alternatives
        return summary, "\n".join(told), metrics

    return learn


def sides(metrics):
    return metrics["data"]["products"]


def test_a_plain_table_is_learnt(learn):
    summary, _, metrics = learn(table_rows())
    assert (summary.added, summary.reasons) == (80, ())
    assert sum(sides(metrics).values()) == 80


@pytest.mark.parametrize("dashes", [(1,), tuple(range(0, 80, 3))])
def test_descriptions_that_say_nothing_are_absent(learn, dashes):
    rows = table_rows(
        description=lambda n, row: "-" if n in dashes else "",
        split=lambda n, row: ("train", "val", "test")[n % 3],
    )
    _, _, metrics = learn(rows)
    assert metrics["val"]["everything"]["n"] == sides(metrics)["val"]


def test_a_text_that_most_products_share_ties_none(learn):
    rows = table_rows(200, description=lambda n, row: SHIPPING if n % 5 < 3 else "")
    _, told, metrics = learn(rows)
    shares = {side: count / 200 for side, count in sides(metrics).items()}
    assert shares == pytest.approx({"train": 0.8, "val": 0.1, "test": 0.1}, abs=0.02)
    assert "share" in told


def test_validation_is_taken_from_training_where_the_table_has_none(learn):
    rows = table_rows(split=lambda n, row: "test" if n % 4 == 0 else "train")
    _, told, metrics = learn(rows)
    assert sides(metrics)["test"] == 20
    assert 0 < sides(metrics)["val"] < sides(metrics)["train"]
    assert "val" in told


def test_splits_that_nobody_knows_are_refused_with_their_names(learn):
    with pytest.raises(CorpusError, match=r"split.*0"):
        learn(table_rows(split=lambda n, row: str(n % 3)))


def test_labels_that_are_words_for_nothing_are_counted(learn):
    rows = table_rows(
        category=lambda n, row: ("nan", "NULL", "None", r"\N")[n % 4] if n < 8 else row["category"]
    )
    summary, _, metrics = learn(rows)
    counts = {reason.reason: reason.count for reason in summary.reasons}
    assert counts == {"a word for nothing, such as NULL": 8, "no category": 8}
    assert metrics["data"]["categories"] == 2
    assert sum(sides(metrics).values()) == 72


def test_texts_that_a_spreadsheet_would_run_are_texts(learn):
    rows = table_rows(
        name=lambda n, row: (
            f'=HYPERLINK("http://127.0.0.1/";"x") {row["name"]}'
            if n % 2
            else f"@SUM(1+1) {row['name']}"
        ),
        id=lambda n, row: f"=1+{n}",
    )
    summary, _, metrics = learn(rows)
    assert (summary.added, sum(sides(metrics).values())) == (80, 80)


def test_one_category_is_nothing_to_learn(learn):
    with pytest.raises(CorpusError, match=r"1 categories have 1 or more .* at least 2 are needed"):
        learn(table_rows(category=lambda n, row: "Men > Shoes"))


def test_a_category_of_the_validation_side_alone_counts_in_the_measures(learn):
    rows = table_rows(
        split=lambda n, row: ("train", "val", "test")[n % 3],
        category=lambda n, row: "Only > Val" if n in (1, 4) else row["category"],
    )
    _, _, metrics = learn(rows)
    assert metrics["data"]["untaught"]["val"] == 2
    everything = metrics["val"]["everything"]
    assert everything["n"] == sides(metrics)["val"] + 2
    assert everything["taught"]["n"] == sides(metrics)["val"]
