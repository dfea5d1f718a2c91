"""Cards are handed out to one person at a time, whoever asks and from wherever."""

import json
import subprocess
import sys
import threading
import time

import pytest

from prodcat.corpus.corrections import Correction, correct
from prodcat.corpus.store import Corpus
from prodcat.errors import InputError
from prodcat.review import queue
from prodcat.review.deciding import decide
from prodcat.review.queue import card_of, fill, is_asked_twice, take
from prodcat.review.suspicion import Suspicion
from tests.review.shop import BOOTS, open_shop, suspect

TAKER = """
import sys
from prodcat.corpus.store import Corpus
from prodcat.review.deciding import decide
from prodcat.review.queue import take
with Corpus.open(sys.argv[1], timeout_s=60) as corpus:
    while card := take(corpus, sys.argv[2]):
        print(card.product_id)
        decide(corpus, sys.argv[2], card.product_id, "suggestion")
"""


@pytest.fixture
def corpus(tmp_path):
    with open_shop(tmp_path / "shop.db", 30) as opened:
        yield opened


def ids(corpus, who, count, **more):
    return [card.product_id for _ in range(count) if (card := take(corpus, who, **more))]


def test_the_card_comes_first_that_a_look_brings_most_at(corpus):
    fill(corpus, [suspect(1, value=0.2), suspect(2, value=0.9), suspect(3, value=0.5)])
    in_hand = []
    while card := take(corpus, "ana", ahead=in_hand):
        in_hand.append(card.product_id)
    assert in_hand == ["a:2", "a:3", "a:1"]


def test_nobody_gets_what_another_holds_and_one_gets_one_s_own_again(corpus):
    fill(corpus, [suspect(1, value=0.9), suspect(2)])
    assert take(corpus, "ana").product_id == "a:1"
    assert take(corpus, "ben").product_id == "a:2"
    assert take(corpus, "eve") is None
    assert take(corpus, "ana").product_id == "a:1"


def test_a_card_that_nothing_is_heard_of_goes_to_another_and_activity_keeps_it(corpus, monkeypatch):
    fill(corpus, [suspect(1)])
    began = time.time()
    take(corpus, "ana")
    monkeypatch.setattr(queue.time, "time", lambda: began + queue.CLAIM_S - 1)
    take(corpus, "ana", ahead=["a:1"])
    monkeypatch.setattr(queue.time, "time", lambda: began + queue.CLAIM_S + 10)
    assert take(corpus, "ben") is None
    monkeypatch.setattr(queue.time, "time", lambda: began + 3 * queue.CLAIM_S)
    assert take(corpus, "ben").product_id == "a:1"


def test_what_was_skipped_comes_last_for_that_person_alone(corpus):
    fill(corpus, [suspect(1, value=0.9), suspect(2, value=0.5), suspect(3, value=0.1)])
    decide(corpus, "ana", "a:1", "skip")
    assert take(corpus, "ben").product_id == "a:1"
    decide(corpus, "ben", "a:1", "skip")
    for expected in ("a:2", "a:3", "a:1"):
        assert take(corpus, "ana").product_id == expected
        if expected != "a:1":
            decide(corpus, "ana", expected, "suggestion")


def test_what_was_decided_elsewhere_is_not_asked(corpus):
    fill(corpus, [suspect(1, value=0.9), suspect(2)])
    correct(corpus, [Correction("a:1", BOOTS, who="a table")])
    assert ids(corpus, "ana", 1) == ["a:2"]


def test_filling_replaces_its_kinds_alone_and_what_was_decided_before_is_asked_again(corpus):
    fill(corpus, [suspect(1), suspect(2, kind="poor")])
    decide(corpus, "ana", "a:1", "keep")
    assert fill(corpus, [suspect(1, reason="New evidence.")]) == 1
    assert card_of(corpus, "a:1").reason == "New evidence."
    assert card_of(corpus, "a:2").kind == "poor"
    assert take(corpus, "ana", ahead=["a:2"]).product_id == "a:1"
    assert fill(corpus, [], kinds=["label"]) == 0
    assert card_of(corpus, "a:1") is None


def test_a_product_that_is_gone_is_no_card(corpus):
    assert fill(corpus, [Suspicion("a:nowhere", "label", "Odd.", 0.5)]) == 0


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "odd"}, {"value": 1.5}, {"value": float("nan")}, {"probability": -0.1}],
)
def test_a_suspicion_that_makes_no_sense_is_refused(corpus, wrong):
    with pytest.raises(InputError):
        fill(corpus, [suspect(1, **wrong)])


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb", "\x1b[31m"])
def test_a_name_that_is_none_is_refused(corpus, name):
    with pytest.raises(InputError, match="name"):
        take(corpus, name)


def test_a_few_are_put_before_a_second_person_who_is_another(corpus):
    (twice, *_) = [number for number in range(1000) if is_asked_twice(f"a:{number}")]
    with open_shop(corpus.path.parent / "more.db", twice + 1) as more:
        fill(more, [suspect(twice), suspect(0, value=0.9)])
        decide(more, "ana", f"a:{twice}", "suggestion")
        assert take(more, "ben").product_id == f"a:{twice}"
        assert take(more, "ana").product_id == "a:0"
        decide(more, "ben", f"a:{twice}", "keep")
        assert take(more, "eve", ahead=["a:0"]) is None


def test_threads_never_get_the_same_card(tmp_path):
    with open_shop(tmp_path / "shop.db", 60) as corpus:
        fill(corpus, [suspect(number) for number in range(60)])
    taken = {}

    def work(who):
        with Corpus.open(tmp_path / "shop.db", timeout_s=60) as mine:
            ahead = []
            while card := take(mine, who, ahead=ahead):
                ahead.append(card.product_id)
            taken[who] = ahead

    threads = [threading.Thread(target=work, args=(f"person {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one for ahead in taken.values() for one in ahead) == sorted(
        f"a:{number}" for number in range(60)
    )


@pytest.mark.slow
def test_processes_never_decide_on_the_same_card(tmp_path):
    with open_shop(tmp_path / "shop.db", 100) as corpus:
        fill(corpus, [suspect(number) for number in range(100)])
    command = [sys.executable, "-c", TAKER, str(tmp_path / "shop.db")]
    running = [
        subprocess.Popen([*command, who], stdout=subprocess.PIPE, text=True)
        for who in ("ana", "ben", "eve")
    ]
    taken = [process.communicate(timeout=120)[0].split() for process in running]
    assert all(process.returncode == 0 for process in running)
    once = [one for ids in taken for one in ids]
    twice = {one for one in once if is_asked_twice(one)}
    assert len(once) - len(set(once)) <= len(twice)
    assert {one for one in once if once.count(one) > 1} <= twice
    assert len(set(once)) == 100


def test_what_is_stored_of_a_card_may_be_anything(corpus):
    fill(corpus, [suspect(1)])
    for text in ("{}", "[[", json.dumps([1, None, "a:2"]), "[" * 100_000, b"\xff"):
        corpus.db.execute("update review_cards set alike = ?", [text])
        assert set(card_of(corpus, "a:1").alike) <= {"a:2"}
    corpus.db.execute(
        "update review_cards set reason = x'ff', suggestion = x'07', probability = 'much',"
        " since = 'x'"
    )
    card = card_of(corpus, "a:1")
    assert (card.reason, card.suggestion, card.probability, card.since) == ("", None, None, 0)
