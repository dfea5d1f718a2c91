import numpy as np
import pytest

from prodcat.explore.tree.disagreement import (
    find_disagreement,
    find_merges,
    find_moves,
    find_splits,
    neighbours_across,
    same_branch_share,
)
from prodcat.explore.tree.members import gather_members
from prodcat.vectors.unit import unit_rows

WIDTH = 16


def shop(*groups, seed=0):
    """Members of (path, direction, size, name) groups: products around a direction each."""
    rng = np.random.default_rng(seed)
    vectors, paths, names = [], [], []
    for path, direction, size, name in groups:
        centre = np.zeros(WIDTH)
        centre[direction] = 1.0
        vectors.append(centre + rng.normal(0, 0.05, (size, WIDTH)))
        paths += [path] * size
        names += [f"Acme {name} {i}" for i in range(size)]
    made = unit_rows(np.concatenate(vectors).astype(np.float32))
    return gather_members(made, np.ones(len(made), bool), paths), names


def test_two_names_for_one_kind_of_thing_lie_in_each_other():
    members, _ = shop(
        (("Tees",), 0, 60, "tee"), (("T-shirts",), 0, 90, "tee"), (("Boots",), 1, 60, "boots")
    )
    (merge,) = find_merges(members)
    assert {members.paths[merge.first], members.paths[merge.second]} == {("Tees",), ("T-shirts",)}
    assert merge.across == pytest.approx(0.5, abs=0.05)
    assert merge.drawn == 60
    assert len(merge.examples) == 4


def test_of_a_handful_of_products_nothing_is_said():
    members, _ = shop((("Tees",), 0, 4, "tee"), (("T-shirts",), 0, 90, "tee"))
    assert find_merges(members) == []


def test_the_share_across_is_that_of_scikit_learn():
    from sklearn.neighbors import NearestNeighbors

    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, (40, 3)), rng.normal(0.7, 1, (40, 3))
    both, second = np.concatenate([a, b]), np.arange(80) >= 40
    rows = NearestNeighbors(n_neighbors=10).fit(both).kneighbors(return_distance=False)
    expected = (second[rows] != second[:, None]).mean(axis=1)
    np.testing.assert_allclose(neighbours_across(a, b), expected, atol=1e-6)


def test_a_category_of_two_kinds_of_things_is_split_with_the_words_of_each():
    members, names = shop(
        (("Other",), 0, 40, "umbrella"), (("Other",), 1, 30, "candle"), (("Boots",), 2, 60, "boots")
    )
    (split,) = find_splits(members, names)
    assert members.paths[split.category] == ("Other",)
    assert sorted(split.sizes) == [30, 40]
    assert {words[0] for words in split.words} == {"umbrella", "candle"}
    assert split.across == 0.0
    for words, examples in zip(split.words, split.examples, strict=True):
        assert all(words[0] in names[row] for row in examples)


def test_one_round_cloud_is_no_two_lumps():
    members, names = shop((("Boots",), 0, 300, "boots"), (("Bags",), 1, 300, "bag"))
    assert find_splits(members, names) == []


def test_a_category_that_hangs_elsewhere_is_nearest_to_another_branch():
    groups = [
        (("Home", "Lamps"), 0, 9, "lamp"),
        (("Home", "Bulbs"), 0, 9, "bulb"),
        (("Toys", "Night lights"), 0, 9, "light"),
        (("Toys", "Balls"), 1, 9, "ball"),
        (("Toys", "Marbles"), 1, 9, "marble"),
    ]
    members, _ = shop(*groups)
    moves = find_moves(members)
    assert members.paths[moves[0].category] == ("Toys", "Night lights")
    assert members.paths[moves[0].nearest][0] == "Home"
    assert moves[0].similarity > 0.9 > moves[0].beside_similarity
    assert same_branch_share(members) < 1.0


def test_a_single_category_has_neither_merges_nor_reviews():
    members, names = shop((("Boots",), 0, 40, "boots"))
    found = find_disagreement(members, names)
    assert (found.merges, found.moves, found.reviews, found.reviews_found) == ((), (), (), 0)


def test_categories_of_three_products_stop_nothing():
    members, names = shop((("A",), 0, 3, "a"), (("B",), 1, 3, "b"))
    assert find_disagreement(members, names).splits == ()
