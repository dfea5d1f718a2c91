from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodcat.config import DataConfig
from prodcat.data.splits import choose_sides, group_products, normalise_name, split_groups, tied
from prodcat.errors import CorpusError
from tests.data.rows import row

LONG = "A description that is long enough to say which product this is, not just its brand."

words = st.sampled_from(["Nike", "nike", "Boots", "Red", "blue", "42", "M-10"])
rows = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.lists(words, max_size=3).map(" ".join),
            "description": st.sampled_from(["", "Free returns.", LONG, LONG.upper(), LONG + "!"]),
            "image_sha256": st.sampled_from([None, None, "a" * 64, "b" * 64]),
            "group_id": st.sampled_from(["", "", "g1", "g2"]),
        }
    ),
    max_size=12,
).map(lambda drawn: [row(f"shop:{i:03}", **fields) for i, fields in enumerate(drawn)])


def alike(a, b):
    """Whether two products must not be parted, said without the code under test's shortcuts."""
    return (
        bool(a.group_id and a.group_id == b.group_id)
        or bool(a.image_sha256 and a.image_sha256 == b.image_sha256)
        or bool(normalise_name(a.name) and normalise_name(a.name) == normalise_name(b.name))
        or (len(a.description) > 60 and a.description.lower() == b.description.lower())
    )


@settings(max_examples=50)
@given(rows)
def test_near_duplicates_never_cross(products):
    sides = split_groups(group_products(products), val_share=0.3, test_share=0.3)
    for (a, side), (b, other) in combinations(zip(products, sides, strict=True), 2):
        if alike(a, b):
            assert side == other


@settings(max_examples=50)
@given(rows)
def test_only_what_hangs_together_is_a_group(products):
    groups = group_products(products)
    reached = {i: {i} for i in range(len(products))}
    for _ in products:
        for i, j in combinations(range(len(products)), 2):
            if alike(products[i], products[j]):
                reached[i] |= reached[j]
                reached[j] |= reached[i]
    for i, j in combinations(range(len(products)), 2):
        assert (groups[i] == groups[j]) == (j in reached[i])


def test_products_hang_together_through_others():
    products = [
        row("1", name="Acme boots", image_sha256="a" * 64),
        row("2", name="Doric shoes"),
        row("3", name="Ember clogs", image_sha256="a" * 64, group_id="g"),
        row("4", name="Doric shoes", group_id="g"),
    ]
    assert len(set(group_products(products))) == 1


@pytest.mark.parametrize(
    ("name", "normalised"),
    [
        ("Acme Boots", "acme boots"),
        ("ACME boots, navy-blue 38", "acme boots"),
        ("Acme Boots XT5", "acme boots"),
        ("Rot-Weiß Schuhe", "rot weiß schuhe"),
        ("Red 42", ""),
        ("", ""),
    ],
)
def test_a_name_loses_colours_numbers_and_case(name, normalised):
    assert normalise_name(name) == normalised


def test_short_descriptions_and_empty_names_join_nothing():
    products = [row(str(i), name="Red", description="Free returns.") for i in range(4)]
    assert len(set(group_products(products))) == 4


def test_the_shares_are_about_what_was_asked_for():
    sides = Counter(split_groups([str(i) for i in range(4000)], val_share=0.1, test_share=0.2))
    assert 340 <= sides["val"] <= 460
    assert 700 <= sides["test"] <= 900
    assert sides["train"] == 4000 - sides["val"] - sides["test"]


def test_a_group_keeps_its_side_whatever_else_there_is():
    few = dict(zip("abc", split_groups(list("abc"), 0.3, 0.3), strict=True))
    names = [str(i) for i in range(90)] + list("cba")
    many = dict(zip(names, split_groups(names, 0.3, 0.3), strict=True))
    assert {group: many[group] for group in "abc"} == few


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


def test_without_validation_products_some_of_train_become_it(caplog):
    products = [
        row(
            f"shop:{i}",
            name=f"{chr(97 + i % 26)}{chr(97 + i // 26)}x",
            split="test" if i % 4 == 0 else "Train",
        )
        for i in range(400)
    ]
    sides = choose_sides(products, DataConfig(val_share=0.2))
    assert Counter(sides)["test"] == 100
    assert all(side == "test" for side, p in zip(sides, products, strict=True) if p.split == "test")
    assert 54 <= Counter(sides)["val"] <= 66
    assert "marks no validation products; " in caplog.text


