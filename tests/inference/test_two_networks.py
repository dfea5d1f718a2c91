"""A cascade: one model of two networks, the smaller of which is asked first."""

import io
import json
import pickle
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from prodcat.bulk.answering import CategorizeOptions
from prodcat.bulk.categorizing import categorize
from prodcat.bulk.ray.actors import read_files, write_files
from prodcat.decision.calibration import Calibration, PatternCalibration
from prodcat.decision.scores import EARLY, LATE, TEXT_ALONE
from prodcat.errors import ImageError
from prodcat.evaluation.cascading import write_cascade
from prodcat.inference.engine import Engine
from prodcat.inference.predictor import Predictor
from prodcat.migrating.model import move_model
from prodcat.modeldir.describe import describe_model
from prodcat.modeldir.format import Handover
from prodcat.modeldir.reading import read_model_dir
from prodcat.product import Product
from prodcat.taxonomy.mapping import Counterpart, MappedCategory, TreeMapping
from prodcat.taxonomy.paths import join_path
from prodcat.taxonomy.tree import Taxonomy
from prodcat.vectors.product_vectors import VectorMaker
from tests.model_files import (
    BAGS,
    BOOTS,
    JEANS,
    LEAVES,
    THRESHOLDS,
    build_model_dir,
    encoded,
    write_model_json,
)

GATE = 0.97
RED = encoded("#ff0000", "PNG")
BLUE = encoded("#0000ff", "PNG")
PRODUCTS = [
    {"name": name, "description": description, "image": image}
    for name in ("boots", "shoes", "zzz", "bag", None)
    for description in ("jeans", None)
    for image in (None, RED, BLUE, b"broken")
]


@pytest.fixture(scope="module")
def small_dir(tmp_path_factory):
    """A model of smaller pictures, half as sure of what it says as the other."""
    folder = build_model_dir(tmp_path_factory.mktemp("small") / "model", size=(4, 3))
    pattern = PatternCalibration(temperature=2.0, thresholds=dict(THRESHOLDS), n=100)
    given = json.loads((folder / "calibration.json").read_text())["patterns"]
    calibration = Calibration(dict.fromkeys(given, pattern), 0.95)
    (folder / "calibration.json").write_text(json.dumps(calibration.to_dict()))
    write_model_json(folder, size=(4, 3))
    return folder


def make(small_dir, model_dir, folder, **changes):
    folder.mkdir(parents=True)
    handover = replace(Handover(GATE, 0.5, 0.5, (0, 1, 2, 3)), **changes)
    write_cascade(read_model_dir(small_dir), read_model_dir(model_dir), handover, folder)
    return folder


@pytest.fixture(scope="module")
def cascade_dir(small_dir, model_dir, tmp_path_factory):
    return make(small_dir, model_dir, tmp_path_factory.mktemp("cascade") / "model")


@pytest.fixture(scope="module")
def cascade(cascade_dir):
    return Predictor.load(cascade_dir, threads=1)


@pytest.fixture(scope="module")
def small(small_dir):
    return Predictor.load(small_dir, threads=1)


def test_what_the_smaller_network_is_sure_of_is_its_answer(cascade, small, predictor):
    sure, unsure = Product("boots", image=RED), Product("shoes")
    scores = cascade.score([sure, unsure])
    assert scores.early.tolist() == [EARLY, LATE]
    assert (scores.logits[0] == small.logits([sure])[0] * np.float32(0.5)).all()
    both = predictor.logits([unsure])[0] + np.float32(0.25) * small.logits([unsure])[0]
    assert np.allclose(scores.logits[1], both, atol=1e-6)


def test_it_answers_one_alone_as_it_does_among_many(cascade):
    together = list(cascade.predict_many(PRODUCTS, batch_size=32))
    assert together == [next(cascade.predict_many([product])) for product in PRODUCTS]
    assert together == list(cascade.predict_many(PRODUCTS, batch_size=3))
    assert {answer.path for answer in together} >= {BOOTS, JEANS, BAGS}


def test_what_is_wrong_with_a_product_is_told_though_nobody_had_to_look(cascade):
    with pytest.raises(ImageError):
        cascade.predict("boots", image=b"broken")
    (answer,) = cascade.predict_many([{"name": "boots", "image": b"broken"}])
    assert answer.path == BOOTS
    assert answer.used == ("name",)
    assert answer.error


