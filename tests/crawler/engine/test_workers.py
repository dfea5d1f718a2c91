import threading
import time

from crawler.engine.desk import HOLD_S, ReadyQueue
from crawler.engine.frontier import PICTURE, StoredTask


def page(number):
    return StoredTask(f"page {number}", "page", str(number), {}, "shop", "", 0)


def picture(number, host="shop"):
    return StoredTask(f"picture {number} {host}", PICTURE, str(number), {}, host, "", 0)


def take_soon(desk, seconds=0.02):
    """Take what can be had within a moment; None if there is nothing."""
    threading.Timer(seconds, desk.close).start()
    return desk.take()


def test_no_host_gets_more_at_once_than_it_may():
    desk = ReadyQueue(lambda host: 2, most=9)
    desk.put([picture(n) for n in range(3)] + [picture(0, "other")])
    assert [desk.take().host for _ in range(3)] == ["shop", "other", "shop"]
    assert take_soon(desk) is None


def test_a_place_at_a_host_is_free_once_a_task_is_fetched():
    desk = ReadyQueue(lambda host: 1, most=9)
    desk.put([picture(1), picture(2)])
    desk.fetched(desk.take())
    assert take_soon(desk) == picture(2)


def test_nothing_more_is_begun_while_too_much_is_fetched_and_not_written():
    desk = ReadyQueue(lambda host: 9, most=2)
    desk.put([picture(n) for n in range(3)])
    out = [desk.take(), desk.take()]
    for task in out:
        desk.fetched(task)
    assert take_soon(desk) is None


def test_what_is_written_lets_more_begin():
    desk = ReadyQueue(lambda host: 9, most=2)
    desk.put([picture(n) for n in range(3)])
    out = [desk.take(), desk.take()]
    desk.written(out[:1])
    assert take_soon(desk) == picture(2)


def test_no_picture_is_begun_while_a_page_is_out_but_only_for_a_moment():
    desk = ReadyQueue(lambda host: 9, most=9)
    desk.put([page(1)])
    began = time.monotonic()
    assert desk.take() == page(1)
    desk.put([picture(1)])
    assert desk.take() == picture(1)
    assert time.monotonic() - began >= HOLD_S


def test_no_picture_is_begun_while_an_answered_page_is_to_be_written():
    desk = ReadyQueue(lambda host: 9, most=9)
    desk.put([page(1)])
    desk.take()
    desk.hurry()
    desk.put([picture(1)])
    assert take_soon(desk, 2 * HOLD_S) is None


def test_pages_that_come_all_the_time_let_pictures_begin():
    desk = ReadyQueue(lambda host: 9, most=9)
    desk.put([page(1), page(2)])
    desk.take(), desk.take()
    desk.hurry()
    desk.put([picture(1)])
    assert take_soon(desk, 4 * HOLD_S) == picture(1)


def test_pictures_begin_at_once_when_the_page_is_written():
    desk = ReadyQueue(lambda host: 9, most=9)
    desk.put([page(1)])
    out = desk.take()
    desk.put([picture(1)])
    desk.written([out])
    assert take_soon(desk, HOLD_S / 2) == picture(1)


def test_a_page_does_not_wait_for_a_page():
    desk = ReadyQueue(lambda host: 9, most=9)
    desk.put([page(1), page(2)])
    assert [desk.take(), take_soon(desk, HOLD_S / 2)] == [page(1), page(2)]


def test_tasks_of_a_host_that_is_down_are_taken_back():
    desk = ReadyQueue(lambda host: 9, most=9)
    desk.put([page(1), picture(1), picture(1, "other")])
    assert desk.drop("shop") == [page(1), picture(1)]
    assert len(desk) == 1


def test_what_is_put_back_is_out_no_more_and_comes_again_later():
    desk = ReadyQueue(lambda host: 1, most=1)
    desk.put([picture(1)])
    out = desk.take()
    desk.fetched(out)
    began = time.monotonic()
    desk.put_back(out, 0.05)
    desk.put([picture(2)])
    (other,) = [desk.take()]
    desk.fetched(other)
    desk.written([other])
    assert (other, desk.take()) == (picture(2), picture(1))
    assert time.monotonic() - began >= 0.05


def test_a_host_that_is_down_loses_what_was_put_back_too():
    desk = ReadyQueue(lambda host: 1, most=1)
    desk.put([picture(1)])
    out = desk.take()
    desk.put_back(out, 60)
    assert desk.drop("shop") == [out]
