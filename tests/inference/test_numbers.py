import logging
import multiprocessing
import pickle
import shutil

import joblib
import numpy as np
import pytest

import prodcat
from prodcat.errors import InputError, ModelError, ModelNotFoundError
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.format import BUNDLED
from tests.model_files import LEAVES, build_model_dir, encoded

PRODUCTS = [{"name": "boots"}, {"name": "bag", "image": encoded("#ff0000")}, {"description": "bag"}]


def test_the_categories_are_the_paths_of_the_leaves(predictor):
    assert predictor.categories == LEAVES


def test_probabilities_are_those_of_the_answers(predictor):
    probs = predictor.probabilities(PRODUCTS * 20)

    assert probs.shape == (60, len(LEAVES))
    np.testing.assert_allclose(probs.sum(axis=1), 1.0)
    for row, answer in zip(probs, predictor.predict_many(PRODUCTS * 20), strict=True):
        assert predictor.categories[row.argmax()] == answer.leaf
        assert row.max() == pytest.approx(answer.leaf_probability)


def test_a_product_that_cannot_be_read_is_a_row_of_nan_and_told(predictor, caplog):
    with caplog.at_level(logging.WARNING):
        probs = predictor.probabilities([{"name": "boots"}, {"image": b"broken"}])

    assert np.isnan(probs).tolist() == [[False] * 4, [True] * 4]
    assert "Of 1 of 2 products not everything could be read: Picture of 6 bytes" in caplog.text


def test_no_products_have_no_rows(predictor):
    assert predictor.probabilities([]).shape == (0, 4)
    assert predictor.embed([]).present.shape == (0, 2)
    assert predictor.embed(iter([])).text.shape[0] == 0


def test_embeddings_are_of_the_parts_that_there_are(predictor):
    embeddings = predictor.embed(PRODUCTS * 20)

    assert embeddings.present[:3].tolist() == [[True, False], [True, True], [True, False]]
    assert embeddings.text.shape[0] == embeddings.image.shape[0] == 60
    assert not embeddings.image[0].any()
    assert embeddings.image[1].any()
    np.testing.assert_array_equal(embeddings.text[:3], embeddings.text[57:])


def test_a_model_without_pictures_embeds_none(tmp_path):
    embeddings = Predictor.load(build_model_dir(tmp_path, image=False)).embed(PRODUCTS)
    assert embeddings.image is None
    assert embeddings.text is not None


def test_arrays_of_what_is_not_many_products_are_refused_too(predictor):
    for ask in (predictor.probabilities, predictor.embed):
        with pytest.raises(InputError, match="not a str"):
            ask("boots")


def test_a_predictor_says_what_it_is(predictor, tmp_path):
    assert repr(predictor) == (
        f"<Predictor {predictor.model.name}: 4 categories, from name, description, image; in"
        f" {str(predictor.model.folder)!r}, {predictor.fingerprint[:12]}>"
    )


def test_a_pickled_predictor_answers_the_same(model_dir, tmp_path):
    before = Predictor.load(model_dir, threads=2, cache=tmp_path / "cache", first=model_dir)
    after = pickle.loads(pickle.dumps(before))

    assert after.options == before.options
    assert after.fingerprint == before.fingerprint
    assert after.predict("boots") == before.predict("boots")
    assert len(pickle.dumps(before)) < 2000


def test_a_relative_folder_is_found_from_another(model_dir, monkeypatch, tmp_path):
    monkeypatch.chdir(model_dir.parent)
    pickled = pickle.dumps(Predictor.load(model_dir.name))
    monkeypatch.chdir(tmp_path)
    assert pickle.loads(pickled).predict("boots").category == "Boots"


def test_a_pickled_predictor_whose_model_changed_is_refused(tmp_path):
    folder = build_model_dir(tmp_path / "model")
    pickled = pickle.dumps(Predictor.load(folder))
    shutil.rmtree(folder)
    with pytest.raises(ModelNotFoundError):
        pickle.loads(pickled)
    build_model_dir(folder, image=False)
    with pytest.raises(ModelError, match="is not the one that was pickled"):
        pickle.loads(pickled)


@pytest.mark.skipif(not (BUNDLED / "model.json").is_file(), reason="No bundled model.")
def test_the_bundled_model_is_pickled_without_its_place():
    options = Predictor.load().options
    assert options["folder"] is None
    assert Predictor.load(first=BUNDLED).options["first"] == BUNDLED


@pytest.mark.slow
def test_processes_and_joblib_take_it(model_dir):
    predictor = prodcat.Predictor.load(model_dir, threads=1)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(predictor.predict, ["boots", "bag"])[1].category == "Bags"
    work = (joblib.delayed(predictor.predict)(name) for name in ("boots", "bag"))
    assert joblib.Parallel(n_jobs=2)(work)[0].category == "Boots"


def test_one_answer_has_its_picture_and_those_of_a_batch_have_none(predictor):
    product = {"name": "boots", "image": encoded("#ff0000", "PNG")}
    alone, (in_batch,) = predictor.predict(**product), predictor.predict_many([product])
    assert alone.picture[:, 0, 0].tolist() == [255, 0, 0]
    assert in_batch.picture is None
    assert alone == in_batch
