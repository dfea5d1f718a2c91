import io
import json
import logging
import math
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

import prodcat
from prodcat.errors import InputError, ModelError
from prodcat.inference.cached import cached_predictor
from prodcat.inference.predictor import Predictor
from prodcat.product import Product
from tests.model_files import (
    BAGS,
    BOOTS,
    JEANS,
    LEAVES,
    SANDALS,
    build_calibration,
    build_model_dir,
    write_model_json,
)

BROKEN = b"\xff\xd8\xff\xe0 but no picture"


def picture(colour, size=(12, 16)):
    return Image.new("RGB", size, colour)


def encoded(colour):
    stream = io.BytesIO()
    picture(colour).save(stream, "PNG")
    return stream.getvalue()


def share(votes, *, leaf, temperature=1.0):
    """Softmax by hand."""
    powers = [math.exp(vote / temperature) for vote in votes]
    return powers[leaf] / sum(powers)


def test_a_name_is_answered_with_its_leaf_and_probability(predictor):
    answer = predictor.predict("Brown Bag")

    assert (answer.path, answer.abstained, answer.used) == (BAGS, False, ("name",))
    assert answer.probability == pytest.approx(share((0, 0, 6, 0), leaf=2), abs=1e-6)


def test_an_ancestor_is_answered_where_no_leaf_is_sure_enough(predictor):
    answer = predictor.predict("Shoes")

    one = share((4, 4, 0, 0), leaf=0)
    assert answer.path == ("Shoes",)
    assert answer.probability == pytest.approx(2 * one, abs=1e-6)
    assert [a.path for a in answer.alternatives[:2]] == [BOOTS, SANDALS]
    assert answer.alternatives[0].probability == pytest.approx(one, abs=1e-6)


def test_the_picture_decides_what_the_name_leaves_open(predictor):
    answer = predictor.predict("Shoes", image=picture("#00ff00"))

    assert answer.path == SANDALS
    assert answer.used == ("name", "image")


def test_what_says_nothing_is_abstained_from(predictor):
    answer = predictor.predict("zzz")

    assert answer.abstained
    assert (answer.path, answer.category) == ((), None)
    assert answer.probability == pytest.approx(0.25, abs=1e-6)
    assert len(answer.alternatives) == len(LEAVES)


def test_temperature_is_that_of_the_parts_that_are_there(predictor):
    answer = predictor.predict(image=picture("#ff0000"))

    expected = share((9, 0, 0, 0), leaf=0, temperature=2.0)  # of pictures alone
    assert answer.probability == pytest.approx(expected, abs=1e-5)


def test_a_higher_accuracy_is_a_higher_threshold(predictor):
    name = "shoes jeans"  # 4, 4, 0 and 6 votes: the jeans have 0.785

    assert predictor.predict(name, accuracy=0.95).path == JEANS
    assert predictor.predict(name, accuracy=0.98).abstained
    assert predictor.predict(name) == predictor.predict(name, accuracy=0.95)


def test_a_threshold_overrides_the_accuracy(predictor):
    half = share((4, 4, 0, 0), leaf=0)

    assert predictor.predict("shoes", threshold=half - 0.01).path == BOOTS
    assert predictor.predict("shoes", threshold=half + 0.01).path == ("Shoes",)
    assert predictor.predict("boots", threshold=1.0).abstained


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan"), 95])
def test_a_threshold_is_a_probability(predictor, threshold):
    with pytest.raises(InputError, match="from 0 to 1"):
        predictor.predict("bag", threshold=threshold)


def test_accuracy_and_threshold_exclude_each_other(predictor):
    with pytest.raises(InputError, match="not both"):
        predictor.predict("bag", accuracy=0.95, threshold=0.5)


def test_an_accuracy_without_threshold_is_told_with_those_that_there_are(predictor):
    with pytest.raises(InputError, match=r"0\.9\b.*0\.95, 0\.98"):
        predictor.predict("bag", accuracy=0.9)


def test_an_accuracy_never_reached_abstains_and_warns_once(model_dir, caplog):
    predictor = Predictor.load(model_dir, threads=1)

    with caplog.at_level(logging.WARNING):
        answers = [predictor.predict(image=picture("#ff0000"), accuracy=0.98) for _ in range(3)]

    assert all(answer.abstained for answer in answers)
    assert answers[0].alternatives[0].path == BOOTS
    assert [record.getMessage().split(",")[0] for record in caplog.records] == ["With image alone"]


MIXED = [
    Product("bag"),
    Product(description="jeans", name="blue"),
    Product(image=encoded("#00ff00")),
    Product("shoes", image=encoded("#ff0000")),
    Product("a name that is much longer than all of the others, of sandals"),
    Product("zzz"),
]


