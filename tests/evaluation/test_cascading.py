"""One model of two: how sure the smaller one has to be is chosen on validation."""

import json

import pytest
from click.testing import CliRunner

from prodcat.cli.commands import main
from prodcat.config import DataConfig
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.decision.calibration import Calibration
from prodcat.decision.scores import LATE, TEXT_ALONE
from prodcat.errors import CorpusError, ModelError
from prodcat.evaluation.answers import product_of_row
from prodcat.evaluation.cascading import write_cascade
from prodcat.evaluation.handovers import GATES, TEXT_GATES, choose_handover
from prodcat.evaluation.recalibrating import labelled_sides
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.reading import read_model_dir
from prodcat.taxonomy.tree import Taxonomy
from tests.model_files import (
    BAGS,
    BOOTS,
    JEANS,
    LEAVES,
    SANDALS,
    build_calibration,
    build_model_dir,
    encoded,
    write_model_json,
)

NAMES = {BOOTS: "boots", SANDALS: "sandals", BAGS: "bag", JEANS: "jeans"}
SETTINGS = {"default_accuracy": 0.9, "confidence": 0.95}


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("large") / "model")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Reads no pictures."""
    folder = build_model_dir(tmp_path_factory.mktemp("small") / "model", image=False)
    patterns = {"name": build_calibration().patterns["name"]}
    (folder / "calibration.json").write_text(json.dumps(Calibration(patterns, 0.95).to_dict()))
    write_model_json(folder, image=False)
    return folder


def fill(folder, count):
    """A corpus in which every third boot and sandal is called shoes: its picture tells which."""
    path = folder / "shop.db"
    with Corpus.open(path, create=True) as corpus:
        pictures = {
            BOOTS: corpus.images.put(encoded("#ff0000", "PNG")),
            SANDALS: corpus.images.put(encoded("#00ff00", "PNG")),
        }
        corpus.upsert_categories("shop", Taxonomy.from_paths(LEAVES))
        corpus.upsert_products(
            NewProduct(
                source="shop",
                source_id=f"{side}{i}",
                name=f"{'shoes' if leaf in pictures and i % 3 == 0 else NAMES[leaf]} {side}{i}",
                category_id=" > ".join(leaf),
                split=side,
                image_sha256=pictures.get(leaf),
                image_status="stored" if leaf in pictures else "",
            )
            for side in ("train", "val", "test")
            for i in range(count)
            for leaf in [LEAVES[i % 4]]
        )
    return path


def choose(small, large, path, **settings):
    with Corpus.open(path, read_only=True) as corpus:
        first, second = Predictor.load(small), Predictor.load(large)
        return choose_handover(first, second, corpus, DataConfig(), **SETTINGS, **settings)


def test_the_widest_gate_that_costs_nothing_is_taken(small, large, tmp_path):
    chosen = choose(small, large, fill(tmp_path, 400))
    asked = [tried.asked for tried in chosen.tried]
    assert asked == sorted(asked)
    assert len(asked) == len(GATES)
    # A sixth of the products are called shoes, and need their picture.
    assert chosen.handover.gate == GATES[0]
    assert chosen.tried[0].asked == pytest.approx(1 / 6, abs=0.01)
    assert chosen.tried[0].accuracy == 1.0
    assert chosen.handover.columns == (0, 1, 2, 3)
    # The smaller one looks at no picture, so there is none to leave out.
    assert chosen.handover.text_gate is None


def test_a_gate_may_be_named(small, large, tmp_path):
    chosen = choose(small, large, fill(tmp_path, 60), gate=0.999)
    assert chosen.handover.gate == 0.999
    assert [tried.asked for tried in chosen.tried] == [1.0]


def test_of_texts_alone_the_widest_gate_is_taken_that_costs_nothing(large, tmp_path):
    chosen = choose(large, large, fill(tmp_path, 400))
    assert chosen.handover.text_gate == TEXT_GATES[0]
    with_gate = next(tried for tried in chosen.tried if tried.text_gate == TEXT_GATES[0])
    # Half have a picture; a third of these are called shoes, and need it.
    assert with_gate.text_alone == pytest.approx(1 / 3, abs=0.01)
    assert with_gate.accuracy == 1.0
    never = choose(large, large, tmp_path / "shop.db", gate=0.9, text_gate=1.0)
    assert never.tried[-1].text_alone == 0.0


@pytest.mark.parametrize(
    "gates", [{"gate": 0.9, "text_gate": 1.0}, {"gate": 0.9, "text_gate": 0.95}]
)
def test_it_is_tried_as_the_cascade_answers(large, tmp_path, gates):
    path = fill(tmp_path, 60)
    chosen = choose(large, large, path, **gates)
    (tmp_path / "both").mkdir()
    model = read_model_dir(large)
    write_cascade(model, model, chosen.handover, tmp_path / "both")
    cascade = Predictor.load(tmp_path / "both", threads=1)
    with Corpus.open(path, read_only=True) as corpus:
        side = labelled_sides(corpus, DataConfig(), model.leaf_paths)["val"]
        early = cascade.score([product_of_row(row, corpus) for row in side.rows]).early
    assert chosen.tried[-1].asked == (early == LATE).mean()
    assert chosen.tried[-1].text_alone == (early == TEXT_ALONE).mean()


def test_too_few_products_are_refused(small, large, tmp_path):
    with pytest.raises(CorpusError, match=r"29 validation products .* 30 are needed"):
        choose(small, large, fill(tmp_path, 29))


def test_a_pair_that_makes_no_cascade_is_refused(small, large, tmp_path):
    path = fill(tmp_path, 40)
    with pytest.raises(ModelError, match=r"reads pictures, which .* does not"):
        choose(large, small, path)
    (tmp_path / "both").mkdir()
    handover = choose(small, large, path, gate=0.9).handover
    write_cascade(read_model_dir(small), read_model_dir(large), handover, tmp_path / "both")
    with pytest.raises(ModelError, match="is a cascade already"):
        choose(small, tmp_path / "both", path)
    other = build_model_dir(tmp_path / "other", image=False)
    tree = (other / "taxonomy.json").read_text()
    for name in ("Boots", "Sandals", "Bags", "Jeans"):
        tree = tree.replace(name, f"{name} of another kind")
    (other / "taxonomy.json").write_text(tree)
    write_model_json(other, image=False)
    with pytest.raises(ModelError, match="same tree"):
        choose(other, large, path)


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_the_command_writes_a_model_like_any_other(small, large, tmp_path):
    path, out = fill(tmp_path, 200), tmp_path / "new" / "cascade"
    result = run("cascade", small, large, path, "--out", out, "--accuracy", 0.9)
    assert result.exit_code == 0, result.output
    assert str(out) in result.output
    assert [entry.name for entry in out.parent.iterdir()] == ["cascade"]
    model = read_model_dir(out)
    model.verify(everything=True)
    assert (model.default_accuracy, model.calibration.patterns["name+image"].n) == (0.9, 100)
    assert "A smaller network answers what it is sure of" in model.card
    assert "## Measured" in model.card
    answer = Predictor.load(out).predict("shoes", image=encoded("#00ff00", "PNG"))
    assert answer.path == SANDALS

    again = run("cascade", small, large, path, "--out", out)
    assert again.exit_code == 1
    assert "is there already" in again.output

    calibrated = run("calibrate", out, path, "--out", tmp_path / "anew", "--accuracy", 0.95)
    assert calibrated.exit_code == 0, calibrated.output
    anew = Predictor.load(tmp_path / "anew")
    products = [{"name": "shoes"}, {"name": "boots"}]
    assert (anew.logits(products) == Predictor.load(out).logits(products)).all()
    assert json.loads((tmp_path / "anew" / "model.json").read_text())["format"] == 5
