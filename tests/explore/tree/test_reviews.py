from prodcat.explore.tree.reviews import find_reviews
from tests.explore.tree.test_disagreement import shop


def test_a_wrong_label_is_first_for_review():
    members, _ = shop((("Boots",), 0, 40, "boots"), (("Bags",), 1, 40, "bag"))
    members.vectors[5] = members.vectors[50]
    reviews, count = find_reviews(members)
    assert count == 1
    assert reviews[0].product == 5
    assert members.paths[reviews[0].other] == ("Bags",)
    assert reviews[0].neighbours == 10
    assert reviews[0].similarity < 0.2 < 0.9 < reviews[0].other_similarity


def test_a_product_does_not_speak_for_itself_in_a_small_category():
    # Of three, the wrong one is a third of the mean that it would be held against.
    members, _ = shop((("Boots",), 0, 2, "b"), (("Boots",), 1, 1, "b"), (("Bags",), 1, 30, "bag"))
    reviews, _ = find_reviews(members)
    assert reviews[0].product == 2
    assert reviews[0].similarity < 0.2
