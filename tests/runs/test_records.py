import json
from pathlib import Path

import pytest

from prodcat.errors import AnalyzeError
from prodcat.measures.interval import Interval
from prodcat.measures.measure import RiskCoverage, SetMeasures
from prodcat.runs.records import (
    Cost,
    DataFacts,
    ExportFacts,
    RunMetrics,
    Selection,
    TrainingFacts,
)

MEASURED = SetMeasures(
    n=3,
    classes=2,
    classes_present=1,
    intervals={"accuracy": Interval(0.5, 0.25, 0.75), "accuracy_at_98": Interval()},
    thresholds={"threshold_at_98": None, "path_threshold_at_98": 0.5},
    risk_coverage=RiskCoverage((0.5, 1.0), (0.0, 0.25)),
)
METRICS = RunMetrics(
    data=DataFacts(
        categories=2,
        taxonomy_version="abc",
        products={"train": 9, "val": 3, "test": 0},
        left_out={"train": {"category is not in the tree": 1}},
        train_products={"A > B": 4, "C": 5},
    ),
    training=TrainingFacts(epochs=2, best_epoch=1, seconds=1.5),
    export=ExportFacts("int8", {"float32": 1e-6}),
    sides={"val": (Selection("everything", MEASURED), Selection("name only", MEASURED))},
    cost=Cost(one_product_ms=4.5, model_bytes=34),
)
STORED_RUNS = Path(__file__).resolve().parents[1] / "stored"
STORED = {"value": 0.5, "low": 0.25, "high": 0.75}


def includes(data, earlier):
    """Whether data say all that earlier ones did, though they may say more."""
    if not isinstance(earlier, dict):
        return data == earlier
    return all(key in data and includes(data[key], value) for key, value in earlier.items())


@pytest.mark.parametrize("run", sorted(STORED_RUNS.glob("run-format-*/")), ids=lambda run: run.name)
def test_a_stored_run_says_all_that_it_did_when_it_is_read_and_written(run):
    stored = json.loads((run / "metrics.json").read_text("utf-8"))

    assert includes(RunMetrics.from_dict(stored).to_dict(), stored)


def test_what_is_written_is_read():
    written = json.loads(json.dumps(METRICS.to_dict(), allow_nan=False))

    assert RunMetrics.from_dict(written) == METRICS


def test_the_keys_are_those_of_format_2():
    written = METRICS.to_dict()

    assert list(written) == ["data", "training", "export", "val", "cost"]
    assert includes(written["training"], {"epochs": 2, "best_epoch": "1", "seconds": 1.5})
    assert list(written["val"]) == ["everything", "name only"]
    assert includes(
        written["val"]["everything"],
        {
            "n": 3,
            "classes": 2,
            "classes_present": 1,
            "accuracy": STORED,
            "accuracy_at_98": {"value": None, "low": None, "high": None},
            "threshold_at_98": None,
            "path_threshold_at_98": 0.5,
            "risk_coverage": {"coverage": [0.5, 1.0], "risk": [0.0, 0.25]},
        },
    )


def test_a_baseline_is_not_exported():
    assert "export" not in RunMetrics().to_dict()
    assert RunMetrics.from_dict(RunMetrics().to_dict()) == RunMetrics()


def test_measures_of_everything_come_first():
    stored = {"n": 3, "accuracy": STORED, "classes": 2}

    metrics = RunMetrics.from_dict({"test": {"name only": stored, "everything": stored}})

    everything, name_only = metrics.selections("test")
    assert (everything.name, name_only.name) == ("everything", "name only")
    assert everything.n == 3
    assert everything.measures == {"accuracy": Interval(0.5, 0.25, 0.75)}
    assert metrics.selections("val") == ()


@pytest.mark.parametrize(
    "metrics",
    [
        {"test": [1]},
        {"test": {"name only": {"n": 1}}},
        {"test": {"everything": 3}},
        {"test": {"everything": {"n": -1}}},
        {"val": {"everything": {"accuracy": STORED}}},
        {"test": {"everything": {"n": 1, "accuracy": {"value": "high"}}}},
        {"test": {"everything": {"n": 1, "accuracy": {"value": 1.5}}}},
        {"test": {"everything": {"n": 1, "accuracy": {"value": True}}}},
    ],
)
def test_measures_that_cannot_be_are_refused(metrics):
    with pytest.raises(AnalyzeError, match=r"metrics\.json"):
        RunMetrics.from_dict(metrics)


def test_what_is_unknown_is_passed_over_and_what_is_missing_is_none():
    stored = {"n": 1, "classes": "many", "threshold_at_98": 3, "later": [1], "better": {"a": 1}}

    metrics = RunMetrics.from_dict({"test": {"everything": stored}, "later": 1, "data": 3})

    [selection] = metrics.selections("test")
    assert selection.measured == SetMeasures(n=1, thresholds={"threshold_at_98": None})
    assert metrics.data == DataFacts()


@pytest.mark.parametrize(
    "curve",
    [
        3,
        {"coverage": [0.5, 1.0]},
        {"coverage": [0.5, 1.0], "risk": [0.5]},
        {"coverage": [0.5, "1"], "risk": [0.5, 0.5]},
        {"coverage": [0.5, 2.0], "risk": [0.5, 0.5]},
    ],
)
def test_a_curve_that_is_none_has_no_points(curve):
    stored = {"everything": {"n": 1, "risk_coverage": curve}}

    [selection] = RunMetrics.from_dict({"test": stored}).selections("test")

    assert selection.measured.risk_coverage == RiskCoverage()


def test_facts_that_are_no_numbers_are_missing():
    metrics = RunMetrics.from_dict(
        {
            "training": {"epochs": "5", "best_epoch": 4, "seconds": "long"},
            "cost": {"model_bytes": -1, "one_product_ms": 1e300},
            "export": {"quantize": 8, "largest_difference": {"float32": 0.5, "int8": None}},
        }
    )

    assert metrics.training == TrainingFacts(epochs=5, best_epoch=4)
    assert metrics.cost == Cost()
    assert metrics.export == ExportFacts(None, {"float32": 0.5})


def test_sizes_of_categories_that_are_no_counts_are_missing():
    data = {
        "train_products": {"A > B": 3, "C": -1, "D": 1.5, "E": None, "F\n": 2},
        "left_out": {"train": {"no category": 1, "odd": "x"}, "none": 3},
    }

    facts = RunMetrics.from_dict({"data": data}).data

    assert facts.train_products == {"A > B": 3, "F ": 2}
    assert facts.left_out == {"train": {"no category": 1}, "none": {}}


@pytest.mark.parametrize(("best_by", "best"), [("val_loss", 2), ("val_macro_f1", 3)])
def test_the_best_epoch_is_the_one_that_was_kept(best_by, best):
    history = [
        {"epoch": "1", "val_loss": "3", "val_macro_f1": "0.5", "seconds": "1.5"},
        {"epoch": "2", "val_loss": "1", "val_macro_f1": "0.5", "seconds": "1.5"},
        {"epoch": "3", "val_loss": "2", "val_macro_f1": "0.75", "seconds": "2.0"},
    ]

    facts = TrainingFacts.from_history(history, best_by=best_by)

    assert (facts.epochs, facts.best_epoch, facts.seconds) == (3, best, 5.0)


def test_without_epochs_none_was_kept():
    facts = TrainingFacts.from_history([], best_by="val_loss")

    assert (facts.epochs, facts.best_epoch, facts.seconds) == (0, None, 0.0)
