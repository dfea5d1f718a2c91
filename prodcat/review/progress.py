"""How far a queue is, how fast it goes, by whom, and how often two people said the same."""

from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from prodcat.corpus.opening import translated_errors
from prodcat.corpus.store import Corpus
from prodcat.review.queue import DONE, HALF, OPEN

PAUSE_S = 120.0
"""Longer between two cards is a pause, and no pace."""
LATELY = 50
"""Cards that a pace is taken from."""


@dataclass(frozen=True)
class Progress:
    """How far a queue is."""

    done: int = 0
    """Products of the queue that somebody decided on."""
    left: int = 0
    """Those that nobody did."""
    second: int = 0
    """Of those decided on, how many wait for a second person."""
    pace_s: float | None = None
    """Seconds that this person takes for a card, lately; None where too few were seen."""
    people: dict[str, int] = field(default_factory=dict)
    """Who → cards decided on."""
    twice: int = 0
    """Products that were put before two people, and both decided."""
    agreed: int = 0
    """Of these, those about which they said the same."""
    last: int | None = None
    """What this person did last and did not take back, by its number."""


def progress(corpus: Corpus, who: str | None = None) -> Progress:
    """Return how far the queue is.

    Args:
        corpus: Where the queue is.
        who: Whose pace to tell; None for nobody's.

    Raises:
        CorpusError: If it cannot be read.
    """
    with translated_errors(corpus.path):
        db = corpus.db
        counts = {
            state: db.execute(
                "select count(distinct product_id) from review_cards where state = ?", [state]
            ).fetchone()[0]
            for state in (OPEN, HALF, DONE)
        }
        people = db.execute(
            "select who, count(*) from review_actions where not undone and verdict <> 'skip'"
            " group by who order by count(*) desc, who"
        ).fetchall()
        twice = db.execute(
            "select count(distinct coalesce(x.category_id, '')) from review_cards c"
            " join corrections x on x.product_id = c.product_id and x.id > c.since"
            " and x.undoes is null and not exists (select 1 from corrections u"
            " where u.product_id = x.product_id and u.undoes = x.id)"
            " where c.state = ? and c.second group by c.product_id, c.kind"
            " having count(distinct x.who) > 1",
            [DONE],
        ).fetchall()
        times = db.execute(
            "select at, id from review_actions where who = ? and not undone"
            " order by id desc limit ?",
            [who, LATELY],
        ).fetchall()
    return Progress(
        done=counts[HALF] + counts[DONE],
        left=counts[OPEN],
        second=counts[HALF],
        pace_s=_pace([row[0] for row in times]),
        people={str(name): count for name, count in people},
        twice=len(twice),
        agreed=sum(answers == 1 for (answers,) in twice),
        last=times[0][1] if times else None,
    )


def _pace(times: list[float]) -> float | None:
    """Return the usual time between two cards, the newest first.

    >>> _pace([106.0, 104.0, 101.0, 100.0])
    2.0
    """
    gaps = [later - earlier for later, earlier in pairwise(times)]
    worked = [gap for gap in gaps if 0 <= gap <= PAUSE_S]
    return median(worked) if len(worked) >= 3 else None
