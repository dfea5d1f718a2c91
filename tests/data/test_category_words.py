import doctest

import pytest

from prodcat.data import category_words as module
from prodcat.data.category_words import category_words, remove_words

NAMES = [
    "Men",
    "Women",
    "Boys",
    "Children",
    "Apparel",
    "Casual Shoes",
    "Tshirts",
    "Flip Flops",
    "Dresses",
    "Watches",
    "Scarves",
    "Gloves",
    "Accessories",
    "Booties",
    "Caps",
    "Loungewear and Nightwear",
]
WORDS = category_words(NAMES)


def test_the_examples_are_right():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    "word",
    [
        *("Men", "MEN", "man", "Mens", "Men's", "men’s", "Woman", "Womens", "Boys'", "boy's"),
        *("Child", "children's", "shoe", "SHOES", "casual", "dress", "Dresses", "watch"),
        *("scarf", "glove", "accessory", "bootie", "cap", "and", "flip", "Flop", "flipflop"),
        *("Tshirt", "tshirts", "T-Shirt", "t-shirts", "T Shirt", "t shirts", "slip-shoe"),
    ],
)
def test_a_category_word_is_removed_however_it_is_written(word):
    assert remove_words(f"Puma {word} Blue", WORDS) == "Puma Blue"
    assert remove_words(word, WORDS) == ""


@pytest.mark.parametrize(
    "word",
    ["Mango", "cape", "glow", "Manly", "shoelace", "Shirt", "tee", "wear", "sari", "T", "2-in-1"],
)
def test_other_words_stay(word):
    assert remove_words(f"Puma {word} Men", WORDS) == f"Puma {word}"


def test_words_are_the_same_in_a_tree_of_singulars():
    words = category_words(["Shoe", "Dress", "Watch", "Scarf", "Man", "T-Shirt", "Accessory"])
    assert remove_words("Mens Shoes Dresses Watches Scarves Tshirts Accessories", words) == ""


def test_the_rest_keeps_its_spelling_and_punctuation():
    name = "Reid & Taylor Men's (Pack of 2), U.S. Polo  Tshirts - 3/4 Blue"
    assert remove_words(name, WORDS) == "Reid & Taylor (Pack of 2), U.S. Polo - 3/4 Blue"


def test_punctuation_alone_is_no_name():
    assert remove_words("Men - Shoes!", WORDS) == ""
    assert remove_words("Men - Shoes 7", WORDS) == "- 7"


def test_words_of_other_alphabets_are_compared_whatever_their_case():
    words = category_words(["Обувь", "Ärmel"])
    assert remove_words("ОБУВЬ Rot ärmel", words) == "Rot"


def test_words_apart_are_not_one_across_punctuation():
    assert remove_words("Model T, shirt red", category_words(["Tshirts"])) == "Model T, shirt red"
    assert remove_words("Model T shirt red", category_words(["Tshirts"])) == "Model red"


def test_a_tree_without_names_removes_nothing():
    assert remove_words("Men  Shoes", category_words([])) == "Men Shoes"