def test_many_are_answered_in_order_each_as_alone(predictor):
    alone = [predictor.predict(p.name, p.description, p.image) for p in MIXED]

    assert [a.path for a in alone] == [BAGS, JEANS, SANDALS, BOOTS, SANDALS, ()]
    for batch_size in (1, 2, 4, 32):
        assert list(predictor.predict_many(MIXED, batch_size=batch_size)) == alone


def test_dicts_are_products_too(predictor):
    (answer,) = predictor.predict_many([{"name": "bag", "id": "7"}])

    assert answer.path == BAGS


def test_a_broken_picture_leaves_the_answer_to_the_other_parts(predictor):
    answer, following = predictor.predict_many([Product("boots", image=BROKEN), Product("bag")])

    assert (answer.path, answer.used) == (BOOTS, ("name",))
    assert "Picture of" in answer.error
    assert (following.path, following.error) == (BAGS, None)


@pytest.mark.parametrize(
    ("product", "error"),
    [
        (Product(), "at least one of"),
        (Product(image=BROKEN), "Picture of"),
        (Product(name=["boots"]), "list"),
        ({"title": "boots"}, "but this one has title"),
        ("boots", "not str"),
    ],
)
def test_one_bad_product_stops_nothing(predictor, product, error):
    before, bad, after = predictor.predict_many([Product("bag"), product, Product("jeans")])

    assert (before.path, after.path) == (BAGS, JEANS)
    assert (bad.path, bad.abstained, bad.probability, bad.used) == ((), True, 0.0, ())
    assert error in bad.error


def test_products_are_taken_as_they_are_needed(predictor):
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield Product("bag")

    answers = predictor.predict_many(endless(), batch_size=4)

    assert taken == []
    assert [next(answers).path for _ in range(5)] == [BAGS] * 5
    assert len(taken) == 8


@pytest.mark.parametrize("options", [{"accuracy": 0.9}, {"batch_size": 0}, {"threshold": 2}])
def test_wrong_options_are_told_before_the_first_product(predictor, options):
    with pytest.raises(InputError):
        predictor.predict_many([], **options)


def test_logits_are_in_the_order_of_the_labels(predictor):
    logits = predictor.logits([Product("bag"), Product("boots sandals")], batch_size=1)

    np.testing.assert_allclose(logits, [[0, 0, 6, 0], [6, 6, 0, 0]])
    assert predictor.model.labels[2] == "Bags"
    assert predictor.logits([]).shape == (0, 4)


def test_logits_refuse_what_cannot_be_read(predictor):
    with pytest.raises(InputError):
        predictor.logits([Product()])


def test_one_predictor_serves_many_threads(model_dir):
    predictor = Predictor.load(model_dir, threads=1)
    expected = [predictor.predict(p.name, p.description, p.image) for p in MIXED]

    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda p: predictor.predict(p.name, p.description, p.image), MIXED * 10)
        )

    assert found == expected * 10


def test_files_that_do_not_belong_together_are_told(tmp_path):
    folder = build_model_dir(tmp_path)
    data = json.loads((folder / "taxonomy.json").read_text())
    data["labels"].pop()
    (folder / "taxonomy.json").write_text(json.dumps(data))
    write_model_json(folder)

    with pytest.raises(ModelError, match="do not belong together"):
        Predictor.load(folder).predict("bag")


def test_a_model_is_loaded_once_until_it_is_written_anew(tmp_path):
    folder = build_model_dir(tmp_path / "model")
    first = cached_predictor(folder)

    assert cached_predictor(str(tmp_path / "model" / ".." / "model")) is first

    calibration = build_calibration().to_dict()
    calibration["patterns"]["name"]["temperature"] = 20.0
    (folder / "calibration.json").write_text(json.dumps(calibration))
    write_model_json(folder)
    assert cached_predictor(folder) is not first
    assert prodcat.predict("bag", model=folder).abstained


def test_the_short_way_is_the_predictors_answer(model_dir, predictor):
    options = {"threshold": 0.4, "model": model_dir}

    answer = prodcat.predict("shoes", "blue", picture("#ff0000"), **options)

    assert answer == predictor.predict("shoes", "blue", picture("#ff0000"), threshold=0.4)


def test_what_is_loaded_needs_its_folder_no_more_for_verifying(tmp_path):
    folder = build_model_dir(tmp_path / "model")
    predictor = Predictor.load(folder)
    predictor.predict("bag")

    shutil.rmtree(folder)

    assert predictor.predict("boots").path == BOOTS