def test_a_text_network_may_come_first(model_dir, tmp_path):
    text = build_model_dir(tmp_path / "text", image=False)
    cascade = Predictor.load(make(text, model_dir, tmp_path / "cascade", gate=0.9), threads=1)
    alone = Predictor.load(model_dir, threads=1)
    scores = cascade.score([Product("boots", image=BLUE), Product("zzz", image=BLUE)])
    assert scores.early.tolist() == [EARLY, LATE]
    assert cascade.predict(image=BLUE) == alone.predict(image=BLUE)
    assert cascade.score([Product(image=BLUE)]).early.tolist() == [LATE]


def test_a_picture_is_not_looked_at_where_the_text_says_enough(
    small_dir, model_dir, small, tmp_path
):
    folder = make(small_dir, model_dir, tmp_path / "cascade", text_gate=0.8)
    cascade = Predictor.load(folder, threads=1)
    products = [
        Product("boots", image=BLUE),
        Product("shoes", image=RED),
        Product("shoes boots", image=RED),
        Product("boots"),
        Product(image=BLUE),
    ]
    scores = cascade.score(products)
    # The fourth has no picture, and is held to the gate for texts.
    assert scores.early.tolist() == [TEXT_ALONE, EARLY, TEXT_ALONE, EARLY, LATE]
    alone = small.logits([Product("boots")])[0] * np.float32(0.5)
    assert (scores.logits[0] == alone).all()
    together = list(cascade.predict_many(PRODUCTS, batch_size=32))
    assert together == [next(cascade.predict_many([product])) for product in PRODUCTS]

    answer = cascade.predict("boots", image=BLUE)
    assert (answer.path, answer.used) == (BOOTS, ("name", "image"))
    explained = cascade.explain("boots", image=BLUE)
    assert explained.answer == answer
    assert np.abs(explained.heat.for_answer).max() == 0


@pytest.fixture(scope="module")
def strict_dir(tmp_path_factory):
    """A cascade that adds its networks up, answers names twice, and knows what is foreign."""
    folders = []
    for name, size in (("small", (4, 3)), ("large", (8, 6))):
        folder = build_model_dir(tmp_path_factory.mktemp(name) / "model", size=size)
        pattern = PatternCalibration(1.5, dict(THRESHOLDS), n=100, least_familiarity=7.0)
        given = json.loads((folder / "calibration.json").read_text())["patterns"]
        calibration = Calibration(dict.fromkeys(given, pattern), 0.95)
        (folder / "calibration.json").write_text(json.dumps(calibration.to_dict()))
        write_model_json(folder, size=size, name_view=0.5)
        folders.append(folder)
    return make(*folders, tmp_path_factory.mktemp("strict") / "model", gate=0.999, weight=1.0)


def test_what_a_product_is_answered_beside_changes_nothing(strict_dir):
    cascade = Predictor.load(strict_dir, threads=1)
    together = list(cascade.predict_many(PRODUCTS, accuracy=0.95))
    alone = [next(cascade.predict_many([product], accuracy=0.95)) for product in PRODUCTS]
    assert together == alone
    assert {answer.reason for answer in together} >= {None, "unlike anything learnt"}


def test_each_network_sees_a_photograph_as_it_does_alone(cascade, small, predictor):
    # Striped, so that decoding it at a fraction of its size changes it.
    stripes = np.arange(200 * 200 * 3, dtype=np.uint32).reshape(200, 200, 3) * 2654435761 >> 24
    photo = io.BytesIO()
    Image.fromarray(stripes.astype(np.uint8)).save(photo, "JPEG")
    product = {"image": photo.getvalue()}
    read = cascade._reader.read(product)
    assert read.pixels is None
    assert (read.whole.pixels == predictor._reader.read(product).pixels).all()
    assert (read.first.pixels == small._reader.read(product).pixels).all()


def test_a_file_that_goes_away_before_it_is_needed_is_no_crash(cascade, tmp_path):
    file = tmp_path / "shoe.png"
    file.write_bytes(BLUE)
    read = cascade._reader.read({"name": "shoes", "image": str(file)})
    file.unlink()
    assert read.whole.pixels is None
    assert len(cascade._scorer.score([read], ())) == 1


