"""What each status of an answer means: one table for pages, pictures and robots.txt alike.

The page for users, docs/how-to/crawl-any-site.md, shows the same table.
"""

from enum import Enum

BUSY = frozenset({408, 420, 425, 429, 430})
"""Of the client's errors those that mean "later": too slow, too early, too many requests (420 to
some, 430 to Shopify)."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Meaning(Enum):
    """What a status says of one address."""

    CONTENT = "content"
    UNCHANGED = "unchanged"
    ELSEWHERE = "elsewhere"
    LATER = "later"
    """The server is busy or broken: asked again in a while."""
    NEVER = "never"
    """Not asked again in this run."""


class RobotsMeaning(Enum):
    """What the status of robots.txt says of its host."""

    RULES = "rules"
    FREE = "free"
    """There are none, so that nothing is forbidden."""
    CLOSED = "closed"
    """They are not to be had, so that everything is."""


def meaning_of(status: int) -> Meaning:
    """Say what a status means for the address that was asked for.

    >>> [meaning_of(status).value for status in (206, 302, 404, 425, 503, 999)]
    ['later', 'elsewhere', 'never', 'later', 'later', 'later']
    """
    if status == 304:
        return Meaning.UNCHANGED
    if status in REDIRECTS:
        return Meaning.ELSEWHERE
    # A part was never asked for, and would be stored as the whole.
    if status in BUSY or status >= 500 or status == 206:
        return Meaning.LATER
    return Meaning.CONTENT if 200 <= status < 300 else Meaning.NEVER


def robots_meaning(status: int) -> RobotsMeaning:
    """Say what the status of a robots.txt means (RFC 9309, 2.3.1).

    >>> [robots_meaning(status).value for status in (200, 301, 403, 429, 503)]
    ['rules', 'free', 'free', 'closed', 'closed']
    """
    meaning = meaning_of(status)
    if meaning is Meaning.CONTENT:
        return RobotsMeaning.RULES
    # Redirects are followed; one that remains leads nowhere, and so there is no such file.
    if meaning is Meaning.ELSEWHERE or (meaning is Meaning.NEVER and 300 <= status < 500):
        return RobotsMeaning.FREE
    return RobotsMeaning.CLOSED


def is_busy(status: int) -> bool:
    """Tell whether a later request may go well."""
    return meaning_of(status) is Meaning.LATER
