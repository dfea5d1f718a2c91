"""From validation products to a calibration, and to what it promises."""

import json
from dataclasses import replace

import numpy as np
import pytest

from prodcat.decision.accuracies import ACCURACIES
from prodcat.decision.calibration import Calibration, PatternCalibration
from prodcat.decision.fitting import LabelledScores, fit_calibration
from prodcat.decision.scores import NAME, PICTURE, Scores
from prodcat.errors import InputError

ALL = "name+description+image"
PATHS = [("A" if leaf < 3 else "B", str(leaf)) for leaf in range(7)]


def draw(products=2000, seed=0, *, scale=1.0, views=True):
    """Products whose name and picture say the same leaf where the answer is right, mostly."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 7, products)
    rows = np.arange(products)

    def seen(strength):
        logits = rng.normal(size=(products, 7))
        logits[rows, labels] += rng.gamma(strength, 1.0, products)
        return logits.astype(np.float32) * np.float32(scale)

    name, picture = seen(2.5), seen(2.0)
    scores = Scores(name + picture, {NAME: name, PICTURE: picture} if views else {})
    paths = [PATHS[label] for label in labels]
    return LabelledScores(scores, labels, paths, [f"shop:{row}" for row in range(products)])


def fit(products, **options):
    return fit_calibration({ALL: products}, PATHS, **options).patterns[ALL]


def test_each_pattern_gets_its_own_temperature_and_thresholds():
    sure = draw(views=False)
    unsure = draw(views=False, scale=0.5)
    found = fit_calibration({ALL: sure, "image": unsure}, PATHS)
    full, image = found.patterns[ALL], found.patterns["image"]
    assert full.temperature == pytest.approx(2 * image.temperature)
    assert full.n == image.n == 2000
    assert set(full.thresholds) == set(full.path_thresholds) == set(ACCURACIES)
    assert full.promised == found.confidence == 0.95


def test_the_promise_holds_on_new_products():
    fitted = fit(draw(seed=1))
    kept = 0
    for seed in range(2, 22):
        new = draw(seed=seed)
        probs = fitted.probabilities(new.scores)
        answered = probs.max(axis=1) >= fitted.for_leaves(0.95).threshold
        kept += (probs.argmax(axis=1) == new.labels)[answered].mean() >= 0.95
    assert kept >= 18


def test_views_put_answers_in_a_better_order():
    products, new = draw(seed=3), draw(seed=4)
    order = {}
    for views in (True, False):
        kept = products if views else replace(products, scores=Scores(products.scores.logits))
        fitted = fit(kept)
        assert (fitted.confidence is not None) or not views
        sure = fitted.probabilities(new.scores).max(axis=1)
        right = (new.scores.logits.argmax(axis=1) == new.labels)[np.argsort(-sure)]
        order[views] = (np.cumsum(~right) / np.arange(1, len(right) + 1)).mean()
    assert order[True] < order[False]


def test_probabilities_mean_what_they_say():
    fitted, new = fit(draw(4000, seed=5)), draw(8000, seed=6)
    probs = fitted.probabilities(new.scores)
    np.testing.assert_allclose(probs.sum(axis=1), 1.0)
    assert (probs.argmax(axis=1) == new.scores.logits.argmax(axis=1)).all()
    right = probs.argmax(axis=1) == new.labels
    for low, high in ((0.3, 0.7), (0.7, 0.9), (0.9, 1.0)):
        here = (probs.max(axis=1) >= low) & (probs.max(axis=1) < high)
        assert right[here].mean() == pytest.approx(probs.max(axis=1)[here].mean(), abs=0.05)


def test_a_product_has_the_same_bits_alone_and_among_others():
    fitted, new = fit(draw(seed=7)), draw(40, seed=8)
    together = fitted.probabilities(new.scores)
    for row in range(40):
        alone = fitted.probabilities(new.scores.take(np.array([row])))
        assert (alone[0] == together[row]).all()


def test_products_of_categories_that_are_not_taught_count():
    """A third is of a category below A that the model does not have: leaves are wrong for them."""
    products = draw(3000, seed=9)
    untaught = np.arange(3000) % 3 == 0
    paths = [
        ("A", "none of these") if strange else path
        for strange, path in zip(untaught, products.paths, strict=True)
    ]
    labels = np.where(untaught, -1, products.labels)
    fitted = fit(replace(products, labels=labels, paths=paths))
    assert fit(products).for_leaves(0.95).threshold is not None
    assert fitted.for_leaves(0.95).threshold is None
    assert fitted.evidence.leaves.right[-1] < 0.7 * 3000
    # An ancestor is right for those that are answered with A.
    assert fitted.evidence.paths.right[10] > fitted.evidence.leaves.right[10]


def test_a_hundredth_of_validation_is_unlike_anything():
    products = draw(seed=10)
    fitted = fit(products)
    assert fitted.is_foreign(products.scores).mean() == pytest.approx(0.01, abs=0.001)
    nothing = Scores(np.full((1, 7), -3.0, dtype=np.float32))
    assert fitted.is_foreign(nothing).all()
    assert fitted.evidence.paths.answered[-1] == 1980


def test_few_products_promise_less_and_say_how_many_more_it_takes():
    few = fit(draw(60, seed=11)).for_paths(0.98)
    assert few.threshold is None
    assert few.more_products > 80
    enough = draw(60 + 4 * few.more_products, seed=12)
    assert fit(enough).for_paths(0.98).threshold is not None


def test_an_accuracy_that_is_never_reached_takes_no_number_of_products():
    rng = np.random.default_rng(99)
    guessing = replace(draw(500, views=False), labels=rng.integers(0, 7, 500))
    paths = [PATHS[label] for label in guessing.labels]
    found = fit(replace(guessing, paths=paths)).for_paths(0.95)
    assert (found.threshold, found.more_products) == (None, None)


def test_a_higher_confidence_asks_for_more():
    fitted = fit(draw(seed=13))
    thresholds = [fitted.for_paths(0.95, confidence).threshold for confidence in (0.8, 0.95, 0.999)]
    assert thresholds == sorted(thresholds)
    assert thresholds[0] < thresholds[-1]


def test_any_accuracy_can_be_asked_for():
    fitted = fit(draw(seed=14))
    asked = [fitted.for_paths(accuracy).threshold for accuracy in (0.5, 0.9, 0.93, 0.95, 0.97)]
    assert asked == sorted(asked)
    assert asked[0] == 0.0


def test_a_calibration_survives_json():
    fitted = fit_calibration({ALL: draw(), "image": draw(300, seed=2, views=False)}, PATHS)
    fitted.patterns["name"] = PatternCalibration(1.0, {0.95: None, 0.98: 1.0}, n=0)
    stored = json.loads(json.dumps(fitted.to_dict()))
    again = Calibration.from_dict(stored)
    assert again.to_dict() == fitted.to_dict()
    assert again.patterns[ALL].for_paths(0.93) == fitted.patterns[ALL].for_paths(0.93)


@pytest.mark.parametrize(
    ("patterns", "options"),
    [
        ({}, {}),
        ({"smell": draw(20)}, {}),
        ({"name": draw(20)}, {"accuracies": [95]}),
        ({"name": draw(20)}, {"confidence": 95}),
        ({"name": draw(20)}, {"default_accuracy": 0.2}),
    ],
)
def test_calibration_refuses_what_it_cannot_use(patterns, options):
    with pytest.raises(InputError):
        fit_calibration(patterns, PATHS, **options)
