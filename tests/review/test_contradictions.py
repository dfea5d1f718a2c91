"""Suspicions from near-duplicates with contradicting labels."""

import numpy as np

from prodcat.review.contradictions import contradicting
from prodcat.review.judging import JudgedLabels
from prodcat.search.duplicates.records import SEVERAL, DuplicateGroup, Duplicates, Member

CATEGORIES = ["Boots", "Flats", "Heels"]


def member(number, name, category, *, twin=None, evidence=("name",)):
    return Member(number, str(number), name, (category,), evidence, twin)


def found(*members, wrong=None, twins=False):
    group = DuplicateGroup(tuple(members), SEVERAL, True, twins)
    labels = np.array([CATEGORIES.index(each.category[0]) for each in members])
    zeros = np.zeros(len(members))
    judged = JudgedLabels(
        zeros, np.array(wrong or zeros), zeros, labels, zeros, rate=0.0, labels=labels
    )
    place = {each.id: number for number, each in enumerate(members)}
    listed = Duplicates(len(members), (group,), 0, {}, (), 0)
    return contradicting(listed, place, judged, CATEGORIES)


def test_the_label_that_the_fewest_have_is_asked_about():
    (one,) = found(
        member(0, "Jolie", "Flats"), member(1, "Jolie", "Boots"), member(2, "Jolie", "Flats")
    )
    assert (one.product_id, one.suggestion, one.alike) == ("1", "Flats", ())
    assert "3 products are one" in one.reason
    assert one.value > 0.7


def test_of_two_the_likelier_wrong_one_is_asked_about():
    (one,) = found(member(0, "Jolie", "Flats"), member(1, "Jolie", "Boots"), wrong=[0.9, 0.1])
    assert (one.product_id, one.suggestion) == ("0", "Boots")


def test_each_name_of_a_large_group_is_asked_about():
    suspicions = found(
        *(member(0, "Jolie red", "Flats"), member(1, "JOLIE  red", "Boots")),
        *(member(2, "Jolie blue", "Heels"), member(3, "Jolie blue", "Boots")),
        *(member(4, "Jolie green", "Boots"), member(5, "Jolie", "Boots")),
        wrong=[0.9, 0, 0.8, 0, 0, 0],
    )
    asked = {one.product_id: one for one in suspicions}
    assert asked.keys() == {"0", "2"}
    assert {one.suggestion for one in suspicions} == {"Boots"}
    assert "same name" in asked["2"].reason


def test_equal_products_come_before_those_of_one_name():
    (twin,) = found(
        member(0, "Jolie", "Flats", twin=1), member(1, "Jolie", "Boots", twin=1), twins=True
    )
    (alike,) = found(
        member(0, "Jolie", "Flats", evidence=("family",)),
        member(1, "Joly", "Boots", evidence=("family",)),
    )
    (name,) = found(member(0, "Jolie", "Flats"), member(1, "Jolie", "Boots"))
    assert twin.value > name.value > alike.value
