import numpy as np

from prodcat.explore.words import distinctive_words, words_of


def test_a_word_that_all_groups_share_sets_none_apart():
    names = ["Acme red boots", "Acme blue boots", "Acme long dress", "Acme short dress"]
    words = distinctive_words(names, np.array([0, 0, 1, 1]), count=2, most=2)
    assert [group[0] for group in words] == ["boots", "dress"]


def test_words_are_rated_as_by_hand():
    # A group has 3.5 words on average.
    names = ["a1 boots red", "boots red", "boots dress"]
    words = distinctive_words(names, np.array([0, 0, 1]), count=2, most=3)
    # Red 2/2 log(1 + 3.5/2) = 1.01, boots 2/2 log(1 + 3.5/3) = 0.77, a1 1/2 log(1 + 3.5/1) = 0.75.
    assert words[0] == ("red", "boots", "a1")
    assert words[1] == ("dress", "boots")


def test_a_rare_word_does_not_stand_for_a_group():
    names = ["boots"] * 9 + ["boots zanzibar"]
    assert distinctive_words(names, np.zeros(10, np.int64), count=1) == [("boots",)]


def test_plural_and_singular_are_one_word():
    names = ["watch", "watch", "watchs"]
    assert distinctive_words(names, np.zeros(3, np.int64), count=1) == [("watch",)]


def test_products_of_no_group_and_groups_of_no_product_stop_nothing():
    words = distinctive_words(["boots", "dress"], np.array([1, -1]), count=3)
    assert words == [(), ("boots",), ()]


def test_words_of_any_script_are_words():
    assert words_of("Кроссовки 42 мужские, 鞋子") == ["кроссовки", "мужские", "鞋子"]
