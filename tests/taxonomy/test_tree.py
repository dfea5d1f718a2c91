import json

import pytest

from prodcat.errors import TaxonomyError
from prodcat.taxonomy.tree import Category, Taxonomy

SHOP = [
    Category("1", "Women"),
    Category("2", "Shoes", "1", "Women's Shoes"),
    Category("3", "Men"),
    Category("4", "Shoes", "3"),
]


def test_a_name_may_repeat_under_another_parent():
    tree = Taxonomy(SHOP)
    assert (tree.path("2"), tree.path("4")) == (("Women", "Shoes"), ("Men", "Shoes"))
    assert (tree.ancestors("4"), tree.leaf_ids) == (("3", "4"), ("2", "4"))
    assert (tree.children(None), tree.children("1"), tree.children("2")) == (("1", "3"), ("2",), ())


def test_a_parent_may_come_after_its_children():
    assert Taxonomy(reversed(SHOP)).path("2") == ("Women", "Shoes")


def test_paths_alone_make_a_tree_with_their_ancestors():
    tree = Taxonomy.from_paths([("Toys", "Ages > 3"), ("Toys",), ("Bags",)])
    assert list(tree.categories) == ["Toys", r"Toys > Ages \> 3", "Bags"]
    assert tree.path(r"Toys > Ages \> 3") == ("Toys", "Ages > 3")


@pytest.mark.parametrize(
    ("categories", "message"),
    [
        ([Category("1", "A"), Category("1", "B")], "'1' appears twice"),
        ([Category("1", "A", "9")], "'1' has the parent '9', which is not in the tree"),
        ([Category("0", "R"), Category("1", "A", "2"), Category("2", "B", "1")], "'1', '2' hang"),
        ([Category("1", "A", "1")], "'1' hang in a cycle"),
    ],
)
def test_what_is_no_tree_is_refused(categories, message):
    with pytest.raises(TaxonomyError, match=message):
        Taxonomy(categories)


def test_a_category_that_is_not_there_is_told():
    with pytest.raises(TaxonomyError, match="no category 'hats'"):
        Taxonomy(SHOP).path("hats")


def test_a_tree_survives_being_written():
    tree = Taxonomy(SHOP, version="2025")
    again = Taxonomy.from_dict(json.loads(json.dumps(tree.to_dict())))
    assert (list(again), again.version) == (SHOP, "2025")


@pytest.mark.parametrize("data", [{}, {"categories": [{"name": "A"}], "version": "1"}, []])
def test_what_is_no_stored_tree_is_refused(data):
    with pytest.raises(TaxonomyError, match="no stored category tree"):
        Taxonomy.from_dict(data)


def test_the_version_is_the_fingerprint_where_none_is_named():
    tree = Taxonomy(SHOP)
    assert tree.version == tree.fingerprint() == Taxonomy(reversed(SHOP)).fingerprint()
    assert Taxonomy(SHOP[:3]).version != tree.version
