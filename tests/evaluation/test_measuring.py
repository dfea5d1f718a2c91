import io

import numpy as np
import pytest
from PIL import Image

from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows
from prodcat.decision.accuracies import ACCURACIES
from prodcat.decision.calibration import Calibration, PatternCalibration
from prodcat.decision.scores import Scores
from prodcat.decision.temperature import fit_temperature
from prodcat.errors import InputError
from prodcat.evaluation.answers import Answers, answer_side, has_part, product_of_row, readable_side
from prodcat.evaluation.cost import measure_speed
from prodcat.evaluation.measuring import calibrate, measure_side, probabilities, uncalibrated
from prodcat.inference.predictor import Predictor
from prodcat.product import Product
from prodcat.runs.format import EVERYTHING, SELECTIONS
from tests.data.rows import row
from tests.model_files import BAGS, BOOTS, LEAVES, SANDALS, build_model_dir

PATHS = [("Shoes", "Boots"), ("Shoes", "Clogs"), ("Bags",)]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {
        "both": Predictor.load(build_model_dir(folder / "both"), threads=1),
        "text": Predictor.load(build_model_dir(folder / "text", image=False), threads=1),
        "image": Predictor.load(build_model_dir(folder / "image", text=False), threads=1),
    }


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "corpus.db", create=True) as corpus:
        yield corpus


