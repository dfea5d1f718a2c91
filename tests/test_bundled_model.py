"""The model that comes with prodcat, asked as its users ask it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import prodcat
from prodcat.examples import FOLDER, example_products
from prodcat.inference.cached import cached_predictor
from prodcat.modeldir.reading import read_model_dir

REPOSITORY = Path(__file__).resolve().parents[1]
MAX_MB = 40


@pytest.fixture(scope="module")
def model():
    return read_model_dir()


@pytest.fixture(scope="module")
def predictor():
    return cached_predictor()


def test_every_file_is_as_it_was_written(model):
    model.verify(everything=True)


def test_it_is_small(model):
    files = [file for file in model.folder.rglob("*") if file.is_file()]

    assert sum(file.stat().st_size for file in files) <= MAX_MB * 1e6


def test_it_holds_data_alone(model):
    kinds = {file.suffix for file in model.folder.rglob("*") if file.is_file()}

    assert kinds <= {".json", ".onnx", ".md", ".safetensors"}


def test_it_reads_text_and_pictures_of_fashion(model):
    assert model.text is not None
    assert model.image is not None
    assert len(model.labels) == 221
    assert {path[0] for path in model.leaf_paths} >= {"Men", "Women"}


def test_every_combination_of_parts_is_calibrated(model):
    parts = {"name", "description", "image", "name+description", "name+image"}
    parts |= {"description+image", "name+description+image"}

    patterns = model.calibration.patterns

    assert set(patterns) >= parts
    assert all({0.95, 0.98} <= set(pattern.thresholds) for pattern in patterns.values())
    assert patterns["name+description+image"].for_paths(0.98).threshold is not None
    assert patterns["name"].for_paths(0.98).threshold is not None


@pytest.mark.parametrize("words", ["products", "licen", "limit", "accuracy", "coverage"])
def test_its_card_says_what_one_must_know(model, words):
    assert words in model.card.lower()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Nike Men Running Shoes", ("Men", "Footwear", "Shoes", "Sports Shoes")),
        ("Levis Women Blue Skinny Jeans", ("Women", "Apparel", "Bottomwear", "Jeans")),
        ("Titan Women Gold Dial Watch", ("Women", "Accessories", "Watches", "Watches")),
        ("United Colors of Benetton Men Striped Polo T-shirt", ("Men", "Apparel", "Topwear")),
        ("Lakme Absolute Matte Lipstick", ("Women", "Personal Care", "Lips", "Lipstick")),
        ("Ray-Ban Unisex Aviator Sunglasses", ("Unisex", "Accessories", "Eyewear", "Sunglasses")),
        ("Baggit Women Brown Handbag", ("Women", "Accessories", "Bags", "Handbags")),
    ],
)
def test_obvious_names_are_answered(predictor, name, path):
    answer = predictor.predict(name)

    assert answer.path[: len(path)] == path
    assert answer.probability > 0.5


@pytest.mark.parametrize("name", ["qwx zzrt 0000", "x", "0", "привет"])
def test_nonsense_is_abstained_from(predictor, name):
    assert predictor.predict(name, accuracy=0.98).abstained


FOREIGN_NAMES = (
    "Dell Inspiron 15 laptop 8 GB RAM",
    "27 inch LED monitor",
    "USB-C charging cable 2 m",
    "Cotton double bedsheet with two pillow covers",
    "Blackout curtain for living room",
    "Ceramic flower vase",
    "Stainless steel pressure cooker 5 litres",
    "Non-stick frying pan",
    "Garden hose 20 m",
    "Cordless drill 18 V",
    "Dog food chicken 10 kg",
    "Microwave oven 20 litres",
)


@pytest.mark.parametrize("name", FOREIGN_NAMES)
def test_products_of_other_kinds_are_unlike_anything_learnt(predictor, name):
    answer = predictor.predict(name, accuracy=0.98)

    assert (answer.abstained, answer.reason) == (True, "unlike anything learnt")
    # Who sets a threshold decides for himself.
    assert not predictor.predict(name, threshold=0.0).abstained


@pytest.mark.slow
def test_hardly_any_product_of_another_shops_other_kinds_is_answered(predictor, real_data):
    import pyarrow.parquet as pq

    columns = ["name", "category_path_clean"]
    rows = pq.read_table(real_data / "flipkart1050.parquet", columns=columns).to_pylist()
    kinds = ("Computers", "Home", "Kitchen")
    foreign = [row for row in rows if row["category_path_clean"][0].startswith(kinds)]
    answers = predictor.predict_many([{"name": row["name"]} for row in foreign], accuracy=0.98)

    assert len(foreign) == 530
    assert sum(not answer.abstained for answer in answers) <= 0.03 * len(foreign)


@pytest.mark.parametrize(("accuracy", "least"), [(0.6, 0.0), (0.93, 0.0), (0.985, 0.7)])
def test_any_accuracy_can_be_asked_for(predictor, accuracy, least):
    answer = predictor.predict("Nike Men Running Shoes", accuracy=accuracy)

    assert answer.path[:2] == ("Men", "Footwear")
    assert answer.needed >= least


def test_a_stricter_confidence_needs_more(predictor):
    needed = [
        predictor.predict("Nike Men Running Shoes", confidence=confidence).needed
        for confidence in (0.5, 0.95, 0.999)
    ]

    assert needed == sorted(needed)
    assert needed[0] < needed[-1]


@pytest.mark.parametrize(("picture", "word"), [("watch.jpg", "Watches"), ("shirt.jpg", "Topwear")])
def test_a_drawn_picture_alone_leads_the_right_way(predictor, picture, word):
    best = predictor.predict(image=FOLDER / picture).alternatives

    assert any(word in leaf.path for leaf in best)


def test_the_picture_changes_the_answer(predictor):
    alone = predictor.predict("Classic brown")
    both = predictor.predict("Classic brown", image=FOLDER / "handbag.jpg")

    assert both.used == ("name", "image")
    assert both.alternatives != alone.alternatives


def test_an_empty_picture_says_little(predictor):
    from PIL import Image

    answer = predictor.predict(image=Image.new("RGB", (60, 80), "white"), accuracy=0.98)

    assert answer.abstained


def test_answers_are_the_same_alone_and_in_a_batch(predictor):
    products = example_products()
    alone = [predictor.predict(p.name, p.description, p.image) for p in products]

    for one, many in zip(alone, predictor.predict_many(products), strict=True):
        assert (one.path, one.abstained, one.used) == (many.path, many.abstained, many.used)
        assert one.probability == pytest.approx(many.probability, abs=1e-3)


@pytest.mark.slow
def test_a_fresh_process_answers_without_a_folder_named():
    code = (
        "import prodcat, sys\n"
        "print(prodcat.predict('Nike Men Running Shoes').to_json())\n"
        "print(sorted({'torch', 'transformers', 'pandas', 'pyarrow'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )

    answer, loaded = done.stdout.splitlines()
    assert "Sports Shoes" in json.loads(answer)["path"]
    assert loaded == "[]"
    assert done.stderr == ""


def test_the_short_way_uses_it(predictor):
    assert prodcat.predict("Nike Men Running Shoes") == predictor.predict("Nike Men Running Shoes")


def test_a_product_is_answered_alike_alone_and_among_others(predictor):
    products = example_products()
    shorter = [replace(product, description=None) for product in products]
    without = [replace(product, image=None) for product in products]
    variants = [*products, *shorter, *without]
    everything = [p for p in variants if p.name or p.description or p.image]

    alone = np.concatenate([predictor.logits([product]) for product in everything])

    np.testing.assert_array_equal(predictor.logits(everything, batch_size=64), alone)
    np.testing.assert_array_equal(predictor.logits(everything, batch_size=5), alone)
