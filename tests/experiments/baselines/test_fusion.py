"""Late fusion: the mean of what two runs say, each by what it reads."""

import shutil

import numpy as np
import pytest

from experiments.baselines.__main__ import train_baseline
from experiments.baselines.config import baseline_from_dict
from experiments.baselines.fusion import LateFusion
from prodcat.config import config_from_dict
from prodcat.decision.calibration import Calibration, PatternCalibration
from prodcat.decision.temperature import softmax
from prodcat.errors import RunError
from prodcat.product import Product
from prodcat.runs.directory import RunDir
from prodcat.training.fit import train
from tests.toy import draw_corpus
from tests.training.runs import toy_settings

CONFIG = baseline_from_dict({"baseline": {"kind": "late_fusion", "runs": ["words", "pictures"]}})


class FakeModel:
    def __init__(self, labels, patterns):
        never = {0.95: None, 0.98: None}
        self.labels = labels
        self.folder = "fake"
        self.calibration = Calibration(
            {key: PatternCalibration(t, never, n=9) for key, t in patterns.items()}, 0.95
        )


class FakePredictor:
    """Answers everything with the same logits, and only what it can read."""

    def __init__(self, labels, logits, patterns):
        self.model = FakeModel(labels, patterns)
        self.readable = frozenset(part for key in patterns for part in key.split("+"))
        self._logits = logits

    def logits(self, products):
        assert all(any(getattr(p, part) for part in self.readable) for p in products)
        return np.array([self._logits] * len(products), dtype=np.float32)


TEXT = FakePredictor(["a", "b", "c"], [2.0, 0.0, 0.0], {"name": 1.0, "name+description": 2.0})
IMAGE = FakePredictor(["c", "a"], [3.0, 0.0], {"image": 0.5})
BY_NAME, BY_BOTH = softmax([[2.0, 0, 0]])[0], softmax([[1.0, 0, 0]])[0]
BY_IMAGE = softmax([[0.0, 6.0]])[0]


def probabilities(*products):
    return softmax(LateFusion([TEXT, IMAGE], ["a", "b", "c"]).logits(products))


def test_probabilities_are_calibrated_by_parts_and_averaged():
    picture = np.array([BY_IMAGE[0], 0.0, BY_IMAGE[1]])
    found = probabilities(Product("Boots", None, "x.jpg"), Product("Boots", "Of leather.", "x.jpg"))
    np.testing.assert_allclose(found[0], (BY_NAME + picture) / 2, atol=1e-6)
    np.testing.assert_allclose(found[1], (BY_BOTH + picture) / 2, atol=1e-6)


def test_a_product_that_lacks_a_part_goes_by_the_other():
    found = probabilities(Product("Boots"), Product(image="x.jpg"))
    np.testing.assert_allclose(found[0], BY_NAME, atol=1e-6)
    np.testing.assert_allclose(found[1], [BY_IMAGE[0], 0.0, BY_IMAGE[1]], atol=1e-6)


def test_what_is_read_is_what_any_of_the_runs_reads():
    fusion = LateFusion([TEXT, IMAGE], ["a", "b", "c"])
    assert fusion.readable == {"name", "description", "image"}


def test_a_run_that_knows_another_category_is_refused():
    with pytest.raises(RunError, match="knows the category 'c'"):
        LateFusion([TEXT, IMAGE], ["a", "b"])


@pytest.fixture(scope="module")
def siblings(toy_corpus, toy_encoder, tmp_path_factory):
    """A folder with a run on texts and one on pictures."""
    folder = tmp_path_factory.mktemp("siblings")
    for name, without in (("words", "image"), ("pictures", "text")):
        settings = toy_settings(toy_encoder, max_epochs=8, patience=8)
        settings[without] = {"encoder": "none"}
        train(toy_corpus, config_from_dict(settings), folder / name)
    return folder


@pytest.fixture
def folder(siblings, tmp_path):
    return shutil.copytree(siblings, tmp_path / "sweep")


@pytest.mark.slow
def test_late_fusion_is_a_run_like_any_other(folder, toy_corpus):
    metrics = train_baseline(toy_corpus, CONFIG, folder / "fusion").metrics
    alone = {name: RunDir(folder / name).read_metrics() for name in ("words", "pictures")}

    def everything(metrics):
        return metrics.selections("val")[0]

    # Boots for women and for men differ in the picture alone, and some products have none.
    words, fused = everything(alone["words"]), everything(metrics)
    assert fused.measures["accuracy"].value > words.measures["accuracy"].value
    assert fused.n > everything(alone["pictures"]).n
    assert len(metrics.selections("test")) == 7
    both = sum(run.training.seconds for run in alone.values())
    assert metrics.training.seconds == pytest.approx(both)
    sizes = [run.cost.model_bytes for run in alone.values()]
    assert metrics.cost.model_bytes == pytest.approx(sum(sizes), rel=0.01)


@pytest.mark.slow
def test_runs_that_are_not_there_not_finished_or_of_other_products_are_refused(
    folder, toy_corpus, tmp_path
):
    def refused(corpus, reason):
        with pytest.raises(RunError, match=reason):
            train_baseline(corpus, CONFIG, folder / "fusion")
        shutil.rmtree(folder / "fusion")

    other = draw_corpus(tmp_path / "other", products=200, seed=3)
    refused(other, "another corpus, or another state of it")
    settings = RunDir(folder / "words").config
    kept = settings.read_text()
    settings.write_text(kept.replace("min_products: 3", "min_products: 2"))
    refused(toy_corpus, r"data\.min_products is 2 there and 3 here")
    settings.write_text("- nothing")
    refused(toy_corpus, "its settings cannot be read")
    settings.write_text(kept)
    (folder / "pictures" / "metrics.json").unlink()
    refused(toy_corpus, r"needs the finished run .*pictures with its model")
    shutil.rmtree(folder / "pictures")
    refused(toy_corpus, r"needs the finished run .*pictures with its model")
