"""What is compared of pictures."""

import numpy as np
import pytest
from PIL import Image
from sklearn.decomposition import PCA

from experiments.baselines.config import NearestConfig
from experiments.baselines.picture_features import Pixels, build_features, colour_shares
from prodcat.errors import ModelError, RunError
from prodcat.product import Product
from tests.model_files import build_model_dir

RED, WHITE = (200, 0, 0), (255, 255, 255)


@pytest.fixture
def products(tmp_path):
    rng = np.random.default_rng(0)
    made = []
    for number in range(30):
        file = tmp_path / f"{number:064x}.jpg"
        Image.fromarray(rng.integers(0, 256, (24, 16, 3), dtype=np.uint8)).save(file, "PNG")
        made.append(Product(image=file, id=str(number)))
    return made


def build(tmp_path, **settings):
    config = NearestConfig("nearest", **{"height": 16, "width": 16, **settings})
    (found,) = build_features(config, tmp_path / "runs", tmp_path / "cache")
    return found


def picture(colour, size=(16, 16), paper=WHITE):
    drawn = np.empty((3, 32, 32), dtype=np.uint8)
    drawn[:] = np.array(paper)[:, None, None]
    drawn[:, : size[0], : size[1]] = np.array(colour)[:, None, None]
    return drawn


def test_principal_components_are_those_of_scikit_learn(products):
    pixels = Pixels(16, 16, grey=True, components=5)
    found = pixels.fit(products[:20])
    plain = Pixels(16, 16, grey=True, components=0)
    values = plain.fit(products[:20]) + plain.mean
    other = PCA(5, svd_solver="full").fit(values)
    # A component may point either way.
    np.testing.assert_allclose(np.abs(found), np.abs(other.transform(values)), atol=1e-4)
    later = pixels.embed(products[20:])
    expected = other.transform(plain.embed(products[20:]) + plain.mean)
    np.testing.assert_allclose(np.abs(later), np.abs(expected), atol=1e-4)


@pytest.mark.parametrize(("grey", "width"), [(True, 256), (False, 768)])
def test_pixels_are_as_many_as_the_picture_has(products, grey, width):
    pixels = Pixels(16, 16, grey=grey, components=0)
    assert pixels.fit(products).shape == (30, width)
    assert pixels.embed([]).shape == (0, width)


def test_a_colour_is_nearer_to_its_shade_than_to_another_colour():
    red, shade, blue = (
        np.sqrt(colour_shares(picture(colour))) for colour in (RED, (180, 10, 10), (0, 0, 200))
    )
    assert red @ shade > 0.5 > red @ blue


def test_colours_do_not_know_how_much_paper_there_is():
    small, large = (colour_shares(picture(RED, size)) for size in ((8, 8), (30, 30)))
    np.testing.assert_allclose(small, large)
    assert small.sum() == pytest.approx(1)


def test_a_white_product_is_white():
    white = colour_shares(picture(WHITE))
    assert white.argmax() == len(white) - 1


@pytest.mark.parametrize("again", [False, True])
def test_a_network_says_the_same_of_training_and_of_other_products(products, tmp_path, again):
    network = build(tmp_path, encoder="small_cnn", weights="none", height=32, width=32)
    known = network.fit(products)
    assert known.shape == (30, 256)
    np.testing.assert_allclose(network.embed(products), known, atol=1e-5)
    if again:
        for product in products:
            product.image.unlink()
        # From what is kept beside the corpus: the pictures are gone.
        np.testing.assert_array_equal(network.fit(products), known)


def test_a_random_network_is_the_same_for_the_same_seed(products, tmp_path):
    settings = {"encoder": "small_cnn", "weights": "none", "height": 32, "width": 32}
    first, same, other = (
        build(tmp_path, seed=seed, **settings).embed(products[:2]) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, same)
    assert not np.allclose(first, other)


def test_a_model_lends_its_picture_encoder(products, tmp_path):
    model = build_model_dir(tmp_path / "model")
    features = build(tmp_path, features=("model",), model=str(model))
    known = features.fit(products)
    np.testing.assert_array_equal(features.embed(products), known)
    assert len(known) == 30
    assert features.size == (model / "image.onnx").stat().st_size


def test_a_model_that_sees_nothing_is_refused(tmp_path):
    model = build_model_dir(tmp_path / "model", image=False)
    with pytest.raises(ModelError, match="reads no pictures"):
        build(tmp_path, features=("model",), model=str(model))


def test_a_run_that_is_not_finished_lends_nothing(tmp_path):
    with pytest.raises(RunError, match="is no finished run with a model"):
        build(tmp_path, features=("run",), runs=("cnn",))
