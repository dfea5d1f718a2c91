"""A model calibrated anew on labelled products, without training."""

import json

import pytest
from click.testing import CliRunner

from prodcat.cli.commands import main
from prodcat.config import DataConfig
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError, ModelError
from prodcat.evaluation.recalibrating import labelled_sides, recalibrate
from prodcat.inference.predictor import Predictor
from prodcat.taxonomy.tree import Taxonomy
from tests.model_files import BAGS, BOOTS, JEANS, LEAVES, SANDALS, build_model_dir

NAMES = {BOOTS: "boots", SANDALS: "sandals", BAGS: "bag", JEANS: "jeans"}
CLOGS = ("Shoes", "Clogs")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("model"))


@pytest.fixture
def shop(tmp_path):
    """A corpus whose names say the category; one product of a category that the model lacks."""

    def fill(count, strange=0):
        corpus = Corpus.open(tmp_path / "shop.db", create=True)
        corpus.upsert_categories("shop", Taxonomy.from_paths([*LEAVES, CLOGS]))
        products = [
            (f"{side}{i}", NAMES[LEAVES[i % 4]], LEAVES[i % 4], side)
            for side in ("train", "val", "test")
            for i in range(count)
        ]
        products += [(f"strange{i}", "shoes", CLOGS, "test") for i in range(strange)]
        corpus.upsert_products(
            NewProduct(
                source="shop",
                source_id=name,
                name=f"{text} {name}",
                category_id=" > ".join(path),
                split=side,
            )
            for name, text, path, side in products
        )
        corpus.close()
        return tmp_path / "shop.db"

    return fill


def test_it_promises_what_the_products_prove(model, shop):
    with Corpus.open(shop(200), read_only=True) as corpus:
        found = recalibrate(
            Predictor.load(model),
            corpus,
            DataConfig(),
            default_accuracy=0.97,
            confidence=0.9,
        )
    assert set(found.calibration.patterns) == {"name"}
    name = found.calibration.patterns["name"]
    assert (name.n, found.calibration.default_accuracy, name.promised) == (200, 0.97, 0.9)
    assert name.for_paths(0.98).threshold is not None
    assert name.for_paths(0.995).threshold is None
    assert found.sides["test"][0].measures["accuracy"].value == 1.0


def test_products_of_categories_that_the_model_lacks_are_measured(model, shop):
    with Corpus.open(shop(40, strange=10), read_only=True) as corpus:
        sides = labelled_sides(corpus, DataConfig(), Predictor.load(model).model.leaf_paths)
        assert sides["test"].labels.count(-1) == 10
        found = recalibrate(
            Predictor.load(model), corpus, DataConfig(), default_accuracy=0.9, confidence=0.95
        )
    everything = found.sides["test"][0]
    assert everything.n == 50
    assert everything.taught.n == 40
    assert everything.measures["accuracy"].value == pytest.approx(0.8)
    assert everything.taught.intervals["accuracy"].value == 1.0


def test_too_few_products_are_refused(model, shop):
    with (
        Corpus.open(shop(29), read_only=True) as corpus,
        pytest.raises(CorpusError, match=r"29 validation products .* 30 are needed"),
    ):
        recalibrate(
            Predictor.load(model), corpus, DataConfig(), default_accuracy=0.9, confidence=0.95
        )


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_the_command_writes_a_model_that_keeps_its_network(model, shop, tmp_path):
    out = tmp_path / "new"
    result = run("calibrate", model, shop(200), "--out", out, "--accuracy", 0.98)
    assert result.exit_code == 0, result.output
    described = json.loads((out / "model.json").read_text())
    assert (described["format"], described["default_accuracy"]) == (3, 0.98)
    before, after = Predictor.load(model), Predictor.load(out)
    assert (before.logits([{"name": "boots"}]) == after.logits([{"name": "boots"}])).all()
    answer = after.predict("boots")
    assert answer.path == BOOTS
    assert after.predict("Zzyzx").reason in ("unsure", "unlike anything learnt")
    assert "What passes" in (out / "MODEL_CARD.md").read_text()
    assert "six words" in (out / "MODEL_CARD.md").read_text()
    assert not list(tmp_path.glob("*.tmp"))


def test_a_folder_that_is_there_is_not_written_over(model, shop, tmp_path):
    (tmp_path / "new").mkdir()
    result = run("calibrate", model, shop(40), "--out", tmp_path / "new")
    assert result.exit_code == 1
    assert isinstance(result.exception, ModelError | SystemExit)
    assert list((tmp_path / "new").iterdir()) == []
