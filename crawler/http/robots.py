"""What robots.txt allows (RFC 9309), asked once a day for each host."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from crawler.errors import FetchError
from crawler.http.messages import Response
from crawler.http.packed import unpack
from crawler.http.statuses import RobotsMeaning, robots_meaning
from crawler.http.text import decode
from prodcat.errors import require

# RFC 9309: at least 500 kibibytes are to be read, and rules not to be kept for over 24 hours.
MAX_BYTES = 512 * 1024
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
KEEP_S = 24 * 3600.0
# A host whose robots.txt cannot be reached is asked again soon, and left alone until then.
KEEP_UNREACHABLE_S = 30.0
MAX_HOSTS = 10_000


@dataclass
class Rules:
    """The rules of one host."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    parser: Any = None
    """None where everything is allowed."""
    unreachable: str = ""
    """Why nothing is allowed for now; empty when the rules are known."""
    until: float = float("-inf")


class Robots:
    """The rules of all hosts.

    Args:
        fetch: Fetches a robots.txt, given its address and whether that may be private; raises
            FetchError.
        agent: Our name, as rules call it.
        on_delay: Called with a host's address and the seconds that it wants between requests.
    """

    def __init__(
        self,
        fetch: Callable[[str, bool], Response],
        agent: str,
        on_delay: Callable[[str, float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch, self._agent, self._on_delay, self._clock = fetch, agent, on_delay, clock
        self._hosts: OrderedDict[str, Rules] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, url: str, *, private: bool = False) -> None:
        """Make sure that an address may be fetched.

        Args:
            url: The address.
            private: Its robots.txt may be asked for even at a private address.

        Raises:
            FetchError: With the reason ``robots``, or ``robots-unreachable`` (retryable).
        """
        rules = self._reached(url, private=private)
        if rules.parser is not None and not rules.parser.can_fetch(url, self._agent):
            raise FetchError(
                f"{urlsplit(url).netloc} does not allow robots to fetch this address.",
                reason="robots",
            )

    def sitemaps(self, url: str, *, private: bool = False) -> list[str]:
        """Return the sitemaps that the robots.txt of an address's host names, as it writes them.

        Raises:
            FetchError: With the reason ``robots-unreachable`` (retryable).
        """
        parser = self._reached(url, private=private).parser
        return list(parser.sitemaps) if parser is not None else []

    def _reached(self, url: str, *, private: bool) -> Rules:
        rules = self._rules(url, private=private)
        if rules.unreachable:
            raise FetchError(
                f"{urlsplit(url).netloc} does not tell what robots may do: {rules.unreachable}",
                reason="robots-unreachable",
                retryable=True,
            )
        return rules

    def _rules(self, url: str, *, private: bool) -> Rules:
        parts = urlsplit(url)
        root = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            rules = self._hosts.setdefault(root, Rules())
            if len(self._hosts) > MAX_HOSTS:
                self._hosts.popitem(last=False)
        if self._clock() >= rules.until:
            # One thread asks, and the others of its host wait for it: other hosts go on.
            with rules.lock:
                if self._clock() >= rules.until:
                    self._read(root, rules, private=private)
        return rules

    def _read(self, root: str, rules: Rules, *, private: bool) -> None:
        parser, unreachable, keep_s = None, "", KEEP_S
        try:
            text = rules_text(self._fetch(f"{root}/robots.txt", private))
        except FetchError as error:
            # Of these nothing is learnt of the rules, and nothing is to be kept.
            if error.reason in ("private-address", "stopped"):
                raise
            if not has_no_rules(error):
                unreachable, keep_s = str(error), KEEP_UNREACHABLE_S
        else:
            parser = require("protego", extra="crawl").Protego.parse(text)
            if delay_s := parser_delay_s(parser, self._agent):
                self._on_delay(root, delay_s)
        rules.parser, rules.unreachable = parser, unreachable
        rules.until = self._clock() + keep_s


def has_no_rules(error: FetchError) -> bool:
    """Tell whether a robots.txt that was not had means that nothing is forbidden."""
    if error.reason == "redirects":
        return True
    return error.status is not None and robots_meaning(error.status) is RobotsMeaning.FREE


def rules_text(answer: Response) -> str:
    r"""Return the lines of a robots.txt, whatever its encoding, packing and line ends are.

    Raises:
        FetchError: If it is packed and cannot be unpacked.

    >>> rules_text(Response("", 200, {}, "User-agent: *\rDisallow: /a".encode("utf-16")))
    'User-agent: *\nDisallow: /a'
    """
    content = unpack(answer.content, max_bytes=MAX_UNPACKED_BYTES)
    text = decode(content[:MAX_BYTES], answer.headers.get("Content-Type", ""))
    # A mark hides the line that it stands before; several files joined have several.
    # Read as Windows-1252 it is three letters.
    text = text.replace("\ufeff", "").replace("ï»¿", "").replace("\x00", "")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parser_delay_s(parser: Any, agent: str) -> float:
    """Return the seconds between requests that a robots.txt asks for, at most a minute."""
    # Of one that asks for more, a crawl would never come to its end.
    delay_s = min(60.0, float(parser.crawl_delay(agent) or 0.0))
    if rate := parser.request_rate(agent):
        requests = max(1, rate.requests)
        # Cut before they are divided: either may be too large for a float.
        delay_s = max(delay_s, min(rate.seconds, 60 * requests) / requests)
    return delay_s
