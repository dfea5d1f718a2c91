import numpy as np
import pytest

from prodcat.corpus.store import Corpus
from prodcat.errors import ConfigError, InputError
from prodcat.search.duplicates import DuplicateSettings, Member, find_duplicates
from prodcat.search.duplicates.finding import judge
from prodcat.search.duplicates.records import ONE_PICTURE, ONE_TEXT, TWICE, VARIANTS
from tests.search.duplicates.shop import TEXT, picture, write_shop


def find(folder, rows, settings=None, vectors=None, **pictures):
    file = write_shop(folder, rows, **pictures)
    return find_duplicates(file, settings=settings, vectors=vectors)


def ids(found):
    return [[member.id for member in group.members] for group in found.groups]


def test_a_product_entered_twice_is_told_as_that(tmp_path):
    rows = [
        ("1", "Nike Men Trail Boots", TEXT, "Shoes > Boots", "a.jpg"),
        ("2", "Puma Women Socks", "", "Socks", ""),
        ("3", "nike men  trail boots", TEXT, "Shoes > Boots", "a.jpg"),
    ]
    found = find(tmp_path, rows, a=picture(1))
    (group,) = found.groups
    assert (ids(found), group.meaning, group.contradicting) == ([["1", "3"]], TWICE, False)
    assert [member.twin for member in group.members] == [1, 1]
    assert list(group.evidence) == ["picture", "description", "name", "family"]


def test_colours_and_sizes_are_variants_and_not_twins(tmp_path):
    rows = [
        ("1", "Nike Men Blue Boots 42", "", "", "a.jpg"),
        ("2", "Nike Men Red Boots 43", "", "", "b.jpg"),
    ]
    (group,) = find(tmp_path, rows, a=picture(1), b=picture(2)).groups
    assert group.meaning == VARIANTS
    assert [member.twin for member in group.members] == [None, None]


def test_one_picture_and_one_text_say_so(tmp_path):
    rows = [
        ("1", "Nike Trail Boots", "", "", "a.jpg"),
        ("2", "Nike Winter Shoe", "", "", "a.jpg"),
        ("3", "Puma City Bag", TEXT, "", ""),
        ("4", "Puma Large Tote", TEXT, "", ""),
        ("5", "Asics Large Tote", TEXT, "", ""),
    ]
    found = find(tmp_path, rows, a=picture(1))
    assert ids(found) == [["1", "2"], ["3", "4"]]
    assert [group.meaning for group in found.groups] == [ONE_PICTURE, ONE_TEXT]


def test_a_picture_saved_anew_ties_products_of_one_maker(tmp_path):
    rows = [
        ("1", "Nike Trail Boots", "", "", "a.jpg"),
        ("2", "Nike Winter Shoe", "", "", "b.jpg"),
        ("3", "Puma Winter Hat", "", "", "c.jpg"),
    ]
    again, third = picture(1, quality=70), picture(1, quality=60)
    found = find(tmp_path, rows, a=picture(1), b=again, c=third)
    assert ids(found) == [["1", "2"]]
    assert list(found.groups[0].evidence) == ["alike picture"]


def test_contradicting_labels_come_first_and_are_marked(tmp_path):
    rows = [
        *((str(i), f"Nike Men Boots {i}", "", "Shoes > Boots", "") for i in range(5)),
        ("7", "Puma City Bag", "", "Bags", ""),
        ("8", "Puma City Bag", "", "Shoes", ""),
        ("9", "Puma City Bag 9", "", "Bags > Totes", ""),
        ("10", "Puma City Bag 10", "", "Bags", ""),
    ]
    first, second = find(tmp_path, rows).groups
    assert first.contradicting
    assert [m.id for m in first.members if m.label_differs] == ["8"]
    assert not second.contradicting
    assert len(second.members) == 5


