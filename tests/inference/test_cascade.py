"""A smaller model that is asked first."""

import json

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from prodcat.bulk.answering import CategorizeOptions
from prodcat.bulk.categorizing import categorize
from prodcat.cli.commands import main
from prodcat.decision.calibration import Calibration, PatternCalibration
from prodcat.errors import ImageError, InputError, ModelError
from prodcat.inference.predictor import Predictor
from tests.model_files import BOOTS, JEANS, THRESHOLDS, build_model_dir, encoded, write_model_json


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A model without pictures, surer than the other; its probabilities tell it apart."""
    folder = build_model_dir(tmp_path_factory.mktemp("small"), image=False)
    surer = PatternCalibration(temperature=0.5, thresholds=dict(THRESHOLDS), n=100)
    calibration = Calibration(dict.fromkeys(("name", "description"), surer), 0.95)
    (folder / "calibration.json").write_text(json.dumps(calibration.to_dict()))
    write_model_json(folder, image=False)
    return folder


@pytest.fixture(scope="module")
def cascade(small, model_dir):
    return Predictor.load(model_dir, threads=1, first=small)


@pytest.fixture(scope="module")
def first(small):
    return Predictor.load(small, threads=1)


def test_what_the_first_is_sure_of_is_its_answer(cascade, first, predictor):
    assert cascade.predict("boots") == first.predict("boots") != predictor.predict("boots")


@pytest.mark.parametrize(
    "product",
    [
        ("shoes", None, encoded("#ff0000", "PNG")),  # an ancestor, of which the first is sure
        ("zzz", None, encoded("#0000ff", "PNG")),  # nothing that the first knows
        (None, None, encoded("#0000ff", "PNG")),  # nothing that the first reads
    ],
)
def test_the_second_answers_the_rest(cascade, predictor, product):
    assert cascade.predict(*product) == predictor.predict(*product)
    assert cascade.predict(*product).path in (BOOTS, JEANS)


def test_many_are_answered_as_one_is(cascade):
    products = [
        {"name": name, "image": image}
        for name in ("boots", "shoes", "zzz", "bag", "")
        for image in (None, encoded("#ff0000", "PNG"), b"broken")
    ]
    together = list(cascade.predict_many(products, batch_size=32))
    assert together == [next(cascade.predict_many([product])) for product in products]
    assert together == list(cascade.predict_many(products, batch_size=4))


def test_a_broken_picture_is_told_though_the_first_would_not_see_it(cascade):
    with pytest.raises(ImageError):
        cascade.predict("boots", image=b"broken")


def test_the_accuracy_that_is_asked_for_is_that_of_both(small, model_dir):
    cascade = Predictor.load(model_dir, threads=1, first=small)
    first = Predictor.load(small, threads=1)
    at_98 = [p.predict("shoes bag", accuracy=0.98) for p in (cascade, first)]
    assert not at_98[1].abstained
    assert at_98[0] == at_98[1]
    never = cascade.predict("boots", threshold=1.0)
    assert never.abstained


def test_a_first_model_of_another_tree_is_refused(model_dir, tmp_path):
    other = build_model_dir(tmp_path / "other")
    tree = json.loads((other / "taxonomy.json").read_text())
    text = json.dumps(tree).replace("Boots", "Wellingtons")
    (other / "taxonomy.json").write_text(text)
    write_model_json(other)
    with pytest.raises(ModelError, match=r"1 categories .* such as Shoes > Wellingtons"):
        Predictor.load(model_dir, first=other)


@pytest.mark.parametrize("processes", [False, True])
def test_a_table_is_answered_alike_by_threads_and_processes(
    cascade, predictor, tmp_path, processes
):
    rows = [{"id": str(i), "name": ("boots", "shoes", "zzz")[i % 3]} for i in range(60)]
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = CategorizeOptions(batch_size=16, processes=processes, workers=2)
    categorize(source, tmp_path / "out.parquet", predictor=cascade, options=options)
    found = pq.read_table(tmp_path / "out.parquet").to_pylist()
    expected = list(cascade.predict_many(rows))
    assert [row["probability"] for row in found] == [answer.probability for answer in expected]
    assert found[0]["probability"] != predictor.predict("boots").probability


def test_a_run_is_not_gone_on_with_by_another_first_model(cascade, predictor, small):
    assert cascade.fingerprint != predictor.fingerprint
    assert predictor.fingerprint == predictor.model.fingerprint
    assert cascade.fingerprint.startswith(Predictor.load(small).fingerprint)


def test_the_command_takes_a_first_model(small, model_dir, first, tmp_path):
    (tmp_path / "in.csv").write_text("name\nboots\n")
    command = ["categorize", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.parquet")]
    command += ["--model", str(model_dir), "--first", str(small)]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    (row,) = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert row["probability"] == first.predict("boots").probability


def test_an_accuracy_that_the_first_does_not_know_is_told_at_once(tmp_path, model_dir):
    folder = build_model_dir(tmp_path, image=False)
    surer = PatternCalibration(temperature=1.0, thresholds={0.95: 0.5}, n=100)
    calibration = Calibration(dict.fromkeys(("name", "description"), surer), 0.95)
    (folder / "calibration.json").write_text(json.dumps(calibration.to_dict()))
    write_model_json(folder, image=False)
    both = Predictor.load(model_dir, threads=1, first=folder)

    with pytest.raises(InputError, match=r"no threshold for an accuracy of 0\.98"):
        both.predict_many([], accuracy=0.98)


def test_a_picture_that_can_be_read_but_once_is_read_by_both(model_dir):
    class Once:
        def __init__(self):
            self.data = encoded("#000000", "PNG")

        def read(self, size):
            data, self.data = self.data, b""
            return data

    twice = Predictor.load(model_dir, threads=1, first=model_dir)
    answers = [twice.predict("shoes", image=Once()), *twice.predict_many([{"image": Once()}])]
    assert [answer.used for answer in answers] == [("name", "image"), ("image",)]
    assert [answer.error for answer in answers] == [None, None]
