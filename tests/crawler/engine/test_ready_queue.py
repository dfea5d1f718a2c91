import threading
import time

from crawler.engine.ready_queue import HOLD_S, ReadyQueue
from crawler.engine.tasks import PICTURE, StoredTask


def page(number):
    return StoredTask(f"page {number}", "page", str(number), {}, "shop", "", 0)


def picture(number, host="shop"):
    return StoredTask(f"picture {number} {host}", PICTURE, str(number), {}, host, "", 0)


def take_soon(ready, seconds=0.02):
    """Take what can be had within a moment; None if there is nothing."""
    threading.Timer(seconds, ready.close).start()
    return ready.take()


def test_no_host_gets_more_at_once_than_it_may():
    ready = ReadyQueue(lambda host: 2, max_out=9)
    ready.put([picture(n) for n in range(3)] + [picture(0, "other")])
    assert [ready.take().host for _ in range(3)] == ["shop", "other", "shop"]
    assert take_soon(ready) is None


def test_a_place_at_a_host_is_free_once_a_task_is_fetched():
    ready = ReadyQueue(lambda host: 1, max_out=9)
    ready.put([picture(1), picture(2)])
    ready.mark_fetched(ready.take())
    assert take_soon(ready) == picture(2)


def test_nothing_more_is_begun_while_too_much_is_fetched_and_not_written():
    ready = ReadyQueue(lambda host: 9, max_out=2)
    ready.put([picture(n) for n in range(3)])
    out = [ready.take(), ready.take()]
    for task in out:
        ready.mark_fetched(task)
    assert take_soon(ready) is None


def test_what_is_written_lets_more_begin():
    ready = ReadyQueue(lambda host: 9, max_out=2)
    ready.put([picture(n) for n in range(3)])
    out = [ready.take(), ready.take()]
    ready.mark_written(out[:1])
    assert take_soon(ready) == picture(2)


def test_no_picture_is_begun_while_a_page_is_out_but_only_for_a_moment():
    ready = ReadyQueue(lambda host: 9, max_out=9)
    ready.put([page(1)])
    began = time.monotonic()
    assert ready.take() == page(1)
    ready.put([picture(1)])
    assert ready.take() == picture(1)
    assert time.monotonic() - began >= HOLD_S


def test_no_picture_is_begun_while_an_answered_page_is_to_be_written():
    ready = ReadyQueue(lambda host: 9, max_out=9)
    ready.put([page(1)])
    ready.take()
    ready.hurry()
    ready.put([picture(1)])
    assert take_soon(ready, 2 * HOLD_S) is None


def test_pages_that_come_all_the_time_let_pictures_begin():
    ready = ReadyQueue(lambda host: 9, max_out=9)
    ready.put([page(1), page(2)])
    ready.take(), ready.take()
    ready.hurry()
    ready.put([picture(1)])
    assert take_soon(ready, 4 * HOLD_S) == picture(1)


def test_pictures_begin_at_once_when_the_page_is_written():
    ready = ReadyQueue(lambda host: 9, max_out=9)
    ready.put([page(1)])
    out = ready.take()
    ready.put([picture(1)])
    ready.mark_written([out])
    assert take_soon(ready, HOLD_S / 2) == picture(1)


def test_a_page_does_not_wait_for_a_page():
    ready = ReadyQueue(lambda host: 9, max_out=9)
    ready.put([page(1), page(2)])
    assert [ready.take(), take_soon(ready, HOLD_S / 2)] == [page(1), page(2)]


def test_tasks_of_a_host_that_is_down_are_taken_back():
    ready = ReadyQueue(lambda host: 9, max_out=9)
    ready.put([page(1), picture(1), picture(1, "other")])
    assert ready.drop("shop") == [page(1), picture(1)]
    assert len(ready) == 1


def test_what_is_put_back_is_out_no_more_and_comes_again_later():
    ready = ReadyQueue(lambda host: 1, max_out=1)
    ready.put([picture(1)])
    out = ready.take()
    ready.mark_fetched(out)
    began = time.monotonic()
    ready.put_back(out, 0.05)
    ready.put([picture(2)])
    second = ready.take()
    ready.mark_fetched(second)
    ready.mark_written([second])
    assert (second, ready.take()) == (picture(2), picture(1))
    assert time.monotonic() - began >= 0.05


def test_a_host_that_is_down_loses_what_was_put_back_too():
    ready = ReadyQueue(lambda host: 1, max_out=1)
    ready.put([picture(1)])
    out = ready.take()
    ready.put_back(out, 60)
    assert ready.drop("shop") == [out]
