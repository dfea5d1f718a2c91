import math

import numpy as np
import pytest
import sklearn
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from scipy.special import softmax as scipy_softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from prodcat.decision.calibration import Calibration, PatternCalibration
from prodcat.decision.guarantee import Guarantee
from prodcat.decision.temperature import fit_temperature, softmax
from prodcat.errors import InputError, ModelError
from prodcat.product import pattern_of

ALL = "name+description+image"


def draw(products=400, classes=7, scale=3.0, seed=0):
    """Logits *scale* times as sure as they should be, and labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, products)
    logits = rng.normal(size=(products, classes))
    logits[np.arange(products), labels] += rng.gamma(2.0, 1.0, products)
    return logits * scale, labels


class GivenLogits(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose input is its own logits."""

    def fit(self, x, y):
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, x):
        return x

    def predict(self, x):
        return x.argmax(axis=1)


def test_softmax_agrees_with_scipy():
    logits, _ = draw()
    np.testing.assert_allclose(softmax(logits, 2.5), scipy_softmax(logits / 2.5, axis=1))


@pytest.mark.parametrize("temperature", [0.05, 1.0, 20.0])
@pytest.mark.parametrize("huge", [1e6, 3e38, 1.7e308])
def test_softmax_of_huge_logits_is_finite(huge, temperature):
    probs = softmax([[huge, -huge, 0.0], [huge, huge, -huge]], temperature)
    assert probs.tolist() == [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]


def test_softmax_of_no_products_has_a_column_for_each_category():
    assert softmax(np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf])
def test_softmax_refuses_a_temperature_that_is_none(temperature):
    with pytest.raises(InputError, match="temperature"):
        softmax([[1.0, 2.0]], temperature)


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_logits_that_are_no_numbers_are_refused_with_their_row(broken):
    with pytest.raises(InputError, match=r"1 of 2 products are NaN or infinite.*row 1"):
        softmax([[0.0, 1.0], [broken, 1.0]])


@pytest.mark.parametrize("logits", [[1.0, 2.0], np.zeros((3, 0)), np.zeros((1, 2, 3))])
def test_logits_of_another_shape_are_refused(logits):
    with pytest.raises(InputError, match=r"shape \(N, C\)"):
        softmax(logits)


@pytest.mark.parametrize("scale", [0.1, 1.0, 3.0, 12.0])
def test_temperature_agrees_with_scipy(scale):
    logits, labels = draw(scale=scale)

    def loss(log_t):
        return -log_softmax(logits / math.exp(log_t), axis=1)[range(len(labels)), labels].mean()

    best = minimize_scalar(loss, bounds=(math.log(0.05), math.log(20.0)), options={"xatol": 1e-9})
    assert fit_temperature(logits, labels) == pytest.approx(math.exp(best.x), rel=1e-4)


@pytest.mark.skipif(
    tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 8),
    reason="scikit-learn scales temperatures since 1.8",
)
def test_calibrated_probabilities_agree_with_scikit_learn():
    logits, labels = draw()
    model = FrozenEstimator(GivenLogits().fit(logits, labels))
    theirs = CalibratedClassifierCV(model, method="temperature").fit(logits, labels)
    ours = softmax(logits, fit_temperature(logits, labels))
    np.testing.assert_allclose(ours, theirs.predict_proba(logits), atol=1e-4)


def test_temperature_is_the_same_in_many_blocks(monkeypatch):
    logits, labels = draw()
    whole = fit_temperature(logits, labels)
    monkeypatch.setattr("prodcat.arrays.BLOCK_VALUES", 50)
    assert fit_temperature(logits, labels) == pytest.approx(whole, rel=1e-9)


def test_temperature_leaves_out_products_without_a_category_of_the_model():
    logits, labels = draw()
    more = np.vstack([logits, logits[:50]])
    unknown = np.concatenate([labels, np.full(50, -1)])
    assert fit_temperature(more, unknown) == pytest.approx(fit_temperature(logits, labels))


@pytest.mark.parametrize(
    ("logits", "labels"),
    [
        (np.zeros((0, 3)), []),
        ([[5.0], [3.0]], [0, 0]),
        ([[2.0, 2.0], [1.0, 1.0]], [0, 1]),
        ([[5.0, 1.0], [0.0, 2.0]], [-1, -1]),
        ([[5.0, 1.0], [0.0, 2.0]], [0, 1]),
    ],
    ids=["no products", "one category", "all alike", "all unknown", "all right"],
)
def test_temperature_stays_1_where_nothing_can_be_learnt(logits, labels):
    assert fit_temperature(logits, labels) == 1.0


