"""How to fetch, and what was fetched."""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.http.limits import Rate
from prodcat.version import installed_version

# For all fetchers: counting is so short that none waits for another.
COUNTING = threading.Lock()
MAX_BACKOFF_S = 30.0
AGENT = "prodcat"
"""Our name, as rules in robots.txt call it."""


@dataclass(frozen=True)
class FetchSettings:
    """How to fetch."""

    contact: str = ""
    """Address or mail of who runs the crawl; part of the User-Agent."""
    rate: Rate | None = None
    """Requests to one host; None for no limit."""
    rates: Mapping[str, Rate | None] = field(default_factory=dict)
    """Other limits for some hosts."""
    slots: int = 8
    """Requests to one host at once."""
    workers: int = 16
    """Requests at once in all."""
    timeout_s: float = 30.0
    """To wait for a connection, and for each piece of an answer."""
    total_timeout_s: float = 120.0
    """For one whole answer, however steadily it trickles."""
    download_timeout_s: float = 3600.0
    """The same for a download into a file."""
    tries: int = 4
    """How often to ask when connections fail, or the server is busy or broken."""
    backoff_s: float = 0.5
    """To wait before the second try; doubled for each one after."""
    max_bytes: int = 64 * 1024 * 1024
    """Of an answer, before and after decompression."""
    max_download_bytes: int = 16 * 1024**3
    """The same for a download into a file."""
    max_redirects: int = 5
    allow_private: bool = False
    """Connect to private addresses, too, such as this machine's own."""
    allow_addresses: frozenset[str] = frozenset()
    """Numeric addresses that may be connected to, together with private ones, though no shop
    has them: that of a cloud's metadata."""
    secrets: tuple[str, ...] = ()
    """Keys that never show in an error or a log."""

    @property
    def agent(self) -> str:
        """The User-Agent."""
        contact = f" (+{self.contact})" if self.contact else ""
        return f"{AGENT}/{installed_version()}{contact}"

    def answer_time_s(self, *, into_file: bool) -> float:
        """Return how long a whole answer may take."""
        return self.download_timeout_s if into_file else self.total_timeout_s

    def retry_wait_s(self, attempt: int, wait_s: float) -> float:
        """Return how long to wait before a further try.

        Args:
            attempt: How many there were.
            wait_s: What the server asks for.
        """
        backoff_s = min(MAX_BACKOFF_S, self.backoff_s * 2 ** (attempt - 1))
        # Threads that failed at the same moment are not to come back at the same moment.
        return max(backoff_s * random.uniform(0.5, 1.0), wait_s)  # noqa: S311


@dataclass
class FetchCounts:
    """What a fetcher did."""

    requests: int = 0
    retries: int = 0
    not_modified: int = 0
    bytes: int = 0

    def add(self, **more: int) -> None:
        """Count; called from all threads."""
        with COUNTING:
            for name, number in more.items():
                setattr(self, name, getattr(self, name) + number)