@pytest.mark.parametrize("marks", [["0", "1", "2"], ["train", "val", "fold1"], ["train", "prod"]])
def test_a_value_that_is_no_side_is_an_error_with_the_values(marks):
    products = [row(str(i), name="Acme boots", split=mark) for i, mark in enumerate(marks)]
    with pytest.raises(CorpusError, match=rf"values that are no side: .*'{marks[-1]}' \(1\)"):
        choose_sides(products, DataConfig())


SHIPPING = "Free shipping on all orders over fifty euros, and free returns within thirty days."


@pytest.mark.parametrize(
    "fields", [{"description": SHIPPING}, {"image_sha256": "f" * 64}, {"group_id": "default"}]
)
def test_what_most_of_a_shop_shares_does_not_tie(fields, caplog):
    products = [
        row(
            f"shop:{i}",
            name=f"{chr(97 + i % 26)}{chr(97 + i // 26)}x",
            **(fields if i % 5 < 3 else {}),
        )
        for i in range(340)
    ]
    sides = Counter(choose_sides(products, DataConfig(val_share=0.1, test_share=0.1)))
    assert abs(sides["val"] / 340 - 0.1) <= 0.02
    assert abs(sides["test"] / 340 - 0.1) <= 0.02
    assert "is shared by 204 of 340 products" in caplog.text


def test_a_family_of_variants_that_is_half_the_shop_does_not_tie(caplog):
    products = [
        row(f"shop:{i}", name=f"Acme shirt {i}" if i % 2 else f"{chr(97 + i % 26)}{i // 26 * 'z'}q")
        for i in range(300)
    ]
    sides = Counter(choose_sides(products, DataConfig(val_share=0.1, test_share=0.1)))
    assert all(abs(sides[side] / 300 - 0.1) <= 0.02 for side in ("val", "test"))
    assert "The same name is shared by 150 of 300" in caplog.text


def test_what_hangs_together_through_others_is_cut_before_it_fills_a_side(caplog):
    chain = [
        row(
            f"shop:{i}",
            name=f"n{chr(97 + i // 2 % 26)}{'q' * (i // 52)}",
            group_id=f"g{(i + 1) // 2}",
        )
        for i in range(400)
    ]
    config = DataConfig(val_share=0.1, test_share=0.1)
    groups = Counter(tied(chain, config))
    assert max(groups.values()) <= 20
    assert "ties between products are cut" in caplog.text


@pytest.mark.parametrize("count", [100, 150, 340, 1000])
def test_shares_are_within_two_points_of_what_is_asked(count):
    for salt in range(8):
        groups = [f"{salt}:{i // 2}" for i in range(count)]
        sides = Counter(split_groups(groups, val_share=0.1, test_share=0.15))
        assert abs(sides["val"] / count - 0.1) <= 0.02
        assert abs(sides["test"] / count - 0.15) <= 0.02


def test_another_validation_share_moves_no_product_into_the_test():
    groups = [str(i) for i in range(137)]
    tests = [
        [side == "test" for side in split_groups(groups, val_share=share, test_share=0.1)]
        for share in (0.05, 0.1, 0.4)
    ]
    assert tests[0] == tests[1] == tests[2]


def test_a_grouped_split_asks_nobody_else():
    products = [
        row(f"shop:{i}", name=f"{chr(97 + i)}{chr(98 + i)} x", split="test") for i in range(20)
    ]
    sides = choose_sides(products, DataConfig(split="grouped", val_share=0.4, test_share=0.2))
    assert set(sides) == {"train", "val", "test"}
    assert sides == choose_sides(
        products, DataConfig(split="grouped", val_share=0.4, test_share=0.2)
    )


def test_without_a_split_of_its_own_the_corpus_gets_one():
    products = [
        row(f"shop:{i}", name=f"{chr(97 + i)}{chr(98 + i)} x", split=" ") for i in range(20)
    ]
    auto = choose_sides(products, DataConfig(val_share=0.4))
    assert auto == choose_sides(products, DataConfig(split="grouped", val_share=0.4))
    assert "" not in auto


def test_a_corpus_without_a_split_cannot_give_one():
    with pytest.raises(CorpusError, match="no product of the corpus is marked train, val or test"):
        choose_sides([row("1", split="")], DataConfig(split="corpus"))


@pytest.mark.parametrize(("there", "lacks"), [("test", "train"), ("val", "train")])
def test_a_side_that_is_needed_must_have_products(there, lacks):
    with pytest.raises(CorpusError, match=f"No product is on the side '{lacks}'.* among 2 with"):
        choose_sides([row("1", split=there), row("2", split="test")], DataConfig())