@pytest.mark.parametrize("size", [1.0, 1e3, 1e38, 1e308])
def test_temperature_is_highest_where_everything_is_wrong(size):
    logits = np.array([[size, 0.0], [0.0, size]])
    assert fit_temperature(logits, [1, 0]) == 20.0


def test_temperature_is_lowest_where_logits_are_far_too_unsure():
    logits, labels = draw(scale=1e-4)
    assert fit_temperature(logits, labels) == 0.05


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([0, 2], "from 0 to 2; expected 0 to 1"),
        ([0, -2], "from -2"),
        ([0], "Expected 2 whole numbers"),
        ([0.0, 1.0], "float64"),
    ],
)
def test_labels_that_are_no_indices_are_refused(labels, said):
    with pytest.raises(InputError, match=said):
        fit_temperature([[1.0, 2.0], [2.0, 1.0]], labels)


def calibration(*patterns):
    """Each pattern with its place as temperature."""
    fitted = {
        pattern: PatternCalibration(float(place), {0.95: 0.5, 0.98: None}, n=9)
        for place, pattern in enumerate(patterns, start=1)
    }
    return Calibration(fitted)


@pytest.mark.parametrize(
    ("used", "temperature"),
    [
        (["name"], 1.0),
        (["image", "description", "name"], 4.0),
        (["description"], 3.0),
        (["description", "image"], 4.0),
        (["image", "name"], 4.0),
    ],
)
def test_the_pattern_most_alike_is_taken(used, temperature):
    found = calibration("name", "image", "name+description", ALL).for_parts(used)
    assert found.temperature == temperature


def test_of_patterns_alike_the_first_is_taken():
    assert calibration("name", "image").for_parts(["description"]).temperature == 1.0
    assert calibration("image", "name").for_parts(["description"]).temperature == 1.0


def test_a_calibration_without_patterns_is_told():
    with pytest.raises(ModelError, match="empty"):
        Calibration({}).for_parts(["name"])


@pytest.mark.parametrize("used", [[], ["desc"]])
def test_parts_that_no_product_has_are_refused(used):
    with pytest.raises(InputError, match="name, description, image"):
        pattern_of(used)


def test_an_older_model_names_the_accuracies_it_has():
    fitted = calibration("name").patterns["name"]
    assert fitted.for_paths(0.98) == Guarantee(None, None)
    assert fitted.for_paths(0.95) == Guarantee(0.5)
    with pytest.raises(InputError, match=r"accuracy of 0\.9\. It has: 0\.95, 0\.98\."):
        fitted.for_paths(0.9)
    with pytest.raises(InputError, match="promise no confidence"):
        fitted.for_paths(0.95, 0.9)


@pytest.mark.parametrize(
    ("accuracy", "said"), [(98, "Did you mean 0.98"), (0.4, "0.5"), (1.0, "0.999")]
)
def test_what_cannot_be_promised_is_refused(accuracy, said):
    with pytest.raises(InputError, match=said):
        calibration("name").patterns["name"].for_paths(accuracy)


def test_a_calibration_from_before_path_thresholds_is_read():
    stored = calibration("name").to_dict()
    del stored["patterns"]["name"]["path_thresholds"]
    assert Calibration.from_dict(stored) == calibration("name")


def changed(**changes):
    stored = calibration("name").to_dict()
    stored["patterns"]["name"].update(changes)
    return stored


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        {},
        {"default_accuracy": 0.95, "patterns": {}},
        {"default_accuracy": 0.95, "patterns": []},
        {"default_accuracy": math.nan, "patterns": calibration("name").to_dict()["patterns"]},
        {"default_accuracy": 0.5, "patterns": calibration("name").to_dict()["patterns"]},
        {"default_accuracy": 0.95, "patterns": {"smell": changed()["patterns"]["name"]}},
        changed(temperature=math.nan),
        changed(temperature=0.0),
        changed(temperature=21),
        changed(temperature="1"),
        changed(temperature=True),
        changed(temperature=None),
        changed(n=-1),
        changed(n=math.inf),
        changed(thresholds={"0.95": 1.5}),
        changed(thresholds={"0.95": math.nan}),
        changed(thresholds={"often": 0.5}),
        changed(thresholds={"95": 0.5}),
        changed(thresholds=[0.5]),
        changed(path_thresholds={"0.98": 0.5}),
        changed(least_familiarity="far"),
        changed(evidence={}),
        changed(confidence={"bias": 0.0, "facts": {"smell": {}}}),
        changed(
            confidence={"bias": 0.0, "facts": {"margin": {"mean": 0, "scale": 0, "weight": 1}}}
        ),
    ],
)
def test_rubbish_is_no_stored_calibration(stored):
    with pytest.raises(ModelError, match="no stored calibration"):
        Calibration.from_dict(stored)
