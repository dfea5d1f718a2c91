import json

import pytest

from prodcat.errors import ModelError
from prodcat.inference.predictor import Predictor
from prodcat.migrating.model import move_model
from prodcat.modeldir.describe import describe_model
from prodcat.modeldir.reading import read_model_dir
from prodcat.product import UNPLACED, Product
from prodcat.taxonomy.mapping import Counterpart, MappedCategory, TreeMapping
from prodcat.taxonomy.tree import Category, Taxonomy
from tests.model_files import LEAVES, build_model_dir

NAMES = ("boots", "sandals", "shoes", "bag", "jeans", "blue")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return read_model_dir(build_model_dir(tmp_path_factory.mktemp("model") / "old"))


def mapping(counterparts, right):
    rows = [
        MappedCategory(old, tuple(Counterpart(one) for one in new), decided_by="ana")
        for old, new in counterparts.items()
    ]
    return TreeMapping(Taxonomy.from_paths(LEAVES), right, rows)


RENAMED = Taxonomy(
    [
        Category("1", "Footwear"),
        Category("2", "Boots", "1"),
        Category("3", "Flip-flops", "1"),
        Category("4", "Luggage"),
        Category("5", "Denim"),
    ]
)
ONE_TO_ONE = {
    "Shoes > Boots": ("2",),
    "Shoes > Sandals": ("3",),
    "Bags": ("4",),
    "Clothes > Trousers > Jeans": ("5",),
}


def test_a_model_whose_categories_are_renamed_or_moved_is_a_model_like_any_other(model, tmp_path):
    moved = move_model(model, mapping(ONE_TO_ONE, RENAMED), "new", tmp_path / "new")

    assert (moved.is_plain, moved.answered, moved.without_place) == (True, 4, 0)
    new = read_model_dir(tmp_path / "new")
    new.verify(everything=True)
    assert (new.labels, new.moved) == (("2", "3", "4", "5"), None)
    before, after = Predictor(model), Predictor(new)
    products = [Product(name) for name in NAMES]
    assert (after.logits(products) == before.logits(products)).all()
    assert after.predict("sandals").path == ("Footwear", "Flip-flops")
    assert after.predict("shoes").path == ("Footwear",)
    assert "## Moved to the tree new" in new.card
    assert json.loads((new.folder / "model.json").read_text())["format"] == 2


def test_where_categories_are_merged_split_or_gone_it_answers_as_the_old_one_would(model, tmp_path):
    told = {**ONE_TO_ONE, "Shoes > Sandals": ("2",), "Clothes > Trousers > Jeans": ()}
    told["Bags"] = ("2", "3")
    way = mapping(told, RENAMED)

    moved = move_model(model, way, "new", tmp_path / "new")

    assert (moved.is_plain, moved.answered, moved.without_place) == (False, 2, 1)
    new = read_model_dir(tmp_path / "new")
    after, expected = Predictor(new), Predictor(model).in_tree(way)
    for name in NAMES:
        assert after.predict(name) == expected.predict(name)
    assert after.predict("shoes").path == ("Footwear", "Boots")
    assert after.predict("bag").path == ("Footwear",)
    assert after.predict("jeans").reason == UNPLACED
    assert after.categories == (("Footwear", "Boots"), ("Footwear",))
    facts = describe_model(new)
    assert (facts["categories"], facts["taxonomy_version"]) == (2, RENAMED.version)
    with pytest.raises(ModelError, match="raw scores"):
        after.logits([Product("boots")])


def test_a_moved_model_is_moved_once_more_and_asked_in_a_third_tree(model, tmp_path):
    told = {**ONE_TO_ONE, "Shoes > Sandals": ("2",)}
    move_model(model, mapping(told, RENAMED), "new", tmp_path / "new")
    third = Taxonomy.from_paths([("X", "Shoes"), ("X", "Bags")])
    way = TreeMapping(
        RENAMED,
        third,
        [
            MappedCategory("2", (Counterpart("X > Shoes"),)),
            MappedCategory("4", (Counterpart("X > Bags"),)),
        ],
    )
    asked = Predictor.load(tmp_path / "new").in_tree(way)

    assert (
        move_model(read_model_dir(tmp_path / "new"), way, "third", tmp_path / "third").answered == 2
    )
    moved = Predictor.load(tmp_path / "third")
    for name in NAMES:
        assert moved.predict(name) == asked.predict(name)
    assert moved.predict("shoes").path == ("X", "Shoes")
    assert moved.predict("jeans").reason == UNPLACED


def test_a_model_of_another_tree_and_a_folder_that_is_there_are_refused(model, tmp_path):
    with pytest.raises(ModelError, match="None of the 4 categories"):
        move_model(model, mapping({}, RENAMED), "new", tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "new").mkdir()
    with pytest.raises(ModelError, match="is there already"):
        move_model(model, mapping(ONE_TO_ONE, RENAMED), "new", tmp_path / "new")