def picture(colour):
    out = io.BytesIO()
    Image.new("RGB", (6, 8), colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def side(corpus):
    """Four products: with all parts, name alone, picture alone, no picture."""
    red, green = corpus.images.put(picture("red")), corpus.images.put(picture("lime"))
    rows = (
        row("1", name="boots", description="shoes", image_sha256=red),
        row("2", name="bag"),
        row("3", image_sha256=green),
        row("4", name="sandals", description="shoes"),
    )
    return labelled(rows, [LEAVES.index(leaf) for leaf in (BOOTS, BAGS, SANDALS, SANDALS)])


def labelled(rows, labels):
    return LabelledRows(tuple(rows), tuple(labels), tuple(PATHS[label] for label in labels))


def answered(predictor, side, corpus):
    return answer_side(predictor, side, corpus, side="test")


def test_each_selection_of_parts_is_answered_from_these_alone(models, side, corpus):
    found = answered(models["both"], side, corpus)
    assert list(found) == list(SELECTIONS)
    assert {given.side for given in found.values()} == {"test"}
    assert {name: given.patterns.tolist() for name, given in found.items()} == {
        "everything": ["name+description+image", "name", "image", "name+description"],
        "name only": ["name", "name", "name"],
        "description only": ["description", "description"],
        "image only": ["image", "image"],
        "no image": ["name+description", "name", "name+description"],
        "no description": ["name+image", "name", "image", "name"],
        "no name": ["description+image", "image", "description"],
    }


def test_labels_rows_and_logits_belong_together(models, side, corpus):
    for name, given in answered(models["both"], side, corpus).items():
        assert [side.rows.index(row) for row in given.rows] == sorted(
            map(side.rows.index, given.rows)
        )
        for i, row_ in enumerate(given.rows):
            assert given.labels[i] == side.labels[side.rows.index(row_)]
            alone = models["both"].logits([product_of_row(row_, corpus, SELECTIONS[name])])
            np.testing.assert_allclose(given.logits[i], alone[0], atol=1e-6)
    assert (
        answered(models["both"], side, corpus)[EVERYTHING].logits.argmax(1) == side.labels
    ).all()


def test_what_a_model_cannot_read_makes_no_selection_of_its_own(models, side, corpus):
    text = answered(models["text"], side, corpus)
    assert list(text) == ["everything", "name only", "description only"]
    assert [row.id for row in text["everything"].rows] == ["1", "2", "4"]
    image = answered(models["image"], side, corpus)
    assert list(image) == ["everything"]
    assert image["everything"].patterns.tolist() == ["image", "image"]


def test_a_side_without_products_has_no_answers(models, corpus):
    for given in answered(models["both"], labelled((), ()), corpus).values():
        assert given.logits.shape == (0, len(LEAVES))
        assert given.labels.shape == given.patterns.shape == (0,)


def test_products_are_passed_as_users_pass_them(side, corpus):
    first = side.rows[0]
    path = corpus.images.path(first.image_sha256)
    assert product_of_row(first, corpus) == Product("boots", "shoes", path, id="1")
    assert product_of_row(first, corpus, ["description"]) == Product(None, "shoes", None, id="1")
    assert [has_part(side.rows[1], part) for part in ("name", "description", "image")] == [
        True,
        False,
        False,
    ]


def test_lost_and_broken_pictures_count_as_absent(side, corpus):
    broken = corpus.images.put(b"no picture")
    rows = (
        *side.rows,
        row("5", name="bag", image_sha256=broken),
        row("6", image_sha256=broken),
        row("7", name="bag", image_sha256="0" * 64),
    )
    whole = labelled(rows, (*side.labels, 2, 2, 1))
    found = readable_side(whole, corpus, reads=True, sees=True)
    assert [r.id for r in found.rows] == ["1", "2", "3", "4", "5", "7"]
    assert [r.id for r in found.rows if r.image_sha256] == ["1", "3"]
    assert found.labels == (*side.labels, 2, 1)


def test_products_without_what_a_model_reads_are_left_out(side, corpus):
    assert [r.id for r in readable_side(side, corpus, reads=True, sees=False).rows] == [
        "1",
        "2",
        "4",
    ]
    assert [r.id for r in readable_side(side, corpus, reads=False, sees=True).rows] == ["1", "3"]


@pytest.mark.parametrize("kind", ["both", "text", "image"])
def test_readable_products_can_all_be_answered(models, side, corpus, kind):
    model = models[kind].model
    found = readable_side(side, corpus, reads=model.text is not None, sees=model.image is not None)
    products = [product_of_row(row, corpus) for row in found.rows]
    assert models[kind].logits(products).shape == (len(products), len(LEAVES))
    speed = measure_speed(models[kind], products)
    assert speed.one_product_ms > 0
    assert speed.products_per_s > 0


def synthetic(*patterns, seed=0, scale=3.0, side="val"):
    """Answers that are right about as often as they say; (pattern, count) pairs."""
    rng = np.random.default_rng(seed)
    names = [pattern for pattern, count in patterns for _ in range(count)]
    logits = rng.normal(scale=scale, size=(len(names), 3))
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return Answers(
        labels.astype(np.int64),
        np.array(names, dtype=np.str_),
        Scores(logits.astype(np.float32)),
        tuple(row(str(i)) for i in range(len(names))),
        tuple(PATHS[label] for label in labels),
        side,
    )


def fit(answers, default_accuracy=0.95):
    return calibrate(answers, PATHS, default_accuracy=default_accuracy)


def test_patterns_with_thirty_products_are_calibrated():
    found = fit({EVERYTHING: synthetic(("name+image", 40), ("name", 30), ("image", 29))})
    assert {pattern: fitted.n for pattern, fitted in found.patterns.items()} == {
        "name+image": 40,
        "name": 30,
    }


def test_a_small_corpus_is_calibrated_on_its_largest_pattern():
    found = fit({EVERYTHING: synthetic(("name+image", 9), ("name", 12), ("image", 8))})
    assert {pattern: fitted.n for pattern, fitted in found.patterns.items()} == {"name": 12}


def test_a_pattern_is_fitted_on_the_selection_that_has_most_of_it():
    few, many = synthetic(("name", 35), ("name+image", 50)), synthetic(("name", 90), seed=1)
    for answers in ({EVERYTHING: few, "name only": many}, {"name only": many, EVERYTHING: few}):
        fitted = fit(answers).patterns["name"]
        assert fitted.n == 90
        assert fitted.temperature == pytest.approx(fit_temperature(many.logits, many.labels))


def test_thresholds_are_fitted_for_leaves_and_for_paths():
    found = fit({EVERYTHING: synthetic(("name", 4000), scale=6.0)}, default_accuracy=0.98)
    assert found.default_accuracy == 0.98
    fitted = found.patterns["name"]
    assert set(fitted.thresholds) == set(fitted.path_thresholds) == set(ACCURACIES)
    assert fitted.thresholds[0.95] < fitted.thresholds[0.98]


def test_thresholds_chosen_on_test_are_refused():
    with pytest.raises(InputError, match="chosen on the validation split, not on test"):
        fit(
            {EVERYTHING: synthetic(("name", 40)), "name only": synthetic(("name", 40), side="test")}
        )


THRESHOLDS = {0.95: 0.6, 0.98: None}
CALIBRATION = Calibration(
    {
        "name": PatternCalibration(1.0, THRESHOLDS, n=40, path_thresholds=THRESHOLDS),
        "image": PatternCalibration(2.0, {0.95: None, 0.98: None}, 40, {0.95: None, 0.98: None}),
    }
)
P = np.array([[0.7, 0.2, 0.1], [0.4, 0.5, 0.1], [0.9, 0.05, 0.05]])
GIVEN = Answers(
    labels=np.array([0, 0, 0]),
    patterns=np.array(["name", "name", "image"]),
    scores=Scores(np.log(P).astype(np.float32)),
    rows=tuple(row(str(i)) for i in range(3)),
    paths=(PATHS[0],) * 3,
    side="test",
)


def test_probabilities_use_the_temperature_of_each_products_parts():
    softened = np.sqrt(P[2]) / np.sqrt(P[2]).sum()
    np.testing.assert_allclose(probabilities(GIVEN, CALIBRATION), [*P[:2], softened], atol=1e-6)


def test_measures_use_the_threshold_of_each_products_parts():
    [measured] = measure_side({EVERYTHING: GIVEN}, CALIBRATION, PATHS)
    assert measured.n == 3
    assert measured.measures["accuracy"].value == pytest.approx(2 / 3)
    # The first alone: the second is not sure of its leaf, pictures never are.
    assert measured.measures["coverage_at_95"].value == pytest.approx(1 / 3)
    assert measured.measures["accuracy_at_95"].value == 1.0
    # The second is sure to be shoes, and that is right.
    assert measured.measures["path_coverage_at_95"].value == pytest.approx(2 / 3)
    assert measured.measures["path_accuracy_at_95"].value == 1.0
    assert measured.measures["coverage_at_98"].value == 0.0
    assert measured.measures["accuracy_at_98"].value is None


def test_selections_without_products_are_not_measured():
    measured = measure_side({EVERYTHING: GIVEN, "name only": synthetic()}, CALIBRATION, PATHS)
    assert [selection.name for selection in measured] == [EVERYTHING]


def test_a_model_without_calibration_never_answers():
    calibration = uncalibrated(0.98)
    assert calibration.default_accuracy == 0.98
    assert calibration.for_parts(["name"]).for_paths(0.98).threshold is None
    [measured] = measure_side({EVERYTHING: GIVEN}, calibration, PATHS)
    assert measured.measures["coverage_at_95"].value == 0.0
