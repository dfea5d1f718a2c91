"""`Predictor.explain`: every kind of model, every combination of parts."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw

from prodcat.decision.calibration import Calibration, PatternCalibration
from prodcat.errors import ImageError, InputError
from prodcat.inference.predictor import Predictor
from prodcat.product import PARTS
from tests.model_files import BOOTS, JEANS, THRESHOLDS, build_model_dir, encoded, write_model_json

RED = encoded("#ff0000", "PNG")


@pytest.fixture(scope="module")
def of_text(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("text"), image=False)


@pytest.fixture(scope="module")
def of_pictures(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("pictures"), text=False)


@pytest.mark.parametrize(
    "given",
    [
        {"name": "blue boots"},
        {"description": "shoes. boots"},
        {"image": RED},
        {"name": "boots", "description": "shoes"},
        {"name": "boots", "image": RED},
        {"name": "boots", "description": "shoes", "image": RED},
    ],
    ids=lambda given: "+".join(given),
)
def test_it_explains_the_answer_that_predict_gives(predictor, given):
    why = predictor.explain(**given)
    assert why.answer == predictor.predict(**given)
    assert tuple(part.part for part in why.parts) == tuple(p for p in PARTS if p in given)
    assert (why.heat is not None) == ("image" in given)


@pytest.mark.parametrize("given", [{"name": "boots", "description": "shoes", "image": RED}])
def test_answers_without_a_part_are_those_that_predict_gives_without_it(predictor, given):
    for part in predictor.explain(**given).parts:
        rest = {key: value for key, value in given.items() if key != part.part}
        assert part.without == predictor.predict(**rest)
        assert part.alone == predictor.predict(**{part.part: given[part.part]})


def test_the_words_that_vote_are_found(predictor):
    why = predictor.explain("blue boots", "a pair of shoes")
    assert why.strongest_words()[0].text == "boots"
    assert why.strongest_words()[0].influence.rather == pytest.approx(6.0, abs=1e-4)


def test_the_place_that_votes_is_found(tmp_path):
    folder = build_model_dir(tmp_path, size=(32, 24))
    image = Image.new("RGB", (24, 32), "black")
    ImageDraw.Draw(image).rectangle((2, 3, 8, 9), fill="#ff0000")
    ImageDraw.Draw(image).rectangle((16, 22, 20, 28), fill="#303030")
    why = Predictor.load(folder, threads=1).explain(image=image, threshold=0)
    assert why.answer.path == BOOTS
    assert why.heat.strongest.answer > 0
    top, left, bottom, right = why.heat.window
    assert (top + bottom) / 2 < 16
    assert (left + right) / 2 < 12


def test_a_model_without_pictures_says_that_the_picture_has_no_influence(of_text):
    why = Predictor.load(of_text, threads=1).explain("boots", image=RED)
    assert why.heat is None
    assert "The picture has no influence: this model reads none." in why.text


def test_a_model_of_pictures_says_that_texts_have_no_influence(of_pictures):
    why = Predictor.load(of_pictures, threads=1).explain("boots", "shoes", RED)
    assert why.words == ()
    assert "The name has no influence: this model reads none." in why.text
    assert "The description has no influence: this model reads none." in why.text


def test_a_model_that_reads_a_name_alone_says_that_the_description_has_no_influence(tmp_path):
    folder = build_model_dir(tmp_path, image=False)
    text = {"encoder": "bag of words", "max_tokens": 16, "description": "alone"}
    data = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**data, "format": 3, "text": text}))
    why = Predictor.load(folder, threads=1).explain("boots", "sandals")
    assert [word.text for word in why.words] == ["boots"]
    assert "reads one only where there is no name" in why.text


def test_a_cascade_explains_the_model_that_answers(of_text, model_dir):
    surer = PatternCalibration(temperature=0.5, thresholds=dict(THRESHOLDS), n=100)
    calibration = Calibration(dict.fromkeys(("name", "description"), surer), 0.95)
    (of_text / "calibration.json").write_text(json.dumps(calibration.to_dict()))
    write_model_json(of_text, image=False)
    cascade = Predictor.load(model_dir, threads=1, first=of_text)
    sure, unsure = cascade.explain("boots"), cascade.explain("zzz", image=encoded("#0000ff"))
    assert sure.answer == cascade.predict("boots")
    assert "The smaller model" in sure.text
    assert unsure.answer == cascade.predict("zzz", image=encoded("#0000ff"))
    assert unsure.answer.path == JEANS
    assert "The smaller model" not in unsure.text


def test_what_cannot_be_read_is_refused_as_predict_refuses_it(predictor):
    with pytest.raises(InputError, match="give at least one"):
        predictor.explain()
    with pytest.raises(ImageError):
        predictor.explain("boots", image=b"broken")
    with pytest.raises(InputError, match="not both"):
        predictor.explain("boots", accuracy=0.95, threshold=0.5)


def test_another_threshold_is_explained_as_it_is_answered(predictor):
    why = predictor.explain("shoes boots", threshold=1.0)
    assert why.answer == predictor.predict("shoes boots", threshold=1.0)
    assert why.answer.abstained
    assert "100.0 %" in why.text


def test_scraps_of_products_are_not_kept_in_the_users_cache(model_dir, tmp_path):
    predictor = Predictor.load(model_dir, threads=1, cache=tmp_path)
    predictor.predict("blue boots", image=RED)
    kept = {cache.name: count(cache) for cache in tmp_path.glob("*.db")}
    why = predictor.explain("blue boots", image=RED)
    assert why.heat is not None
    assert kept == {cache.name: count(cache) for cache in tmp_path.glob("*.db")}
    assert sum(kept.values()) == 2


def count(file):
    import sqlite3

    with sqlite3.connect(file) as database:
        return database.execute("select count(*) from embeddings").fetchone()[0]


def test_withholding_parts_warns_of_nothing(model_dir, caplog):
    Predictor.load(model_dir, threads=1).explain("boots", image=RED, accuracy=0.98)
    assert caplog.records == []


def test_the_same_product_is_explained_alike_every_time(predictor):
    given = {"name": "blue boots", "description": "shoes", "image": RED}
    assert predictor.explain(**given).to_json() == predictor.explain(**given).to_json()


def test_a_prediction_loads_nothing_of_explanations(model_dir):
    code = (
        f"import sys, prodcat; prodcat.predict('boots', model={str(model_dir)!r});"
        "print([name for name in sys.modules if name.startswith('prodcat.explain')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_how_far_texts_are_read_is_where_their_last_token_ends(predictor):
    reader = predictor._reader.text_reader
    name, description = "boots " * 30, "shoes " * 30
    of_name, of_description = reader.reach(name, description)
    read = reader.tokenize([(name[:of_name], description[:of_description])])
    assert read == reader.tokenize([(name, description)])
    assert reader.tokenize([(name[: of_name - 6], description[:of_description])]) != read
    assert reader.reach("", "shoes bag") == (0, 9)
    assert reader.reach("", "") == (0, 0)


@pytest.mark.slow
def test_the_words_named_of_real_products_carry_their_answers(real_data):
    import random

    from experiments.benchmarks.explain import draw_products
    from experiments.benchmarks.explaining.faithful import WordTrial, try_words

    predictor, trial, rng = Predictor.load(threads=1), WordTrial(), random.Random(0)
    for product in draw_products(real_data / "fashion.parquet", "test", 40):
        why = predictor.explain(product.name, product.description)
        try_words(predictor, product, why, trial, rng)
    named, drawn = (np.mean(trial.changed["taken out", of]) for of in ("named", "random"))
    assert named >= 2 * drawn
    assert named > 0.1
