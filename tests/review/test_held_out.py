import numpy as np
import pytest

from prodcat.review.held_out import answer_by_words, split_folds


def test_products_of_a_group_are_in_one_fold_and_folds_of_one_size():
    groups = [None if place % 4 == 0 else f"g{place // 7}" for place in range(400)]
    folds = split_folds(groups)
    by_group = {}
    for group, fold in zip(groups, folds, strict=True):
        if group is not None:
            by_group.setdefault(group, set()).add(int(fold))
    assert {len(found) for found in by_group.values()} == {1}
    assert np.bincount(folds).max() - np.bincount(folds).min() <= 7
    assert not np.array_equal(folds, split_folds(groups, seed=1))


def test_words_say_what_the_other_folds_know_of_them():
    texts = ["red boots", "blue boots", "black boots", "red bag", "blue bag", "tote bag"]
    labels = np.array([0, 0, 0, 1, 1, 1])
    folds = np.array([0, 1, 2, 0, 1, 2])
    found = np.concatenate(list(answer_by_words(texts, labels, folds, classes=3)))
    # Fold by fold: boots, bag, boots, bag, boots, bag. Nothing is of the third category.
    assert found.argmax(axis=1).tolist() == [0, 1, 0, 1, 0, 1]
    assert (found[:, 2] < -20).all()
    assert np.exp(found).sum(axis=1) == pytest.approx(np.ones(6), abs=1e-4)


@pytest.mark.parametrize("texts", [["", "", "", ""], ["a", "b", "c", "d"], ["!", "?", " ", "-"]])
def test_names_without_a_shared_word_say_how_frequent_categories_are(texts):
    labels, folds = np.array([0, 0, 0, 1]), np.array([0, 1, 0, 1])
    first, second = answer_by_words(texts, labels, folds, classes=2)
    # Of the second fold both, of the first one only one category.
    assert first == pytest.approx(np.log(np.full((2, 2), 0.5)))
    assert second[:, 1].tolist() == pytest.approx([-30.0, -30.0])


def test_products_without_a_label_are_answered_and_not_learnt():
    texts = ["boots", "boots", "bag", "bag", "bag"]
    labels, folds = np.array([0, -1, 1, 1, -1]), np.array([0, 1, 0, 1, 0])
    blocks = list(answer_by_words(texts, labels, folds, classes=2))
    assert [len(block) for block in blocks] == [3, 2]
    assert blocks[1][0].argmax() == 0
