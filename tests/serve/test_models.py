import json
import shutil

import pytest

from prodcat.errors import ModelError
from prodcat.serve.models import Models
from tests.model_files import build_model_dir, write_model_json


@pytest.fixture
def folder(tmp_path):
    return build_model_dir(tmp_path / "model")


def changed(folder):
    (folder / "MODEL_CARD.md").write_text("# Another\n")
    card = json.loads((folder / "calibration.json").read_text())
    for pattern in card["patterns"].values():
        pattern["temperature"] = 2.0
    (folder / "calibration.json").write_text(json.dumps(card))
    write_model_json(folder, text=True, image=True, size=(8, 6))
    return folder


def test_a_new_model_takes_the_place_of_the_old(folder):
    models = Models(folder)
    before = models.current
    assert not models.take_up()
    changed(folder)
    assert models.take_up()
    assert models.current.fingerprint != before.fingerprint
    assert models.current.card == "# Another\n"


def test_whoever_took_the_old_one_answers_with_it_to_the_end(folder):
    models = Models(folder)
    before = models.current
    answer = before.predictor.predict("boots")
    shutil.rmtree(folder)
    build_model_dir(folder)
    changed(folder)
    models.take_up()
    assert before.predictor.predict("boots") == answer
    assert models.current.predictor.predict("boots") != answer


@pytest.mark.parametrize("file", ["head.onnx", "tokenizer.json", "taxonomy.json", "model.json"])
def test_a_broken_one_is_refused_and_the_old_one_stays(folder, file):
    models = Models(folder)
    before = models.current
    changed(folder)
    (folder / file).write_bytes(b"broken")
    with pytest.raises(ModelError):
        models.take_up()
    assert models.current is before


def test_a_model_that_is_gone_is_refused(folder):
    models = Models(folder)
    shutil.rmtree(folder)
    with pytest.raises(ModelError):
        models.take_up()
    assert models.current.predictor.predict("boots").category == "Boots"


def test_the_curve_of_the_promise_goes_up_with_the_accuracy():
    points = Models(None).current.promises["name+description+image"]
    answered = [point["answered"] for point in points]
    assert answered == sorted(answered, reverse=True)
    assert answered[0] == pytest.approx(1.0, abs=0.01)
    assert len(points) == 42


def test_nothing_tells_where_the_model_lies(folder):
    current = Models(folder).current
    assert str(folder) not in json.dumps(current.facts)
