import numpy as np

from prodcat.starting.overlap import Overlap
from prodcat.starting.pieces import Pieces, regress


def test_a_regression_on_pieces_finds_the_category_that_a_name_shares_words_with() -> None:
    names = ["boots", "blue boots", "bags", "red bags", "red", "blue"]
    tokens = {word: number for number, word in enumerate(["boots", "bags", "blue", "red"], 10)}
    ids = [[1, *(tokens[word] for word in name.split()), 2] for name in names]
    pieces = Pieces(ids)
    wanted = Overlap([("Shoes", "Boots"), ("Bags",)]).scores(names)
    found = pieces.matrix(ids) @ regress(pieces.matrix(ids), wanted)
    assert found[:4].argmax(axis=1).tolist() == [0, 0, 1, 1]


def test_what_no_category_and_few_products_have_gets_no_row() -> None:
    rare, often = [1, 30, 2], [1, 40, 2]
    pieces = Pieces([[1, 10, 2]], [rare, *[often] * 5])
    assert set(pieces.singles) == {10, 40}
    assert np.asarray(pieces.matrix([rare]).sum()) == 0


def test_categories_without_letters_share_nothing() -> None:
    assert Overlap([("!",), ("?",)]).scores(["boots"]).sum() == 0
