import numpy as np
import pytest

from prodcat.decision.calibration import Calibration, PatternCalibration
from prodcat.decision.scores import Scores
from prodcat.evaluation.answers import Answers
from prodcat.evaluation.predictions import write_predictions
from prodcat.runs.format import EVERYTHING
from tests.data.rows import row

parquet = pytest.importorskip("pyarrow.parquet")

PATHS = [("Shoes", "Boots"), ("Shoes", "Clogs"), ("Bags",)]
SURE, TORN, LOST = np.log([[0.9, 0.05, 0.05], [0.5, 0.4, 0.1], [0.35, 0.15, 0.5]])


def fitted(threshold, temperature=1.0):
    thresholds = {0.95: threshold, 0.98: None}
    return PatternCalibration(temperature, thresholds, n=50, path_thresholds=thresholds)


CALIBRATION = Calibration(
    {"name+description+image": fitted(0.8), "name": fitted(0.95), "image": fitted(None, 2.0)}
)


def answers(*products, side="val"):
    """Answers to (id, parts, label, logits)."""
    return {
        EVERYTHING: Answers(
            labels=np.array([label for _, _, label, _ in products], dtype=np.int64),
            patterns=np.array([parts for _, parts, _, _ in products], dtype=np.str_),
            scores=Scores(
                np.array([logits for *_, logits in products], dtype=np.float32).reshape(-1, 3)
            ),
            rows=tuple(row(id, name="x" * 300) for id, *_ in products),
            paths=tuple(PATHS[label] for _, _, label, _ in products),
            side=side,
        )
    }


ALL = "name+description+image"
SIDES = {
    "val": answers(("shop:1", ALL, 0, SURE), ("shop:2", ALL, 1, TORN), ("shop:3", ALL, 2, LOST)),
    "test": answers(("shop:4", "name", 0, SURE), ("shop:5", "image", 2, LOST), side="test"),
}


@pytest.fixture
def rows(tmp_path):
    write_predictions(tmp_path / "predictions.parquet", SIDES, CALIBRATION, PATHS)
    assert [path.name for path in tmp_path.iterdir()] == ["predictions.parquet"]
    return {
        row["id"]: row for row in parquet.read_table(tmp_path / "predictions.parquet").to_pylist()
    }


def test_there_is_a_row_for_each_product_of_both_sides(rows):
    assert {id: row["split"] for id, row in rows.items()} == {
        "shop:1": "val",
        "shop:2": "val",
        "shop:3": "val",
        "shop:4": "test",
        "shop:5": "test",
    }


def test_labels_and_leaves_are_paths(rows):
    assert rows["shop:2"]["label"] == "Shoes > Clogs"
    assert rows["shop:1"]["top"] == ["Shoes > Boots", "Shoes > Clogs", "Bags"]
    assert rows["shop:3"]["top"] == ["Bags", "Shoes > Boots", "Shoes > Clogs"]


def test_probabilities_are_calibrated_for_the_parts_of_each_product(rows):
    assert rows["shop:1"]["top_probability"] == pytest.approx([0.9, 0.05, 0.05], abs=1e-6)
    assert rows["shop:1"]["probability"] == pytest.approx(0.9, abs=1e-6)
    softened = np.sqrt([0.35, 0.15, 0.5])
    expected = np.sqrt(0.5) / softened.sum()
    assert rows["shop:5"]["probability"] == pytest.approx(expected, abs=1e-6)


def test_probabilities_before_calibration_are_kept_too(rows):
    assert rows["shop:1"]["raw_probability"] == pytest.approx(0.9, abs=1e-6)
    assert rows["shop:5"]["raw_probability"] == pytest.approx(0.5, abs=1e-6)


def test_each_product_has_the_thresholds_of_its_parts(rows):
    assert rows["shop:1"]["threshold_95"] == 0.8
    assert rows["shop:4"]["threshold_95"] == 0.95
    assert rows["shop:5"]["threshold_95"] is None
    assert {row["threshold_98"] for row in rows.values()} == {None}


def test_long_names_are_cut(rows):
    assert rows["shop:1"]["name"] == "x" * 200
    assert rows["shop:1"]["image_sha256"] is None


def test_the_file_says_its_format_and_keeps_the_types_of_empty_columns(tmp_path):
    write_predictions(tmp_path / "predictions.parquet", SIDES, CALIBRATION, PATHS)
    schema = parquet.read_schema(tmp_path / "predictions.parquet")
    assert schema.metadata[b"prodcat_format"] == b"3"
    assert str(schema.field("threshold_98").type) == "double"
    assert str(schema.field("image_sha256").type) == "string"


def test_answers_are_a_leaf_an_ancestor_or_nothing(rows):
    assert rows["shop:1"]["answer"] == "Shoes > Boots"  # 0.9 is above 0.8
    assert rows["shop:2"]["answer"] == "Shoes"  # 0.5 + 0.4
    assert rows["shop:3"]["answer"] == ""  # 0.5 for shoes, 0.5 for bags
    assert rows["shop:4"]["answer"] == "Shoes"  # names alone need 0.95, which shoes just have
    assert rows["shop:5"]["answer"] == ""  # pictures alone are never sure enough


def test_a_row_says_which_parts_there_were(rows):
    has = ("has_name", "has_description", "has_text", "has_image")
    assert [rows["shop:1"][key] for key in has] == [True, True, True, True]
    assert [rows["shop:4"][key] for key in has] == [True, False, True, False]
    assert [rows["shop:5"][key] for key in has] == [False, False, False, True]


def test_a_side_without_products_has_no_rows(tmp_path):
    file = tmp_path / "predictions.parquet"
    write_predictions(file, {**SIDES, "test": answers()}, CALIBRATION, PATHS)
    assert parquet.read_table(file).num_rows == 3
