"""What became of a picture's address, in words; and which failures are for good."""

from crawler.http.statuses import BUSY

STORED = "stored"

WORDS = {
    "status-404": "not found",
    "status-410": "not found",
    "status-401": "not allowed",
    "status-403": "not allowed",
    "status-429": "too many requests",
    "status-420": "too many requests",
    "status-430": "too many requests",
    "challenge": "only for people",
    "host-refuses": "host refuses",
    "unreadable": "not a picture",
    "robots": "refused by robots.txt",
    "robots-unreachable": "robots.txt not to be had",
    "private-address": "private address, not asked",
    "too-large": "too large",
    "timeout": "took too long",
    "no-host": "no such host",
    "connection": "connection failed",
    "tls": "no secure connection",
    "truncated": "cut off",
    "bad-encoding": "cut off",
    "redirects": "redirects lead nowhere",
    "scheme": "no web address",
    "bad-url": "no web address",
    "host-down": "host is down",
}
"""The reason of a `FetchError` → what people read."""

LASTING = frozenset(
    {"unreadable", "robots", "private-address", "too-large", "redirects", "scheme", "bad-url"}
)
BUSY_REASONS = frozenset(f"status-{status}" for status in BUSY)
"""Of the client's errors those that another time may go well."""


def outcome_words(reason: str) -> str:
    """Say in words why a picture could not be had.

    >>> outcome_words("status-404"), outcome_words("status-502")
    ('not found', 'status 502')
    """
    return WORDS.get(reason, reason.replace("-", " "))


def is_lasting(reason: str) -> bool:
    """Tell whether asking again is of no use until something is changed by people.

    >>> is_lasting("status-404"), is_lasting("status-429"), is_lasting("timeout")
    (True, False, False)
    """
    return reason in LASTING or (reason.startswith("status-4") and reason not in BUSY_REASONS)
