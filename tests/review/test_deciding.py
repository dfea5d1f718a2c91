"""Decisions: kept at once, said twice they count once, and none over another's."""

import pytest

from prodcat.corpus.corrections import Correction, correct, decisions_of, history, in_force, undo
from prodcat.errors import DecidedError, InputError
from prodcat.review import deciding
from prodcat.review.deciding import decide
from prodcat.review.progress import progress
from prodcat.review.queue import card_of, fill, is_asked_twice, take
from tests.review.shop import BAGS, BOOTS, SANDALS, open_shop, suspect


@pytest.fixture
def corpus(tmp_path):
    with open_shop(tmp_path / "shop.db", 30) as opened:
        fill(opened, [suspect(1, alike=("a:2", "a:3")), suspect(4), suspect(2, value=0.1)])
        yield opened


def category(corpus, number=1):
    return decisions_of(corpus, [f"a:{number}"]).get(f"a:{number}", "undecided")


@pytest.mark.parametrize(
    ("verdict", "given", "expected"),
    [
        ("keep", None, BAGS),
        ("suggestion", None, BOOTS),
        ("other", SANDALS, SANDALS),
        ("none", None, None),
    ],
)
def test_a_verdict_becomes_a_decision_with_who_why_and_what_was_said(
    corpus, verdict, given, expected
):
    decide(corpus, "ana", "a:1", verdict, given)
    (kept,) = history(corpus)
    assert (kept.category_id, kept.who) == (expected, "ana")
    assert (kept.asked, kept.said, kept.said_probability) == ("It looks like boots.", BOOTS, 0.9)
    assert category(corpus) == expected


def test_a_skip_decides_nothing(corpus):
    decide(corpus, "ana", "a:1", "skip")
    assert list(history(corpus)) == []
    assert progress(corpus).left == 3


@pytest.mark.parametrize(
    ("product", "verdict", "given", "said"),
    [
        ("a:9", "keep", None, "no card"),
        ("a:1", "maybe", None, "no verdict"),
        ("a:1", "other", None, "no such category"),
        ("a:1", "other", "Hats", "no category 'Hats'"),
        ("a:1", "keep", BOOTS, "no such category"),
    ],
)
def test_a_verdict_that_does_not_fit_is_refused(corpus, product, verdict, given, said):
    with pytest.raises(InputError, match=said):
        decide(corpus, "ana", product, verdict, given)
    assert list(history(corpus)) == []


def test_there_is_nothing_to_keep_of_a_product_without_label_nor_to_take_without_suggestion(
    corpus,
):
    corpus.db.execute("update products set category_id = null where id = 'a:5'")
    fill(corpus, [suspect(5, suggestion=None, probability=None)])
    for verdict in ("keep", "suggestion"):
        with pytest.raises(InputError, match="has no category"):
            decide(corpus, "ana", "a:5", verdict)


def test_another_s_decision_is_not_overwritten(corpus):
    decide(corpus, "ana", "a:4", "suggestion")
    with pytest.raises(DecidedError, match="ana decided"):
        decide(corpus, "ben", "a:4", "keep")
    correct(corpus, [Correction("a:1", SANDALS, who="a table")])
    with pytest.raises(DecidedError, match="a table decided"):
        decide(corpus, "ben", "a:1", "keep")
    assert category(corpus, 4) == BOOTS


def test_the_same_said_again_changes_nothing_and_something_else_is_refused(corpus):
    first = decide(corpus, "ana", "a:1", "suggestion", alike=["a:2"])
    again = decide(corpus, "ana", "a:1", "suggestion", alike=["a:2"])
    assert (again.id, again.covered) == (first.id, first.covered)
    assert len(list(history(corpus))) == 2
    with pytest.raises(DecidedError, match="You decided"):
        decide(corpus, "ana", "a:1", "keep")


