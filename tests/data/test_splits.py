from collections import Counter
from dataclasses import replace
from hashlib import sha256
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodcat.config import DataConfig
from prodcat.data.splits import (
    choose_sides,
    choose_split,
    group_products,
    most_tied,
    normalise_name,
    split_products,
)
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


def others(count, **fields):
    """Products that have nothing in common but these fields."""
    return [row(f"other:{i:05}", name=f"{letters(i)} lamp", **fields) for i in range(count)]


def letters(number):
    """A word of its own for each number; digits are no part of a normalised name."""
    return str(number).translate(str.maketrans("0123456789", "abcdefghij"))


def shares(sides):
    """Share of (val, test)."""
    return sides.count("val") / len(sides), sides.count("test") / len(sides)


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
    # Among many others no group is too large.
    everything = products + others(900)
    sides = split_products(everything, val_share=0.3, test_share=0.3).sides[: len(products)]
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


def test_without_validation_products_some_of_train_become_it():
    marked = [replace(p, split="Test") for p in others(400)[::4]]
    taught = [replace(p, split="TRAIN") for i, p in enumerate(others(400)) if i % 4]
    split = choose_split(marked + taught, DataConfig(val_share=0.2, test_share=0.1))
    assert split.sides[:100] == ["test"] * 100
    assert 54 <= split.sides.count("val") <= 66
    assert "test" not in split.sides[100:]
    [note] = split.notes
    assert note.startswith("The split column marks no validation products: ")
    assert note.endswith(" of its 300 training products are taken.")


def test_near_duplicates_stay_together_when_validation_is_taken_from_train():
    pairs = [row(f"{i:03}", name=f"{letters(i // 2)} mug", split="train") for i in range(200)]
    sides = choose_sides(pairs, DataConfig(val_share=0.2))
    assert sides[::2] == sides[1::2]


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


SHIPPING = "Free shipping on all orders over fifty euros, and free returns within thirty days."


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("description", {"description": SHIPPING}),
        ("picture", {"image_sha256": "f" * 64}),
        ("group", {"group_id": "default"}),
        ("name", {"name": "Acme shirt"}),
    ],
)
def test_what_most_of_a_shop_shares_does_not_tie(kind, fields):
    products = [replace(p, **(fields if i % 10 < 7 else {})) for i, p in enumerate(others(340))]
    split = choose_split(products, DataConfig(val_share=0.1, test_share=0.1))
    assert shares(split.sides) == pytest.approx((0.1, 0.1), abs=0.02)
    [note] = split.notes
    assert note.startswith(f"The same {kind} is shared by 238 of 340 products ('")
    assert note.endswith("), too many to keep on one side: it does not tie them.")


def test_other_keys_still_tie_where_one_does_not():
    pairs = [
        row(f"{i:03}", name=f"{letters(i // 2)} mug", description=SHIPPING) for i in range(300)
    ]
    sides = choose_sides(pairs, DataConfig(val_share=0.2, test_share=0.2))
    assert sides[::2] == sides[1::2]


def test_a_group_as_large_as_a_side_bears_still_ties():
    most = most_tied(300, 0.1)
    family = [row(f"f:{i}", name=f"Acme shirt {i}") for i in range(most)]
    split = choose_split(family + others(300 - most), DataConfig())
    assert len(set(split.sides[:most])) == 1
    assert split.notes == ()


def test_what_hangs_together_through_others_is_cut_before_it_fills_a_side():
    chain = [row(f"{i:03}", name=letters(i // 2), group_id=f"g{(i + 1) // 2}") for i in range(400)]
    groups = Counter(group_products(chain, most=16))
    assert len(set(group_products(chain))) == 1
    assert max(groups.values()) == 16
    split = choose_split(chain, DataConfig(val_share=0.1, test_share=0.1))
    assert shares(split.sides) == pytest.approx((0.1, 0.1), abs=0.02)
    [note] = split.notes
    assert "ties between products are cut: through others, too many" in note


def test_only_the_largest_of_many_cut_ties_are_told_one_by_one():
    products = [row(f"{i:03}", name=letters(i % 12)) for i in range(120)]
    split = choose_split(products, DataConfig())
    assert len(split.cut) == 12
    assert len(split.notes) == 11
    assert split.notes[-1] == "2 more are shared by too many, and do not tie."


def test_an_example_stays_on_one_line_and_is_short():
    text = "Free\nshipping\x1b[31m " + "and free returns " * 20
    products = [replace(p, description=text) for p in others(200)]
    [note] = choose_split(products, DataConfig()).notes
    assert "\n" not in note
    assert "\x1b" not in note
    assert len(note) < 200


@pytest.mark.parametrize("count", [100, 101, 137, 340, 1000])
@pytest.mark.parametrize("family", [1, 3, 4, 9])
@pytest.mark.parametrize(("val", "test"), [(0.1, 0.1), (0.13, 0.25), (0.05, 0.02), (0.2, 0)])
def test_shares_are_within_two_points_of_what_is_asked(count, family, val, test):
    for shop in range(3):
        products = [
            row(f"shop{shop}:{i:04}", name=f"{letters(i // family)} mug") for i in range(count)
        ]
        sides = split_products(products, val, test).sides
        assert shares(sides) == pytest.approx((val, test), abs=0.02 + 1e-9)


@pytest.mark.parametrize("count", [3, 6, 12, 30])
def test_small_corpora_have_products_on_each_side(count):
    assert set(split_products(others(count), 0.1, 0.1).sides) == {"train", "val", "test"}


@pytest.mark.parametrize("family", [1, 5, 12])
def test_another_validation_share_moves_no_product_into_the_test_or_out_of_it(family):
    products = [row(f"{i:03}", name=f"{letters(i // family)} mug") for i in range(300)]
    tests = [
        [side == "test" for side in split_products(products, share, 0.1).sides]
        for share in (0.02, 0.05, 0.1, 0.4)
    ]
    assert tests.count(tests[0]) == 4


def test_where_hashes_come_near_the_shares_they_alone_decide():
    products = others(4000)
    sides = split_products(products, 0.1, 0.2).sides
    for product, side in zip(products, sides, strict=True):
        place = int(sha256(product.id.encode()).hexdigest(), 16) / 2**256
        assert side == ("test" if place < 0.2 else "val" if place < 0.3 else "train")


def test_products_that_come_move_few_others():
    before = split_products(others(500), 0.1, 0.1).sides
    after = split_products(others(550), 0.1, 0.1).sides
    assert sum(a != b for a, b in zip(before, after, strict=False)) <= 20


def test_the_order_of_the_products_does_not_matter():
    products = others(150)
    sides = split_products(products, 0.1, 0.1).sides
    assert split_products(products[::-1], 0.1, 0.1).sides == sides[::-1]
