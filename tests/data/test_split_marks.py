import pytest

from prodcat.config import DataConfig
from prodcat.data.splits import choose_sides
from prodcat.errors import CorpusError
from tests.data.rows import row


def test_the_corpus_split_is_kept_with_its_other_names():
    sides = {
        "train": ["train", "Training", " TRAIN "],
        "val": ["val", "VALID", "validation", "dev"],
        "test": ["test", "TEST", "holdout", "Hold-out", "eval", "evaluation"],
        "": ["", " "],
    }
    pairs = [(mark, side) for side, marks in sides.items() for mark in marks]
    products = [row(str(i), name="Acme boots", split=mark) for i, (mark, _) in enumerate(pairs)]
    for split in ("corpus", "auto"):
        assert choose_sides(products, DataConfig(split=split)) == [side for _, side in pairs]


@pytest.mark.parametrize("marks", [["train", "eval"], ["train", "test", "Evaluation"]])
def test_an_evaluation_side_validates_where_no_other_does(marks):
    products = [row(str(i), name="Acme boots", split=mark) for i, mark in enumerate(marks)]
    assert choose_sides(products, DataConfig())[-1] == "val"


def test_an_error_names_the_commonest_values_and_what_is_accepted():
    marks = ["train"] * 3 + ["fold1"] * 2 + [f"part {i}" for i in range(9)] + ["x\x1b[31m" * 99]
    products = [row(str(i), split=mark) for i, mark in enumerate(marks)]
    with pytest.raises(CorpusError) as caught:
        choose_sides(products, DataConfig())
    message = str(caught.value)
    assert "no side: 'fold1' (2), 'part 0' (1), " in message
    assert " and 6 others. It may say train, training, val, " in message
    assert "\x1b" not in message
    assert "data.split=grouped" in message


@pytest.mark.parametrize("marks", [["0", "1", "2"], ["train", "val", "fold1"], ["train", "prod"]])
def test_a_value_that_is_no_side_is_an_error_with_the_values(marks):
    products = [row(str(i), name="Acme boots", split=mark) for i, mark in enumerate(marks)]
    with pytest.raises(CorpusError, match=rf"values that are no side: .*'{marks[-1]}' \(1\)"):
        choose_sides(products, DataConfig())
