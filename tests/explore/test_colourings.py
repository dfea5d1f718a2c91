from dataclasses import replace

import numpy as np
import pytest

from prodcat.errors import AnalyzeError
from prodcat.explore.catalogue import Catalogue
from prodcat.explore.colourings import by_answer, by_level, by_text, colourings, sorted_by_size
from tests.analyze.run_files import Answered, write_run


def catalogue(paths, **changes):
    count = len(paths)
    plain = Catalogue(
        title="Shop",
        ids=[f"shop:{i}" for i in range(count)],
        names=[f"product {i}" for i in range(count)],
        descriptions=[""] * count,
        paths=paths,
        pictures=[None] * count,
        has_picture=np.zeros(count, bool),
        prices=np.full(count, np.nan),
        total=count,
    )
    return replace(plain, **changes)


def groups(colouring):
    return [None if c < 0 else colouring.names[c] for c in colouring.codes.tolist()]


def test_each_level_groups_by_the_path_down_to_it():
    levels = list(by_level(catalogue([("A", "x"), ("A", "y"), ("B",), None])))
    assert [level.name for level in levels] == ["category, level 1", "category, level 2"]
    assert groups(levels[0]) == ["A", "A", "B", None]
    assert groups(levels[1]) == ["A > x", "A > y", "B", None]


def test_the_largest_group_is_first():
    sorted_ = sorted_by_size(by_text("source", ["a", "b", "b", None]))
    assert sorted_.names == ("b", "a")
    assert groups(sorted_) == ["a", "b", "b", None]


def test_columns_and_prices_that_group_products_are_partitions():
    shop = catalogue(
        [("A",)] * 40,
        columns={
            "brand": ["Acme", "Doric"] * 20,
            "one": ["x"] * 40,
            "key": list(map(str, range(40))),
        },
        numbers={"stars": np.arange(40.0)},
        prices=np.arange(40.0),
    )
    names = [partition.name for partition in colourings(shop, None)]
    assert names == ["price", "stars", "brand"]


def test_without_anything_to_colour_by_one_partition_is_left():
    assert [p.name for p in colourings(catalogue([None] * 3), None)] == ["parts"]


def test_parts_tell_what_is_missing():
    shop = catalogue([None] * 3, names=["a", "", "b"], descriptions=["text", "", ""])
    parts = next(p for p in colourings(shop, None) if p.name == "parts")
    assert groups(parts) == ["name + description", "nothing", "name"]


def test_a_folder_that_is_no_run_is_told(tmp_path):
    with pytest.raises(AnalyzeError, match="incomplete"):
        by_answer(catalogue([("A",)]), tmp_path)


def answered(probs, labels, ids):
    return Answered(np.array(probs), np.array(labels), ids=ids)


def test_answers_are_right_wrong_or_withheld(tmp_path):
    # Of Bags, Shoes > Boots and Shoes > Clogs; answered from 0.6 on.
    test = answered(
        [[0.9, 0.05, 0.05], [0.9, 0.05, 0.05], [0.4, 0.35, 0.25]],
        [0, 1, 0],
        ["shop:0", "shop:1", "shop:2"],
    )
    run = write_run(tmp_path / "run", test=test, val=test, thresholds={0.95: 0.6, 0.98: 0.6})
    shop = catalogue([("Bags",), ("Shoes", "Boots"), ("Bags",), ("Bags",)])

    verdict, answer = by_answer(shop, run)

    assert groups(verdict) == ["right", "wrong", "abstained", None]
    assert groups(answer) == ["Bags", "Bags", None, None]
    assert verdict.tones["wrong"] == "bad"


def test_a_run_of_other_products_is_told(tmp_path):
    test = answered([[0.9, 0.05, 0.05]], [0], ["other:0"])
    run = write_run(tmp_path / "run", test=test, val=test, thresholds={0.95: 0.6, 0.98: 0.6})
    with pytest.raises(AnalyzeError, match="None of the products"):
        by_answer(catalogue([("Bags",)]), run)
