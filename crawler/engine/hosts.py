"""Hosts that are not to be asked any more in this run: they are down, or want to be left alone."""

from collections import Counter, deque
from dataclasses import dataclass

from crawler.engine.writer import Failure

FAILURES_OF_HOST_DOWN = 25
DOWN = frozenset({"connection", "timeout", "no-host", "tls", "robots-unreachable"})
REFUSALS = frozenset({"status-403", "status-420", "status-429", "status-430", "challenge"})
"""What a host answers that takes us for a nuisance."""
LAST_ANSWERS, REFUSED_OF_LAST = 20, 15
"""Of so many answers, so many refusals: the host means all, not some of its pages."""


@dataclass(frozen=True)
class LeftAlone:
    """A host that nothing more is to be asked of."""

    reason: str
    """``host-down`` or ``host-refuses``."""
    words: str


class HostWatch:
    """What the hosts of a crawl answered last."""

    def __init__(self) -> None:
        self._failures_in_a_row: Counter[str] = Counter()
        self._refused: dict[str, deque[bool]] = {}

    def note(self, host: str, failure: Failure | None) -> LeftAlone | None:
        """Note what became of a task; say whether its host is to be left alone from now on.

        >>> watch, ban = HostWatch(), Failure("status-403", "", retryable=False)
        >>> [watch.note("shop", ban) for _ in range(15)][-1].reason
        'host-refuses'
        """
        reason = failure.reason if failure else ""
        if self._is_down(host, reason):
            return LeftAlone("host-down", "is down")
        if self._refuses(host, is_refusal=reason in REFUSALS):
            return LeftAlone("host-refuses", "refuses to be crawled")
        return None

    def _is_down(self, host: str, reason: str) -> bool:
        if reason not in DOWN:
            self._failures_in_a_row.pop(host, None)
            return False
        self._failures_in_a_row[host] += 1
        return self._failures_in_a_row[host] >= FAILURES_OF_HOST_DOWN

    def _refuses(self, host: str, *, is_refusal: bool) -> bool:
        # Of the many hosts of pictures only those that refused something are remembered.
        if host not in self._refused and not is_refusal:
            return False
        last = self._refused.setdefault(host, deque(maxlen=LAST_ANSWERS))
        last.append(is_refusal)
        if not any(last):
            del self._refused[host]
        return sum(last) >= REFUSED_OF_LAST
