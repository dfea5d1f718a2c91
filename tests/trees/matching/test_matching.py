import numpy as np
import pytest

from prodcat.taxonomy.tree import Category, Taxonomy
from prodcat.trees.matching.matching import match_trees
from prodcat.trees.matching.scorer import WITH_MEANING, WORDS_ALONE, load_scorer
from prodcat.trees.matching.shared_products import KnownProduct, product_shares

LEFT = Taxonomy.from_paths(
    [
        ("Clothing", "Dresses", "Summer Dresses"),
        ("Clothing", "Trousers", "Jeans"),
        ("Clothing", "Coats & Jackets"),
        ("Shoes", "Boots", "Chelsea Boots"),
        ("Shoes", "Sandals"),
        ("Kitchen", "Knives"),
        ("Kitchen", "Pans"),
        ("Quantum Computers",),
    ]
)
RIGHT = Taxonomy.from_paths(
    [
        ("Apparel", "Clothing", "Dresses"),
        ("Apparel", "Clothing", "Trousers", "Jeans"),
        ("Apparel", "Clothing", "Jackets & Coats"),
        ("Apparel", "Footwear", "Boots"),
        ("Apparel", "Footwear", "Sandals"),
        ("Home", "Kitchen", "Knives"),
        ("Home", "Kitchen", "Pans"),
        ("Home", "Garden", "Spades"),
    ]
)


@pytest.fixture(scope="module")
def mapping():
    return match_trees(LEFT, RIGHT)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Clothing > Dresses", "Apparel > Clothing > Dresses"),
        ("Clothing > Trousers > Jeans", "Apparel > Clothing > Trousers > Jeans"),
        ("Clothing > Coats & Jackets", "Apparel > Clothing > Jackets & Coats"),
        ("Shoes > Sandals", "Apparel > Footwear > Sandals"),
        ("Kitchen > Knives", "Home > Kitchen > Knives"),
        # What the other tree does not have goes to the counterpart of its parent.
        ("Shoes > Boots > Chelsea Boots", "Apparel > Footwear > Boots"),
        ("Clothing > Dresses > Summer Dresses", "Apparel > Clothing > Dresses"),
    ],
)
def test_categories_are_found_where_they_went(mapping, left, right):
    best = (*mapping[left].counterparts, *mapping[left].candidates)[0]
    assert best.category == right
    assert best.reason


def test_a_tree_is_mapped_to_itself_and_is_sure_of_it():
    mapping = match_trees(LEFT, LEFT)
    assert mapping.renames() == {category: category for category in LEFT.categories}
    assert mapping.counts()["sure"] == len(LEFT)


def test_what_is_like_nothing_is_not_sure(mapping):
    row = mapping["Quantum Computers"]
    assert row.kind == "none" or not row.is_sure


def test_confidences_are_probabilities_and_the_best_stand_first(mapping):
    for row in mapping:
        chances = [each.confidence for each in (*row.counterparts, *row.candidates)]
        assert 0 <= row.confidence <= 1
        assert all(0 <= chance <= 1 for chance in chances)
        assert [c.confidence for c in row.candidates] == sorted(
            (c.confidence for c in row.candidates), reverse=True
        )


def test_a_category_whose_name_is_in_two_places_has_both():
    left = Taxonomy.from_paths([("Hats",), ("Boots",), ("Bags",)])
    right = Taxonomy.from_paths(
        [
            *[(who, what) for who in ("Women", "Men") for what in ("Hats", "Boots")],
            ("Women", "Bags"),
        ]
    )
    mapping = match_trees(left, right)
    assert {each.category for each in mapping["Hats"].counterparts} == {
        *("Women > Hats", "Men > Hats"),
    }
    assert mapping["Hats"].kind == "many"
    assert mapping["Bags"].kind == "one"


def test_products_break_ties():
    left = Taxonomy.from_paths([("Hats",), ("Boots",)])
    right = Taxonomy.from_paths([("Women", "Hats"), ("Men", "Hats"), ("Men", "Boots")])
    ours = [KnownProduct(str(n), f"hat {n}", "Hats") for n in range(5)]
    theirs = [KnownProduct(str(n), f"hat {n}", "Men > Hats") for n in range(5)]
    shares = product_shares(left, right, ours, theirs)
    row = match_trees(left, right, shares=shares)["Hats"]
    assert [each.category for each in row.counterparts] == ["Men > Hats"]
    assert row.counterparts[0].reason == "100 % of its products are there"


def test_products_of_other_shops_go_where_names_are_like_theirs():
    left = Taxonomy.from_paths([("Hats",)])
    right = Taxonomy.from_paths([("Women", "Hats"), ("Men", "Hats")])
    ours = [KnownProduct(f"a{n}", f"straw bonnet {n}", "Hats") for n in range(4)]
    theirs = [
        KnownProduct("b1", "bonnet of straw", "Women > Hats"),
        KnownProduct("b2", "felt fedora", "Men > Hats"),
    ]
    assert product_shares(left, right, ours, theirs)["Hats", "Women > Hats"] == 1


class TwoWords:
    """Knows that two languages' words mean the same."""

    MEANINGS = ({"schuhe", "shoes"}, {"stiefel", "boots"}, {"hüte", "hats"}, {"taschen", "bags"})

    def encode(self, texts):
        rows = [[float(text.casefold() in meaning) for meaning in self.MEANINGS] for text in texts]
        return np.array(rows, dtype=np.float32)


def test_an_encoder_finds_counterparts_in_another_language():
    left = Taxonomy.from_paths([("Schuhe", "Stiefel"), ("Hüte",), ("Taschen",)])
    right = Taxonomy.from_paths([("Shoes", "Boots"), ("Hats",), ("Bags",)])
    mapping = match_trees(left, right, encoder=TwoWords())
    best = {row.category: (*row.counterparts, *row.candidates)[0].category for row in mapping}
    assert best == {
        "Schuhe": "Shoes",
        "Schuhe > Stiefel": "Shoes > Boots",
        "Hüte": "Hats",
        "Taschen": "Bags",
    }


@pytest.mark.parametrize("kind", [WORDS_ALONE, WITH_MEANING])
def test_the_weights_that_come_with_it_fit_the_signs(kind):
    scorer = load_scorer(kind)
    assert len(scorer.layers) == 2
    assert all(np.isfinite(each).all() for layer in scorer.layers for each in vars(layer).values())


def test_a_tree_of_one_category_is_mapped():
    one = Taxonomy([Category("1", "x")])
    assert len(match_trees(one, RIGHT)) == 1
    assert len(match_trees(RIGHT, one)) == len(RIGHT)


def test_progress_goes_to_its_end():
    told = []
    match_trees(LEFT, RIGHT, on_progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (2 * len(LEFT), 2 * len(LEFT))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
