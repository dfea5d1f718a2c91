import numpy as np
import pyarrow
import pyarrow.parquet as pq
import pytest

from prodcat.errors import AnalyzeError
from prodcat.runs import predictions
from prodcat.runs.predictions import PredictionRow, read_predictions, write_prediction_rows
from tests.analyze.run_files import Answered, read_rows, write_rows, write_run

PROBS = np.array([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3]])


@pytest.fixture
def run(tmp_path):
    answered = Answered(PROBS, np.array([0, 2]), ids=["b", "a"], names=["Bag", None])
    return write_run(tmp_path / "run", test=answered, thresholds={0.95: 0.6, 0.98: None})


def test_the_columns_become_arrays(run):
    side = read_predictions(run / "predictions.parquet").side("test")

    assert side.ids == ("b", "a")
    assert side.paths == ("Bags", "Shoes > Boots", "Shoes > Clogs")
    assert side.labels.tolist() == [0, 2]
    assert side.best.tolist() == [0, 1]
    assert side.top.tolist() == [[0, 1, 2, -1, -1], [1, 2, 0, -1, -1]]
    np.testing.assert_allclose(side.top_probability[1], [0.5, 0.3, 0.2, 0, 0])
    assert side.right.tolist() == [True, False]
    assert side.answered(0.95).tolist() == [True, False]
    assert side.thresholds[0.98].tolist() == [np.inf, np.inf]
    assert side.answers == ("Bags", "")
    assert side.names == ("Bag", None)


def test_what_no_product_had_was_not_read(tmp_path):
    has = {"image": [False, False], "name": [True, False]}
    sides = {side: Answered(PROBS, np.array([0, 2]), has=has) for side in ("val", "test")}
    run = write_run(tmp_path / "run", **sides)

    assert read_predictions(run / "predictions.parquet").reads == ("name", "description")


def test_a_side_without_products_is_empty(tmp_path):
    run = write_run(tmp_path / "run", test=Answered(np.empty((0, 3)), np.empty(0, dtype=int)))

    assert len(read_predictions(run / "predictions.parquet").side("test")) == 0


def test_siblings_stand_together_though_their_parent_is_the_start_of_another_name(tmp_path):
    paths = ("A > x", "A B > y", "A > z")
    run = write_run(tmp_path / "run", paths=paths)

    side = read_predictions(run / "predictions.parquet").side("test")
    assert side.paths == ("A > x", "A > z", "A B > y")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": None}, "empty or endless id"),
        ({"id": "shop:val-0001"}, "product twice"),
        ({"split": "train"}, "neither val nor test"),
        ({"label": ""}, "empty or endless label"),
        ({"label": "x" * 3000}, "empty or endless label"),
        ({"top": None}, "without its best leaves"),
        ({"top": [], "top_probability": []}, "without its best leaves"),
        ({"top": ["Bags"], "top_probability": [0.5, 0.5]}, "without its best leaves"),
        ({"top": ["Bags", "Bags"], "top_probability": [0.5, 0.5]}, "without its best leaves"),
        ({"top": [None], "top_probability": [0.5]}, "no path"),
        ({"top": ["Bags"], "top_probability": [None]}, "top_probability"),
        ({"probability": float("nan")}, "a probability that is not from 0 to 1"),
        ({"probability": None}, "a probability that is not from 0 to 1"),
        ({"probability": 1.5}, "a probability that is not from 0 to 1"),
        ({"probability": 0.123}, "not those of the best leaf"),
        ({"raw_probability": -0.1}, "raw_probability"),
        ({"threshold_98": 2.0}, "threshold_98"),
        ({"threshold_95": float("nan")}, "threshold_95"),
    ],
)
def test_a_row_that_cannot_be_is_refused(run, change, reason):
    file = run / "predictions.parquet"
    rows = read_rows(file)
    rows[0] |= change
    write_rows(file, rows)

    with pytest.raises(AnalyzeError, match=reason):
        read_predictions(file)


def test_an_older_format_is_named(run):
    file = run / "predictions.parquet"
    write_rows(file, read_rows(file), version="1")

    with pytest.raises(AnalyzeError, match=r"older format \(1; this version reads 3\)"):
        read_predictions(file)


def test_missing_columns_are_named(run):
    file = run / "predictions.parquet"
    table = pq.read_table(file)
    pq.write_table(table.drop_columns(["top", "name"]), file)

    with pytest.raises(AnalyzeError, match="lacks the columns name, top"):
        read_predictions(file)


def test_a_column_of_another_type_is_refused(run):
    file = run / "predictions.parquet"
    table = pq.read_table(file)
    words = pyarrow.array(["many"] * len(table))
    place = table.schema.get_field_index("probability")
    pq.write_table(table.set_column(place, "probability", words), file)

    with pytest.raises(AnalyzeError, match="cannot be read"):
        read_predictions(file)


def test_what_is_no_parquet_is_refused(tmp_path):
    (tmp_path / "predictions.parquet").write_bytes(b"PAR1 or not")

    with pytest.raises(AnalyzeError, match="cannot be read"):
        read_predictions(tmp_path / "predictions.parquet")


@pytest.mark.parametrize("limit", ["MAX_ROWS", "MAX_BYTES", "MAX_PATHS"])
def test_a_file_over_a_limit_is_refused(run, monkeypatch, limit):
    monkeypatch.setattr(predictions, limit, 2)

    with pytest.raises(AnalyzeError, match="over 2"):
        read_predictions(run / "predictions.parquet")


def test_columns_are_written_with_their_types_whatever_they_hold(tmp_path):
    row = PredictionRow(
        id="shop:1",
        split="val",
        label="Bags",
        label_leaf="Bags",
        top=["Bags", "Shoes"],
        top_probability=[0.75, 0.25],
        probability=0.75,
        raw_probability=0.5,
        thresholds={0.95: None},
        answer="",
        name="x" * 300,
        image_sha256=None,
        parts=["description"],
    )

    write_prediction_rows(tmp_path / "predictions.parquet", [row])

    table = pq.read_table(tmp_path / "predictions.parquet")
    assert table.column_names == list(predictions.COLUMNS)
    assert str(table.schema.field("threshold_95").type) == "double"
    assert str(table.schema.field("image_sha256").type) == "string"
    [written] = table.to_pylist()
    assert written["name"] == "x" * 200
    has = [written[f"has_{part}"] for part in ("name", "description", "text", "image")]
    assert has == [False, True, True, False]


def test_a_file_without_any_product_is_read(tmp_path):
    write_prediction_rows(tmp_path / "predictions.parquet", [])

    assert len(read_predictions(tmp_path / "predictions.parquet").side("val")) == 0