def test_near_duplicates_are_covered_but_not_those_that_were_decided_on(corpus):
    correct(corpus, [Correction("a:3", SANDALS, who="ben")])
    take(corpus, "ben")
    done = decide(corpus, "ana", "a:1", "suggestion", alike=["a:2", "a:3"])
    assert (done.covered, done.passed_over) == (("a:1", "a:2"), ("a:3",))
    assert [category(corpus, number) for number in (1, 2, 3)] == [BOOTS, BOOTS, SANDALS]
    assert take(corpus, "ben").product_id == "a:4"
    assert progress(corpus).left == 1


def test_what_is_no_near_duplicate_is_not_covered(corpus):
    with pytest.raises(InputError, match="no near-duplicate"):
        decide(corpus, "ana", "a:1", "suggestion", alike=["a:4"])
    assert list(history(corpus)) == []


def test_undo_takes_all_back_that_one_key_did_and_hands_the_card_back(corpus):
    decide(corpus, "ana", "a:4", "keep")
    decide(corpus, "ben", "a:1", "suggestion", alike=["a:2"])
    back = deciding.undo(corpus, "ben")
    assert back.covered == ("a:1", "a:2")
    assert [category(corpus, number) for number in (1, 2, 4)] == ["undecided", "undecided", BAGS]
    assert take(corpus, "ben").product_id == "a:1"
    assert deciding.undo(corpus, "ben") is None
    assert take(corpus, "eve").product_id == "a:2"
    decide(corpus, "ben", "a:1", "keep")
    assert category(corpus) == BAGS


def test_undo_said_again_takes_back_no_further_one(corpus):
    decide(corpus, "ana", "a:4", "keep")
    last = decide(corpus, "ana", "a:1", "keep")
    deciding.undo(corpus, "ana", last.id)
    deciding.undo(corpus, "ana", last.id)
    assert [one.product_id for one in in_force(history(corpus))] == ["a:4"]
    with pytest.raises(InputError, match="nothing of the number"):
        deciding.undo(corpus, "ben", last.id)


def test_undo_takes_a_skip_back(corpus):
    decide(corpus, "ana", "a:4", "keep")
    decide(corpus, "ana", "a:1", "skip")
    assert take(corpus, "ana").product_id == "a:2"
    assert deciding.undo(corpus, "ana").verdict == "skip"
    assert category(corpus, 4) == BAGS
    assert take(corpus, "ana").product_id == "a:1"


def test_what_was_taken_back_by_hand_is_open_again_and_not_taken_back_twice(corpus):
    done = decide(corpus, "ana", "a:4", "keep")
    (kept,) = history(corpus)
    undo(corpus, kept.id)
    deciding.undo(corpus, "ana", done.id)
    assert len(list(history(corpus))) == 2
    assert card_of(corpus, "a:4").state == 0


def test_the_label_to_keep_is_what_a_person_decided_on_before_the_card(corpus):
    correct(corpus, [Correction("a:7", SANDALS, who="ben")])
    fill(corpus, [suspect(7)])
    decide(corpus, "ana", "a:7", "keep")
    assert category(corpus, 7) == SANDALS


def test_progress_tells_who_did_how_much_and_where_two_agreed(tmp_path):
    twice = [number for number in range(200) if is_asked_twice(f"a:{number}")][:2]
    with open_shop(tmp_path / "shop.db", 200) as corpus:
        fill(corpus, [suspect(number) for number in (*twice, 0, 1)])
        for number in twice:
            decide(corpus, "ana", f"a:{number}", "suggestion")
        decide(corpus, "ana", "a:0", "skip")
        assert progress(corpus).second == 2
        decide(corpus, "ben", f"a:{twice[0]}", "suggestion")
        decide(corpus, "ben", f"a:{twice[1]}", "keep")
        now = progress(corpus, "ana")
    assert (now.done, now.left, now.second) == (2, 2, 0)
    assert now.people == {"ana": 2, "ben": 2}
    assert (now.twice, now.agreed) == (2, 1)
