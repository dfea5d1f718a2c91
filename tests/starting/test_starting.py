import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import prodcat
from prodcat.errors import ModelError, TableError, TaxonomyError
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.describe import describe_model
from prodcat.modeldir.reading import read_model_dir
from prodcat.product import Product
from prodcat.starting.calibrating import known
from prodcat.starting.encoder import open_encoder
from prodcat.starting.starting import SCALE, learn, names_of, write_started
from prodcat.taxonomy.tree import Taxonomy
from tests.cli.running import run
from tests.toy import LEAVES, write_products

TREE = "\n".join(" > ".join(path) for path in LEAVES)


@pytest.fixture(scope="module")
def encoder_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose text encoder knows six words."""
    from tests.model_files import build_model_dir

    return build_model_dir(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_products(tmp_path_factory.mktemp("shop"), "csv")


@pytest.fixture(scope="module")
def started(shop: Path, toy_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    tree = tmp_path_factory.mktemp("tree") / "tree.txt"
    tree.write_text(TREE, encoding="utf-8")
    return prodcat.start(tree, tree.parent / "model", products=shop, encoder=toy_model)


@pytest.fixture(scope="module")
def toy_model(toy_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A started model of two categories, whose encoder is the toy one's, exported once."""
    folder = tmp_path_factory.mktemp("toy") / "model"
    prodcat.start(Taxonomy.from_paths([("Bags",), ("Rings",)]), folder, encoder=toy_encoder)
    return folder


@pytest.mark.slow
def test_the_command_starts_a_model_of_another_one_s_encoder(
    toy_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "tree.txt").write_text(TREE, encoding="utf-8")
    model = tmp_path / "model"
    result = run("start", tmp_path / "tree.txt", "-o", model, "--encoder", toy_model)
    assert f"prodcat categorize new.csv --model {model}" in result.output.replace("\n", " ")
    assert len(Predictor.load(model).categories) == len(LEAVES)


def test_a_place_that_cannot_be_written_is_told_before_anything_is_computed(
    tmp_path: Path,
) -> None:
    (tmp_path / "tree.txt").write_text(TREE, encoding="utf-8")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    result = run("start", tmp_path / "tree.txt", "-o", tmp_path / "gone", status=1)
    assert "is there already" in result.output
    result = run("start", tmp_path / "tree.txt", "-o", tmp_path / "tree.txt" / "m", status=1)
    assert "cannot be written" in result.output


@pytest.mark.slow
def test_a_started_model_answers_by_the_words_of_its_categories(started: Any) -> None:
    predictor = Predictor.load(started.folder)
    names = ["classic shoulder bag", "plain dress", "navy pleated skirt", "gold signet ring"]
    best = predictor.logits([Product(name) for name in names]).argmax(axis=1)
    assert [predictor.categories[leaf][-1] for leaf in best] == [
        "Bags",
        "Dresses",
        "Skirts",
        "Rings",
    ]


@pytest.mark.slow
def test_the_graph_scores_as_what_was_learnt(toy_model: Path) -> None:
    encoder = open_encoder(toy_model)
    names = [f"{look} {noun}" for look in ("plain", "soft") for noun in ("bag", "ring", "dress")]
    learnt, scores = learn(LEAVES, names, encoder)
    folder = toy_model.parent / "again"
    folder.mkdir()
    tree = Taxonomy.from_paths(LEAVES)
    leaves = [" > ".join(path) for path in LEAVES]
    write_started(folder, encoder, learnt, tree, leaves, scores, known())
    found = Predictor.load(folder).logits([Product(name) for name in names])
    # Rows of word pieces are kept in 16 bits.
    assert np.allclose(found / SCALE, scores, atol=2e-3)


@pytest.mark.slow
def test_a_batch_and_a_single_product_have_the_same_scores(started: Any) -> None:
    predictor = Predictor.load(started.folder)
    products = [Product("plain bag"), Product("a much longer name of some striped evening dress")]
    alone = np.concatenate([predictor.logits([product]) for product in products])
    assert np.array_equal(alone, predictor.logits(products))


@pytest.mark.slow
def test_nothing_is_promised_at_98_percent_and_the_model_says_so(started: Any) -> None:
    model = read_model_dir(started.folder)
    model.verify(everything=True)
    pattern = model.calibration.for_parts(["name"])
    assert pattern.n == 0
    assert pattern.for_paths(0.98).threshold is None
    assert prodcat.predict("plain bag", model=started.folder, accuracy=0.98).abstained
    assert describe_model(model)["promise"].startswith("none:")
    assert "nothing is promised" in started.said
    assert started.to_label == 300


@pytest.mark.slow
def test_it_is_a_model_directory_for_whole_tables(started: Any, shop: Path, tmp_path: Path) -> None:
    result = prodcat.categorize(shop, tmp_path / "answers.csv", model=started.folder)
    assert result is not None
    assert "category" in (tmp_path / "answers.csv").read_text(encoding="utf-8")


@pytest.mark.slow
def test_it_refuses_a_folder_that_is_there(started: Any, toy_model: Path) -> None:
    with pytest.raises(ModelError, match="is there already"):
        prodcat.start(Taxonomy.from_paths(LEAVES), started.folder, encoder=toy_model)


def test_a_tree_of_one_category_is_none(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match="at least 2"):
        prodcat.start(Taxonomy.from_paths([("Bags",)]), tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_failure_leaves_no_half_model(tmp_path: Path, encoder_dir: Path) -> None:
    shutil.copytree(encoder_dir, tmp_path / "encoder")
    (tmp_path / "encoder" / "text.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError):
        prodcat.start(Taxonomy.from_paths(LEAVES), tmp_path / "model", encoder=tmp_path / "encoder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encoder"]


def test_names_are_taken_once_and_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prodcat.starting.starting.MOST_PRODUCTS", 50)
    file = tmp_path / "many.jsonl"
    rows = [{"id": str(n), "name": f"thing {n // 2}"} for n in range(200)]
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    names = names_of(file)
    assert len(names) == len(set(names)) == 50
    assert names[1] == "thing 2"


def test_names_of_a_long_table_are_not_all_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prodcat.starting.starting.MOST_PRODUCTS", 10)
    monkeypatch.setattr("prodcat.starting.starting.HELD", 2)
    file = tmp_path / "products.csv"
    file.write_text("id,name\n" + "".join(f"{row},shoe {row}\n" for row in range(500)))
    numbers = [int(name.split()[1]) for name in names_of(file)]
    assert len(numbers) == 10
    assert numbers == sorted(numbers)
    # From all parts of the table.
    assert numbers[0] == 0
    assert max(b - a for a, b in zip(numbers, [*numbers[1:], 500], strict=True)) <= 150


def test_products_without_names_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "none.csv"
    file.write_text("id,name\n1,\n2,\n", encoding="utf-8")
    with pytest.raises(TableError, match="no product with a name"):
        names_of(file)