def test_texts_are_embedded_once_for_both_questions(small_dir, model_dir, tmp_path, monkeypatch):
    folder = make(small_dir, model_dir, tmp_path / "cascade", text_gate=0.999)
    cascade = Predictor.load(folder, threads=1)
    runs, embed = [], Engine.embed_texts

    def counted(engine, *given):
        runs.append(engine)
        return embed(engine, *given)

    monkeypatch.setattr(Engine, "embed_texts", counted)
    assert cascade.score([Product("boots", image=RED)]).early.tolist() == [EARLY]
    assert len(runs) == 1


def test_no_product_has_no_scores(cascade):
    scores = cascade._scorer.score([], ())
    assert (scores.logits.shape, len(scores.early)) == ((0, 4), 0)


def test_leaves_that_the_smaller_network_lacks_are_left_to_the_larger(
    small_dir, model_dir, tmp_path
):
    folder = make(small_dir, model_dir, tmp_path / "cascade", gate=0.8, columns=(None, 1, 2, 3))
    cascade = Predictor.load(folder, threads=1)
    scores = cascade.score([Product("boots"), Product("bag")])
    assert scores.early.tolist() == [LATE, EARLY]
    assert cascade.predict("boots").path == BOOTS


def test_embeddings_kept_from_earlier_bring_the_same_answers(cascade_dir, cascade, tmp_path):
    expected = list(cascade.predict_many(PRODUCTS))
    for _ in range(2):
        kept = Predictor.load(cascade_dir, threads=1, cache=tmp_path / "kept")
        assert list(kept.predict_many(PRODUCTS)) == expected
    assert len(list((tmp_path / "kept").iterdir())) >= 2


def test_its_embeddings_are_those_of_the_larger_network(cascade, predictor, cascade_dir, model_dir):
    products = [Product("boots", image=RED), Product("bag")]
    assert (cascade.embed(products).text == predictor.embed(products).text).all()
    assert VectorMaker.load(cascade_dir).fingerprint == VectorMaker.load(model_dir).fingerprint


@pytest.mark.parametrize(("name", "image"), [("boots", RED), ("shoes", None), (None, BLUE)])
def test_an_explanation_is_of_the_answer_that_is_given(cascade, name, image):
    explained = cascade.explain(name, image=image)
    answer = cascade.predict(name, image=image)
    assert explained.answer == answer
    if name == "boots":
        assert explained.words[0].text == "boots"
        assert explained.words[0].influence.answer > 0


@pytest.mark.parametrize("processes", [False, True])
def test_a_table_is_answered_alike_by_threads_and_processes(cascade, tmp_path, processes):
    rows = [{"id": str(i), "name": ("boots", "shoes", "zzz")[i % 3]} for i in range(60)]
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = CategorizeOptions(batch_size=16, processes=processes, workers=2)
    categorize(source, tmp_path / "out.parquet", predictor=cascade, options=options)
    found = pq.read_table(tmp_path / "out.parquet").to_pylist()
    expected = [answer.probability for answer in cascade.predict_many(rows)]
    assert [row["probability"] for row in found] == expected


def test_it_goes_to_other_processes_and_machines(cascade, tmp_path):
    again = pickle.loads(pickle.dumps(cascade))
    assert again.predict("shoes") == cascade.predict("shoes")
    write_files(read_files(cascade.model), tmp_path)
    assert Predictor.load(tmp_path).fingerprint == cascade.fingerprint


def test_it_moves_to_another_tree(cascade, tmp_path):
    renamed = [("Footwear", *path[1:]) if path[0] == "Shoes" else path for path in LEAVES]
    rows = [
        MappedCategory(join_path(old), (Counterpart(join_path(new)),), decided_by="ana")
        for old, new in zip(LEAVES, renamed, strict=True)
    ]
    mapping = TreeMapping(Taxonomy.from_paths(LEAVES), Taxonomy.from_paths(renamed), rows)
    move_model(cascade.model, mapping, "new", tmp_path / "moved")
    moved = Predictor.load(tmp_path / "moved")
    for name in ("boots", "shoes bag"):
        assert moved.predict(name).probability == cascade.predict(name).probability
    assert moved.predict("boots").path == ("Footwear", "Boots")


def test_both_networks_are_described(cascade_dir):
    facts = describe_model(read_model_dir(cascade_dir))
    assert facts["first"]["gate"] == GATE
    assert facts["first"]["image"]["height"] == 4
    assert facts["files"]["first/head.onnx"] > 0
    assert facts["total_bytes"] > 2 * facts["files"]["first/head.onnx"]
