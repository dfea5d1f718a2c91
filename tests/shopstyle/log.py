"""What was asked of the ShopStyle-compatible server, and how fast."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """One request that was answered, rightly or not."""

    at: float
    """Seconds of the monotonic clock when it arrived."""
    kind: str
    """``categories``, ``products``, ``product``, ``related``, ``histogram``, ``brands``,
    ``retailers``, ``colors``, ``sizes``, ``priceFilters``, ``image``, ``robots``, ``other``."""
    method: str
    target: str
    """Path and query, as asked."""
    status: int
    """Of the answer, as sent."""
    fault: str
    """The fault that the answer had; empty for none."""
    attempt: int
    """The how many-th request of this URL it is, from 1."""


class RequestLog:
    """All requests since the start, or since `clear`."""

    def __init__(self) -> None:
        self.entries: list[Request] = []

    def add(self, request: Request) -> None:
        """Note a request."""
        self.entries.append(request)

    def clear(self) -> None:
        """Forget all, between two crawls of one server."""
        self.entries = []

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def counts(self) -> Counter[str]:
        """Number of requests by kind."""
        return Counter(entry.kind for entry in list(self.entries))

    @property
    def statuses(self) -> Counter[int]:
        """Number of requests by status."""
        return Counter(entry.status for entry in list(self.entries))

    @property
    def faults(self) -> Counter[str]:
        """Number of faulty answers by fault."""
        return Counter(entry.fault for entry in list(self.entries) if entry.fault)

    def repeated(self, kind: str | None = None) -> dict[str, int]:
        """Targets asked for more than once, with how often."""
        counts = Counter(e.target for e in list(self.entries) if kind in (None, e.kind))
        return {target: count for target, count in counts.items() if count > 1}

    def times(self, kinds: Iterable[str] = ()) -> list[float]:
        """When the requests of these kinds arrived; of all kinds if none is named."""
        chosen_kinds = set(kinds)
        return [e.at for e in list(self.entries) if not chosen_kinds or e.kind in chosen_kinds]

    def busiest(self, seconds: float = 60.0, kinds: Iterable[str] = ()) -> int:
        """The most requests in any window of so many seconds."""
        window: deque[float] = deque()
        most = 0
        for at in sorted(self.times(kinds)):
            window.append(at)
            while window[0] <= at - seconds:
                window.popleft()
            most = max(most, len(window))
        return most


class RateLimit:
    """So many calls in any minute, or none if it is None."""

    def __init__(self, per_minute: int | None) -> None:
        self.per_minute = per_minute
        self._accepted: deque[float] = deque()

    def wait_s(self, now: float) -> float:
        """Accept a call and return 0, or return the seconds until one would be accepted."""
        if self.per_minute is None:
            return 0.0
        while self._accepted and self._accepted[0] <= now - 60.0:
            self._accepted.popleft()
        if len(self._accepted) < self.per_minute:
            self._accepted.append(now)
            return 0.0
        return self._accepted[0] + 60.0 - now if self._accepted else 60.0
