"""The queue in a terminal: keys in, decisions out."""

import pytest

from prodcat.corpus.corrections import history, in_force
from prodcat.review.desk import Desk
from prodcat.review.queue import fill
from prodcat.review.terminal import Terminal
from tests.review.shop import BAGS, BOOTS, SANDALS, open_shop, suspect


@pytest.fixture
def desk(tmp_path):
    with open_shop(tmp_path / "shop.db", 20, description="Soft.\x1b[31m") as corpus:
        cards = [suspect(number, value=1 - number / 50) for number in range(4, 9)]
        fill(corpus, [suspect(1, value=1.0, alike=("a:2", "a:5")), *cards])
        yield Desk(corpus)


@pytest.fixture
def go_through(desk):
    """Press keys, and return what was shown."""

    def go(keys, lines=(), **more):
        keys, lines, shown = iter(keys), iter(lines), []
        terminal = Terminal(
            *(desk, "ana"),
            read_key=lambda: next(keys, ""),
            read_line=lambda question: next(lines, ""),
            write=shown.append,
        )
        terminal.run(**more)
        return "\n".join(shown)

    return go


def decisions(desk):
    return {one.product_id: one.category_id for one in in_force(history(desk.corpus))}


def test_each_key_decides_and_the_next_card_follows(desk, go_through):
    shown = go_through("1245q")
    assert decisions(desk) == {"a:1": BAGS, "a:4": BOOTS, "a:5": None}
    assert "label: Bags" in shown
    assert "suggested: Shoes > Boots, 90.0 %" in shown
    assert "why: It looks like boots." in shown
    assert "3 of 6 decided" in shown
    assert "\x1b" not in shown


def test_another_category_is_found_by_its_words(desk, go_through):
    shown = go_through("3x1q", ["hats", "s", "sand"])
    assert decisions(desk) == {"a:1": SANDALS}
    assert "No category has these words." in shown
    go_through("3", [""])
    assert len(decisions(desk)) == 1


def test_a_group_is_listed_before_it_is_decided_on(desk, go_through):
    shown = go_through("a2q")
    assert shown.index("Product 5 (Bags)") < shown.index("holds for all 3 of these")
    assert decisions(desk) == dict.fromkeys(("a:1", "a:2", "a:5"), BOOTS)
    go_through("aa2q")
    assert len(decisions(desk)) == 4


def test_undo_brings_the_card_back(desk, go_through):
    shown = go_through("22z1q")
    assert decisions(desk) == {"a:1": BOOTS, "a:4": BAGS}
    assert "Taken back." in shown
    assert "nothing of yours" in go_through("zzzq")
    assert decisions(desk) == {}


def test_it_ends_with_the_last_card_or_when_there_is_enough(desk, go_through):
    go_through("22222222", limit=2)
    assert len(decisions(desk)) == 2
    assert "Nothing is left for you." in go_through("22222222")
    assert len(decisions(desk)) == 6


def test_keys_that_do_not_fit_the_card_do_nothing(desk, go_through):
    fill(desk.corpus, [suspect(0, kind="new", value=1.0, suggestion=None, probability=None)])
    desk.corpus.db.execute("update products set category_id = null where id = 'a:0'")
    shown = go_through("12xq")
    assert decisions(desk) == {}
    assert "keep the label" not in shown


def test_what_another_decided_meanwhile_is_told(desk, go_through):
    def keys():
        desk.decide("ben", "a:1", "none")
        yield "1"

    assert "ben decided on 'a:1' meanwhile" in go_through(keys())
    assert decisions(desk) == {"a:1": None}
