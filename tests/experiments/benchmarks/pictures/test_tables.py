from experiments.benchmarks.pictures.effects import Change
from experiments.benchmarks.pictures.tables import CATEGORIES_SHOWN, PAIRS_SHOWN, categories, pairs

PATHS = [(f"Leaf {number}",) for number in range(40)]


def changed(key, without, given, *, n=20, p=None, significant=False):
    return Change(key, n, without, given, 0, 0, p=p, significant=significant)


def test_the_categories_that_gain_and_lose_most_are_shown():
    changes = [changed((leaf,), 20, leaf) for leaf in range(40)]
    shown = [row[0] for row in categories(changes, PATHS, "name").rows]
    gaining = [f"Leaf {leaf}" for leaf in range(39, 39 - CATEGORIES_SHOWN, -1)]
    losing = [f"Leaf {leaf}" for leaf in range(CATEGORIES_SHOWN - 1, -1, -1)]
    assert shown == gaining + losing


def test_a_category_that_does_not_change_is_not_shown():
    assert categories([changed((0,), 5, 5)], PATHS, "name").rows == []


def test_the_pairs_mixed_up_most_without_the_picture_come_first():
    changes = [changed((leaf, leaf + 1), leaf, 30) for leaf in range(30)]
    rows = pairs(changes, PATHS, "name").rows
    assert len(rows) == PAIRS_SHOWN
    assert rows[0] == ["Leaf 29 / Leaf 30", "29", "30", "+1", "–"]


def test_fewer_mix_ups_are_better_and_fewer_right_answers_worse():
    fewer = [changed((0, 1), 9, 0, p=0.004, significant=True), changed((1, 2), 0, 6, p=0.06)]
    assert "the 2 with" in pairs(fewer, PATHS, "name").note
    assert "1 better with the picture, 0 worse" in pairs(fewer, PATHS, "name").note
    assert "0 better with the picture, 1 worse" in categories(fewer, PATHS, "name").note


def test_without_mix_ups_there_is_no_pair():
    section = pairs([], PATHS, "name")
    assert section.rows == []
    assert section.note.startswith("0 mix-ups without the picture, 0 with it, in 0 pairs.")
