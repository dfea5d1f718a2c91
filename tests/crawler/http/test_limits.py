import random
from bisect import bisect_left

import pytest

from crawler.http.limits import LONE, HostLimit, Limits, Rate
from prodcat.errors import ConfigError


class Clock:
    """A clock that tests turn by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def ask(limit, clock, seconds, *, think=lambda: 0.0):
    """Ask as often as the limit lets us; return when each request was sent."""
    end = clock.now + seconds
    sent = []
    while clock.now < end:
        clock.now += limit.reserve() + think()
        sent.append(clock.now)
    return [at for at in sent if at < end]


def busiest(sent, window_s):
    return max(bisect_left(sent, start + window_s) - at for at, start in enumerate(sent))


def test_the_rate_is_reached_within_three_percent():
    clock = Clock()
    sent = ask(HostLimit(Rate(750, 60), 8, clock), clock, 600)
    assert 0.97 * 7500 <= len(sent) <= 7500


def test_no_sliding_minute_is_ever_above_the_rate():
    clock = Clock()
    sent = ask(HostLimit(Rate(750, 60), 8, clock), clock, 300)
    assert busiest(sent, 60.0) <= 750


def test_delays_between_waiting_and_sending_put_no_minute_above_the_rate():
    clock, draw = Clock(), random.Random(0)
    limit = HostLimit(Rate(750, 60), 8, clock)
    slots, moment = [], clock.now
    while moment < 1300.0:
        clock.now = moment
        moment += limit.reserve()
        slots.append(moment)
    arrived = sorted(slot + draw.uniform(0.0, 0.2) for slot in slots)
    assert busiest(arrived, 60.0) <= 750


def test_threads_that_come_late_to_their_moment_put_no_minute_above_the_rate():
    clock, draw = Clock(), random.Random(0)
    limit = HostLimit(Rate(750, 60), 8, clock)
    threads, sent = [clock.now] * 16, []  # when each one looks at the clock next
    is_late = [False] * 16
    while clock.now < 1300.0:
        number = min(range(16), key=threads.__getitem__)
        clock.now = threads[number]
        if not is_late[number]:
            is_late[number] = True
            threads[number] += limit.reserve() + draw.choice([0.0, 0.0, 0.0, 4.0])
        elif wait_s := limit.depart():
            threads[number] += wait_s
        else:
            sent.append(clock.now)
            is_late[number] = False
    assert busiest(sent, 61.0) <= 750
    assert len(sent) >= 0.95 * 750 * 5


@pytest.mark.parametrize("rate", ["20/s", "750/min", "5000/h"])
def test_a_rate_of_any_unit_is_reached(rate):
    clock, rate = Clock(), Rate.parse(rate)
    sent = ask(HostLimit(rate, 8, clock), clock, 4 * rate.period_s)
    assert 0.94 * 4 * rate.count <= len(sent) <= 4 * rate.count


def test_after_a_rest_what_was_missed_long_ago_is_not_caught_up_with():
    clock = Clock()
    limit = HostLimit(Rate(750, 60), 8, clock)
    ask(limit, clock, 30)
    clock.now += 300
    at_once = sum(limit.reserve() == 0.0 for _ in range(100))
    assert at_once <= 26


def test_a_rate_a_second_is_not_used_up_in_one_moment():
    limit = HostLimit(Rate(20, 1), 8, Clock())
    at_once = sum(limit.reserve() == 0.0 for _ in range(20))
    assert at_once <= 6


def test_short_delays_are_caught_up_with():
    clock = Clock()
    draw = random.Random(0)
    limit = HostLimit(Rate(750, 60), 8, clock)
    sent = ask(limit, clock, 300, think=lambda: draw.choice([0.0, 0.0, 0.15]))
    assert len(sent) >= 0.97 * 3750


def test_a_limit_never_sends_more_in_its_first_minute():
    clock = Clock()
    limit = HostLimit(Rate(10, 60), 8, clock)
    sent = ask(limit, clock, 60)
    assert len(sent) <= 10


def test_a_host_without_limit_is_never_waited_for():
    limit = HostLimit(None, 8, Clock())
    assert [limit.reserve() for _ in range(100)] == [0.0] * 100


def test_a_pause_holds_for_every_thread():
    clock = Clock()
    limit = HostLimit(None, 8, clock)
    limit.pause(5.0)
    assert limit.reserve() == 5.0
    assert limit.pause_s() == 5.0
    clock.now += 5.0
    assert limit.pause_s() == 0.0


def test_a_pause_halves_what_is_asked_at_once_and_success_brings_it_back():
    limit = HostLimit(None, 8, Clock())
    limit.pause(0.0)
    assert limit.slots == 4
    for _ in range(45):
        limit.observe(0.1)
    assert limit.slots == 8


def test_one_refusal_among_good_answers_does_not_hold_back_the_host():
    limit = HostLimit(None, 8, Clock())
    for _ in range(LONE + 1):
        limit.observe(0.1)
    limit.refuse(5.0)
    assert (limit.pause_s(), limit.slots) == (0.0, 7)


def test_a_second_refusal_soon_after_pauses_the_host():
    limit = HostLimit(None, 8, Clock())
    for _ in range(LONE + 1):
        limit.observe(0.1)
    limit.refuse(5.0)
    limit.observe(0.1)
    limit.refuse(5.0)
    assert limit.pause_s() == 5.0


def test_a_host_that_refuses_from_the_beginning_is_paused():
    limit = HostLimit(None, 8, Clock())
    limit.observe(0.1)
    limit.refuse(5.0)
    assert limit.pause_s() == 5.0


def test_a_host_that_becomes_slow_is_asked_less_at_once():
    limit = HostLimit(None, 8, Clock())
    for _ in range(20):
        limit.observe(0.2)
    for _ in range(60):
        limit.observe(4.0)
    assert limit.slots == 1


def test_a_host_that_is_always_slow_is_not_asked_less():
    limit = HostLimit(None, 8, Clock())
    for _ in range(100):
        limit.observe(4.0)
    assert limit.slots == 8


def test_the_delay_of_robots_txt_holds_where_it_is_longer():
    clock = Clock()
    limit = HostLimit(None, 8, clock)
    limit.at_least_every(10.0)
    assert limit.reserve() == 0.0
    assert limit.reserve() == pytest.approx(10.0)


def test_each_host_has_its_own_limit():
    limits = Limits(Rate(1, 60), 8, rates={"free.example": None}, clock=Clock())
    limits.of("a.example").reserve()
    assert limits.of("a.example").reserve() > 0
    assert limits.of("b.example").reserve() == 0
    assert [limits.of("free.example").reserve() for _ in range(3)] == [0.0] * 3


@pytest.mark.parametrize("text", ["", "750", "0/min", "-1/s", "1/week", "1.5/s", "x/min"])
def test_a_rate_that_is_none_is_refused(text):
    with pytest.raises(ConfigError, match="is no rate"):
        Rate.parse(text)


@pytest.mark.parametrize("text", ["750/min", "10/s", "2000/h"])
def test_a_rate_is_written_as_it_is_read(text):
    assert str(Rate.parse(text)) == text
