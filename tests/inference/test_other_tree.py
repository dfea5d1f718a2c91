import pickle

import numpy as np
import pytest

import prodcat
from prodcat.errors import InputError, ModelError
from prodcat.inference.other_tree import OtherTree
from prodcat.inference.predictor import Predictor
from prodcat.product import UNPLACED
from prodcat.taxonomy.mapping import Counterpart, MappedCategory, TreeMapping
from prodcat.taxonomy.paths import join_path, split_path
from prodcat.taxonomy.translated import TranslatedLeaves
from prodcat.taxonomy.tree import Category, Taxonomy
from tests.model_files import BAGS, LEAVES, build_model_dir

FOOTWEAR, HANDBAGS, SHOPPERS = ("Footwear",), ("Luggage", "Handbags"), ("Luggage", "Shoppers")
GOOGLE = Taxonomy(
    [
        Category("187", "Footwear"),
        Category("5181", "Luggage"),
        Category("3032", "Handbags", "5181"),
        Category("5608", "Shoppers", "5181"),
    ]
)
COUNTERPARTS = {
    "Shoes > Boots": ("187",),
    "Shoes > Sandals": ("187",),
    "Bags": ("3032", "5608"),
    "Clothes > Trousers > Jeans": (),
}


def google(counterparts=COUNTERPARTS):
    left = Taxonomy.from_paths(LEAVES)
    rows = [
        MappedCategory(old, tuple(map(Counterpart, new)), decided_by="ana")
        for old, new in counterparts.items()
    ]
    return TreeMapping(left, GOOGLE, rows)


def test_leaves_are_translated_and_those_of_no_tree_are_as_their_ancestors_are():
    paths = (*LEAVES, ("Bags", "Tiny"), ("Shoes", "Clogs"))
    found = TranslatedLeaves.of(google(), paths)

    assert found.targets == (FOOTWEAR, FOOTWEAR, ("Luggage",), None, ("Luggage",), None)
    assert found.paths == (FOOTWEAR, ("Luggage",))
    assert not found.is_one_to_one


def test_probabilities_of_what_is_one_category_add_up():
    tree = OtherTree(TranslatedLeaves.of(google(), LEAVES))
    probs = np.array([[0.45, 0.35, 0.15, 0.05], [0.1, 0.1, 0.1, 0.7], [0.3, 0.1, 0.25, 0.35]])

    np.testing.assert_allclose(
        tree.probabilities(probs), [[0.8, 0.15, 0.05], [0.2, 0.1, 0.7], [0.4, 0.25, 0.35]]
    )
    sure, gone, unsure = tree.decode(probs, np.array([0.75, 0.6, 0.9]))
    assert (sure[0].path, sure[0].probability, sure[1]) == (FOOTWEAR, 0.8, False)
    # No leaf alone would have been sure enough.
    assert sure[0].top == ((0, 0.8), (1, 0.15))
    assert (gone[0].path, gone[0].abstained, gone[1]) == ((), True, True)
    assert gone[0].top == ((0, 0.2), (1, 0.1))
    assert (unsure[0].abstained, unsure[1]) == (True, False)
    assert [path for path, _ in unsure[0].between] == [FOOTWEAR]


def test_a_model_answers_in_both_trees(predictor):
    other = predictor.in_tree(google())

    assert predictor.predict("shoes").path == ("Shoes",)
    answer = other.predict("shoes")
    assert (answer.path, answer.leaf) == (FOOTWEAR, FOOTWEAR)
    assert answer.probability == pytest.approx(predictor.predict("shoes").probability, abs=1e-9)
    assert other.predict("bag").path == ("Luggage",)
    jeans = other.predict("blue jeans")
    assert (jeans.abstained, jeans.reason, jeans.path) == (True, UNPLACED, ())
    assert FOOTWEAR in {each.path for each in jeans.alternatives}
    assert other.categories == (FOOTWEAR, ("Luggage",))
    products = [{"name": name} for name in ("boots", "bag", "jeans")]
    both = [one.probabilities(products) for one in (predictor, other)]
    np.testing.assert_allclose(both[1][:, 0], both[0][:, 0] + both[0][:, 1])
    assert [one.path for one in other.predict_many(products)] == [FOOTWEAR, ("Luggage",), ()]


def test_answers_in_another_tree_are_told_from_those_in_the_own(predictor):
    other = predictor.in_tree(google())
    again = pickle.loads(pickle.dumps(other))

    assert other.fingerprint != predictor.fingerprint
    assert again.fingerprint == other.fingerprint
    assert again.predict("bag") == other.predict("bag")
    few = {**COUNTERPARTS, "Bags": ("3032",)}
    assert predictor.in_tree(google(few)).fingerprint != other.fingerprint
    assert predictor.predict("bag").path == BAGS


def test_a_smaller_model_that_is_asked_first_answers_there_too(model_dir):
    both = Predictor.load(model_dir, first=model_dir, threads=1, as_tree=google())

    assert both.predict("shoes").path == FOOTWEAR
    assert both.predict("jeans").reason == UNPLACED


def test_one_call_answers_in_another_tree(model_dir):
    assert prodcat.predict("boots", model=model_dir, as_tree=google()).path == FOOTWEAR


def test_what_another_tree_has_no_place_for_is_refused(predictor):
    nothing = google(dict.fromkeys(COUNTERPARTS, ()))
    with pytest.raises(InputError, match="no counterpart for any of the 4 categories"):
        predictor.in_tree(nothing)
    with pytest.raises(InputError, match="explain it in the model's own"):
        predictor.in_tree(google()).explain("boots")


def test_where_all_have_a_place_no_answer_is_missing(predictor):
    paths = [("A", join_path(path)) for path in LEAVES]
    right = Taxonomy.from_paths(paths)
    ids = [c for c in right.categories if c != "A"]
    rows = [
        MappedCategory(join_path(path), (Counterpart(new),))
        for path, new in zip(LEAVES, ids, strict=True)
    ]
    other = predictor.in_tree(TreeMapping(Taxonomy.from_paths(LEAVES), right, rows))

    for name in ("boots", "bag", "shoes", "jeans", "blue"):
        own, told = predictor.predict(name), other.predict(name)
        assert told.leaf == ("A", join_path(own.leaf))
        assert told.leaf_probability == own.leaf_probability
    assert split_path(ids[0])[1] == join_path(LEAVES[0])


def test_a_folder_that_is_no_sound_translation_is_refused(tmp_path):
    import json

    from tests.model_files import write_model_json

    folder = build_model_dir(tmp_path / "model")
    data = json.loads((folder / "taxonomy.json").read_text())
    tree = Taxonomy.from_paths([FOOTWEAR]).to_dict()
    for labels, message in (
        (["Footwear"], "4 labels, and says of 1"),
        ([None] * 4, "0 of it"),
        (["Hats", None, None, None], "no category 'Hats'"),
        ([1, None, None, None], "is no text"),
        ("Footwear", "is no text"),
    ):
        moved = {**data, "moved": {"taxonomy": tree, "labels": labels}}
        (folder / "taxonomy.json").write_text(json.dumps(moved))
        write_model_json(folder, format=4)
        with pytest.raises(ModelError, match=message):
            Predictor.load(folder)
