import pytest

from prodcat.search.duplicates.near_names import near_names, one_slip


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("sandal", "sandel", True),  # another letter
        ("cricket", "crickt", True),  # one missing
        ("collecte", "collect", True),  # one too many, at the end
        ("leather", "laether", True),  # two swapped
        ("leather", "leather", False),
        ("kurta", "kurti", True),
        ("toaster", "coaster", False),  # the first letter
        ("men", "man", False),  # too short
        ("flats", "heels", False),
        ("a1234", "a1235", False),  # numbers are no slips
        ("sandal", "sandalen", False),
    ],
)
def test_a_slip_is_one_letter_of_a_long_word(a, b, expected):
    assert one_slip(a, b) == one_slip(b, a) == expected


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("nike men shirt", "nike men shirts"),
        ("nike men shirt", "men nike shirt"),
        ("nike men t shirt", "nike men tshirt"),
        ("nike men leather boot", "nike men lether boots"),
    ],
)
def test_near_names_are_paired(a, b):
    assert (0, 1) in set(near_names([a, b]))


def test_men_and_women_are_not():
    assert list(near_names(["puma men shoes", "puma women shoes", "puma men socks"])) == []


def test_a_word_that_varies_everywhere_is_no_slip():
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = [f"lakme lipstick shade{a}{b}" for a in letters for b in letters[:5]]
    assert list(near_names(names)) == []
