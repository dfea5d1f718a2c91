"""Products of categories that were not taught, in the findings of a report."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prodcat.analyze.findings.taught import taught_facts
from prodcat.measures.metrics import macro_f1
from prodcat.runs.predictions import read_predictions
from prodcat.runs.reading import read_run
from tests.analyze.run_files import draw_side, write_run


@pytest.fixture
def run(tmp_path):
    """A run whose labels on test are, for some products, of categories that are no leaf."""

    def make(strange):
        folder = write_run(tmp_path / "run", test=draw_side(60, right=1.0, seed=2))
        file = folder / "predictions.parquet"
        table = pq.read_table(file)
        rows = table.to_pylist()
        tests = [row for row in rows if row["split"] == "test"]
        for row in rows:
            row["label_leaf"] = row["label"]
        for row in tests[:strange]:
            row["label"] = row["top"][0] + " > Limited"
            row["label_leaf"] = None
        schema = table.schema.append(pa.field("label_leaf", pa.string()))
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), file)
        metrics = json.loads((folder / "metrics.json").read_text())
        metrics["data"]["untaught"] = {"test": strange}
        taught = {"n": 60 - strange, "accuracy": {"value": 0.9, "low": 0.8, "high": 0.95}}
        metrics["test"]["everything"] |= {"taught": taught}
        side = read_predictions(file).side("test")
        metrics["test"]["everything"]["macro_f1"] = {"value": macro_f1(side.leaves, side.best)}
        (folder / "metrics.json").write_text(json.dumps(metrics))
        return folder

    return make


def test_an_older_run_is_said_to_know_the_taught_ones_alone(tmp_path):
    facts, warnings = taught_facts(read_run(write_run(tmp_path / "run")), "test")
    assert "taught categories alone" in facts["measured on"]
    assert warnings == ()


@pytest.mark.parametrize(("strange", "red"), [(0, False), (1, False), (12, True)])
def test_products_of_other_categories_are_told_and_in_red_where_they_are_many(run, strange, red):
    loaded = read_run(run(strange))
    facts, warnings = taught_facts(loaded, "test")
    told = " ".join([*facts.values(), *warnings])
    assert bool(warnings) == red
    assert facts["measured on"] == "all labelled products"
    assert (f"{strange} of 60 products" in told) == bool(strange)
    assert ("alone accuracy is 90.0%" in told) == bool(strange)
    # An ancestor that is a leaf was answered, which is right.
    assert loaded.predictions.side("test").right.all()
