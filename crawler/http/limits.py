"""How fast and how many at once a host is asked: one limit per host, shared by all threads."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from prodcat.errors import ConfigError

UNITS_S = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
# Pictures may lie on any number of hosts; those that were met first are forgotten.
MAX_HOSTS = 10_000
# Requests do not arrive at the same distance as they were sent: a margin keeps every
# minute of the server's clock within the limit, too.
PACE = 0.98
WINDOW_MARGIN = 1 / 20
MAX_WINDOW_MARGIN_S = 1.0
CATCH_UP_S = 2.0
# Below this no host is slow, however much faster it usually is.
SLOW_S = 1.0
# So many good answers in between, and a host that says "too much" means one address, not all.
LONE = 10
SLOW_FACTOR = 4.0


@dataclass(frozen=True)
class Rate:
    """So many requests in so many seconds."""

    count: int
    period_s: float

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """Read a rate as it is written on the command line.

        >>> Rate.parse("750/min")
        Rate(count=750, period_s=60.0)
        """
        count, _, unit = text.strip().lower().partition("/")
        if not count.strip().isdecimal() or int(count) < 1 or unit.strip() not in UNITS_S:
            raise ConfigError(
                f"{text!r} is no rate. Write it as 750/min, 10/s or 2000/h, of at least one."
            )
        return cls(int(count), float(UNITS_S[unit.strip()]))

    def __str__(self) -> str:
        unit = {1.0: "s", 60.0: "min", 3600.0: "h"}.get(self.period_s, f"{self.period_s:g} s")
        return f"{self.count}/{unit}"


class HostLimit:
    """The limit of one host."""

    def __init__(
        self, rate: Rate | None, slots: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._max_slots, self._clock = rate, slots, clock
        self._slots = float(slots)
        self._lock = threading.Lock()
        self._interval_s = rate.period_s / rate.count / PACE if rate else 0.0
        # A rate a second is to be spread over the second, not used up in its first moment.
        catch_up_s = min(CATCH_UP_S, rate.period_s / 4) if rate else 0.0
        # Of requests that are far apart none may come right after another.
        self._catch_up_s = catch_up_s if self._interval_s < catch_up_s / 4 else 0.0
        self._next = self._last = self._paused_until = float("-inf")
        # The last moments that were reserved, and those when requests were really sent: a window
        # is full when the oldest of as many as the rate allows is still in it.
        self._starts: deque[float] = deque(maxlen=rate.count if rate else 1)
        self._sent: deque[float] = deque(maxlen=rate.count if rate else 1)
        margin_s = min(MAX_WINDOW_MARGIN_S, rate.period_s * WINDOW_MARGIN) if rate else 0.0
        self._window_s = rate.period_s + margin_s if rate else 0.0
        self._latency_s = self._usual_s = 0.0
        self._answers = 0
        self.quiet = rate is None
        """Nothing limits it, so nothing has to be reserved."""

    @property
    def slots(self) -> int:
        """How many requests may be under way at once; never none, or nothing would be learnt."""
        return max(1, int(self._slots))

    def reserve(self) -> float:
        """Take the next free moment; return the seconds until it comes."""
        if self.quiet:
            return 0.0
        with self._lock:
            now = self._clock()
            start = max(now, self._paused_until)
            if self._interval_s:
                # What was missed a moment ago is caught up with; what was missed before is not.
                # `_next` is the pace, `_last` keeps the order: no moment is handed out before
                # one that was handed out earlier.
                start = max(start, self._next, self._last)
                self._next = max(self._next, now - self._catch_up_s) + self._interval_s
                if self._rate and len(self._starts) == self._rate.count:
                    start = max(start, self._starts[0] + self._window_s)
                self._starts.append(start)
                self._last = start
            return start - now

    def depart(self) -> float:
        """Note that a request is sent now; else return the seconds until one may be.

        A thread may come late to the moment that it reserved, when the machine is busy, and
        meet those that reserved later ones.
        """
        with self._lock:
            now = self._clock()
            if self._rate and len(self._sent) == self._rate.count:
                wait_s = self._sent[0] + self._window_s - now
                if wait_s > 0:
                    return wait_s
            self._sent.append(now)
            return 0.0

    def pause_s(self) -> float:
        """Return for how long the host is to be left alone; 0 when it is not."""
        return 0.0 if self.quiet else max(0.0, self._paused_until - self._clock())

    def pause(self, seconds: float) -> None:
        """Leave the host alone for a while, and ask less of it at once from then on."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock() + seconds)
            # Halved at once and won back little by little, as TCP does with a congested line.
            self._slots = max(1.0, self._slots / 2)
            self.quiet = False

    def refuse(self, seconds: float) -> None:
        """Learn that a host wants to be left alone: all of it, unless it answers others well."""
        with self._lock:
            is_lone, self._answers = self._answers > LONE, 0
            if is_lone:
                self._slots = max(1.0, self._slots - 1.0)
        if not is_lone:
            self.pause(seconds)

    def at_least_every(self, seconds: float) -> None:
        """Keep to the distance that robots.txt asks for, if it is longer than ours."""
        with self._lock:
            self._interval_s = max(self._interval_s, seconds)
            self._catch_up_s = 0.0
            self.quiet = self.quiet and not self._interval_s

    def observe(self, latency_s: float) -> None:
        """Learn how fast the host answers: ask fewer at once while it is slower than usual."""
        with self._lock:
            self._answers += 1
            self._latency_s += 0.2 * (latency_s - self._latency_s)
            # The usual is what the host can do: taken over at once where it is faster, and raised
            # so slowly that a shop under load is still compared with the time before. One that
            # has always been slow is not slower than usual.
            if self._usual_s == 0.0 or latency_s < self._usual_s:
                self._usual_s = latency_s
            else:
                self._usual_s += 0.002 * (latency_s - self._usual_s)
            if self._latency_s > max(SLOW_S, SLOW_FACTOR * self._usual_s):
                self._slots = max(1.0, self._slots - 0.25)
            else:
                self._slots = min(float(self._max_slots), self._slots + 0.1)


class Limits:
    """The limits of all hosts; each host has its own."""

    def __init__(
        self,
        rate: Rate | None,
        slots: int,
        *,
        rates: dict[str, Rate | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate, self._slots, self._clock = rate, slots, clock
        self._rates = rates or {}
        self._hosts: OrderedDict[str, HostLimit] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, host: str) -> HostLimit:
        """Return the limit of one host."""
        with self._lock:
            limit = self._hosts.get(host)
            if limit is None:
                rate = self._rates.get(host, self._rate)
                limit = self._hosts[host] = HostLimit(rate, self._slots, self._clock)
                if len(self._hosts) > MAX_HOSTS:
                    self._hosts.popitem(last=False)
            return limit


def retry_after_s(text: str) -> float | None:
    """Read a Retry-After header: seconds, or a date.

    >>> retry_after_s("120")
    120.0
    >>> retry_after_s("Fri, 31 Dec 1999 23:59:59 GMT")
    0.0
    >>> retry_after_s("soon")
    """
    if text.strip().isdecimal():
        # Nine digits are 30 years, and nobody means more.
        return float(text.strip()[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        # A date that says "-0000" has no zone; those of HTTP are all in UTC.
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