def test_equal_products_that_contradict_come_before_larger_groups(tmp_path):
    rows = [
        *((str(i), f"Nike Men Boots {i}", "", "Shoes" if i else "Bags", "") for i in range(5)),
        ("8", "Puma City Bag", "", "Shoes", ""),
        ("9", "Puma City Bag", "", "Bags", ""),
    ]
    first, second = find(tmp_path, rows).groups
    assert (first.twins_contradict, [m.id for m in first.members]) == (True, ["8", "9"])
    assert (second.twins_contradict, second.contradicting) == (False, True)


def test_a_category_within_another_contradicts_nothing():
    members = [Member(1, "", "", path, ("name",)) for path in (("A",), ("a", "B"), ())]
    assert not judge(members).contradicting


def test_the_same_id_twice_is_found_whatever_the_rest(tmp_path):
    found = find(tmp_path, [("1", "Nike Boots", "", "", ""), ("1", "Puma Socks", "", "", "")])
    assert found.groups[0].meaning == TWICE


def test_products_without_anything_are_in_no_group(tmp_path):
    rows = [(str(i), "", "", "", "") for i in range(4)]
    found = find(tmp_path, rows)
    assert (found.products, found.groups) == (4, ())


@pytest.mark.parametrize("products", [0, 1])
def test_none_and_one_have_no_duplicates(tmp_path, products):
    found = find(tmp_path, [("1", "Nike Boots", "", "", "")][:products])
    assert (found.products, found.groups) == (products, ())


def test_a_broken_picture_stops_nothing(tmp_path):
    rows = [
        ("1", "Nike Trail Boots", "", "", "a.jpg"),
        ("2", "Nike Trail Boots", "", "", "b.jpg"),
    ]
    found = find(tmp_path, rows, a=b"broken", b=picture(1))
    assert ids(found) == [["1", "2"]]
    assert sum(found.problems.values()) == 1


def test_a_placeholder_ties_none_and_is_told(tmp_path):
    makers = ("Nike", "Puma", "Asics", "Lotto", "Fila", "Reebok")
    rows = [(str(i), f"{maker} shoe", "", "", "a.jpg") for i, maker in enumerate(makers)]
    found = find(tmp_path, [*rows, ("9", "Nike shoe 9", "", "", "a.jpg")], a=picture(1))
    assert ids(found) == [["0", "9"]]
    assert list(found.groups[0].evidence) == ["family"]
    assert [(c.kind, c.example, c.products) for c in found.cut] == [("picture", "0", 7)]


def test_only_what_is_asked_for_counts(tmp_path):
    rows = [("1", "Nike Trail Boots", TEXT, "", ""), ("2", "Nike Trail Boots 2", TEXT, "", "")]
    found = find(tmp_path, rows, DuplicateSettings(by=("description",)))
    assert list(found.groups[0].evidence) == ["description"]


def test_embeddings_tie_what_nothing_else_does(tmp_path):
    rows = [("1", "Nike Boots", "", "", ""), ("2", "Stiefel", "", "", ""), ("3", "Hat", "", "", "")]
    vectors = np.array([[1, 0, 0], [1, 0.01, 0], [0, 0, 1]], np.float32)
    found = find(tmp_path, rows, vectors=vectors)
    assert ids(found) == [["1", "2"]]
    with pytest.raises(InputError, match="needs one row"):
        find(tmp_path, rows, vectors=vectors[:2])


@pytest.mark.parametrize(
    "change",
    [{"by": ("price",)}, {"by": ()}, {"most": 1}, {"most_near": 1}, {"most_bits": 9}],
)
def test_settings_that_do_not_fit_are_refused(tmp_path, change):
    with pytest.raises(ConfigError):
        find(tmp_path, [("1", "Nike Boots", "", "", "")], DuplicateSettings(**change))


def test_a_corpus_is_read_as_it_is_and_not_written(toy_corpus):
    before = toy_corpus.read_bytes()
    found = find_duplicates(toy_corpus)
    with Corpus.open(toy_corpus, read_only=True) as corpus:
        assert found.products == corpus.count()
    # Each twelfth product of the drawn shop repeats one in another shade, with its picture.
    assert sum("picture" in group.evidence for group in found.groups) >= 15
    assert any(group.contradicting for group in found.groups)
    assert toy_corpus.read_bytes() == before
