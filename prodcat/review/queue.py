"""The queue: cards of products that deserve a look, each handed to one person at a time.

It stands in the corpus itself, so that several processes and people share it. A card is open until
somebody decided on its product after the card was made. A few per cent of them, the same ones
whoever asks, are put before a second person, who is not told what the first one said.
"""

import json
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from prodcat.corpus.opening import translated_errors
from prodcat.corpus.store import Corpus, now_text
from prodcat.errors import InputError
from prodcat.review.suspicion import KINDS, Suspicion
from prodcat.wording import UNSHOWABLE

CLAIM_S = 300.0
"""How long a card stays with a person of whom nothing is heard."""
SECOND_SHARE = 0.04
"""Of the cards, how many are put before a second person."""
MOST_ALIKE = 1000
"""Near-duplicates that one decision can cover."""
MOST_TEXT = 10_000
"""Characters of a reason, or of the id of a category."""
MOST_NAME = 80
"""Characters of a person's name."""
OPEN, HALF, DONE = 0, 1, 2
"""States of a card: nobody decided; one did, and a second person shall; enough did."""

# How many people's decisions on a card's product count that were made after the card.
PEOPLE = (
    "(select count(distinct x.who) from corrections x where x.product_id = c.product_id"
    " and x.id > c.since and x.undoes is null and not exists (select 1 from corrections u"
    " where u.product_id = x.product_id and u.undoes = x.id))"
)
STATE = f"(select iif(n = 0, 0, iif(n = 1 and c.second, 1, 2)) from (select {PEOPLE} as n))"  # noqa: S608
FREE = (
    "exists (select 1 from products p where p.id = c.product_id)"
    " and c.product_id not in (select value from json_each(:ahead))"
    " and not exists (select 1 from review_claims k where k.product_id = c.product_id"
    " and k.who <> :who and k.until > :now)"
)
SKIPPED = (
    "(select max(a.id) from review_actions a where a.product_id = c.product_id"
    " and a.who = :who and a.verdict = 'skip' and not a.undone)"
)
DECIDED_BY_ME = (
    "exists (select 1 from corrections x where x.product_id = c.product_id and x.id > c.since"
    " and x.who = :who and x.undoes is null and not exists (select 1 from corrections u"
    " where u.product_id = x.product_id and u.undoes = x.id))"
)
# What was decided elsewhere, such as by an import, and is not noted on the card yet.
DECIDED = (
    "exists (select 1 from decided d where d.product_id = c.product_id"
    " and d.correction_id > c.since)"
)


@dataclass(frozen=True)
class Card:
    """A product in the queue, as it is stored."""

    product_id: str
    kind: str
    reason: str
    value: float
    suggestion: str | None
    probability: float | None
    alike: tuple[str, ...]
    since: int
    """The newest decision of the corpus when the card was made."""
    state: int
    further: tuple[str, ...] = ()
    """Reasons of its other cards."""


def fill(
    corpus: Corpus, suspicions: Iterable[Suspicion], *, kinds: Collection[str] | None = None
) -> int:
    """Put suspicions into the queue, in place of those that it had of the same kinds.

    Args:
        corpus: Where the queue is.
        suspicions: The products; of those without a product of that id no card is made.
        kinds: Which kinds are replaced; None for those of the suspicions.

    Returns:
        How many cards there are of these kinds now.

    Raises:
        InputError: If a kind or a number is none.
        CorpusError: If it cannot be written.
    """
    given = {(one.product_id, one.kind): one for one in suspicions}
    replaced = sorted({kind for _, kind in given} if kinds is None else {*kinds})
    for one in given.values():
        _check(one)
    with corpus.transaction():
        db = corpus.db.conn
        (since,) = db.execute("select coalesce(max(id), 0) from corrections").fetchone()
        db.execute(
            "delete from review_cards where kind in (select value from json_each(?))",
            [json.dumps(replaced)],
        )
        now = now_text()
        db.executemany(
            "insert into review_cards (product_id, kind, reason, value, suggestion, probability,"
            " alike, added_at, since, second) select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10"
            " where exists (select 1 from products where id = ?1)",
            (
                (
                    *(one.product_id, one.kind, one.reason, one.value, one.suggestion),
                    *(one.probability, json.dumps(list(one.alike[:MOST_ALIKE])), now, since),
                    int(is_asked_twice(one.product_id)),
                )
                for one in given.values()
            ),
        )
        (count,) = db.execute(
            "select count(*) from review_cards where kind in (select value from json_each(?))",
            [json.dumps(replaced)],
        ).fetchone()
    return int(count)


def take(corpus: Corpus, who: str, *, ahead: Collection[str] = ()) -> Card | None:
    """Hand out the open card that a look brings most at and nobody else holds.

    Second opinions come first, then what nobody decided on, then what this person skipped.

    Args:
        corpus: Where the queue is.
        who: The person, who holds the card for `CLAIM_S` from then on.
        ahead: Products that the person has in hand already: held on, and not handed out again.

    Returns:
        None where there is nothing left for this person.

    Raises:
        CorpusError: If it cannot be written.
    """
    check_name(who)
    with corpus.transaction():
        now = time.time()
        values = {"who": who, "now": now, "ahead": json.dumps(list(ahead))}
        db = corpus.db.conn
        db.execute(
            "update review_claims set until = :until where who = :who"
            " and product_id in (select value from json_each(:ahead))",
            {**values, "until": now + CLAIM_S},
        )
        by_value = "order by c.value desc, c.product_id"
        for state, condition, order in (
            (HALF, f"not {DECIDED_BY_ME} and {SKIPPED} is null", by_value),
            (OPEN, f"not {DECIDED} and {SKIPPED} is null", by_value),
            (HALF, f"not {DECIDED_BY_ME} and {SKIPPED} is not null", f"order by {SKIPPED}"),
            (OPEN, f"not {DECIDED} and {SKIPPED} is not null", f"order by {SKIPPED}"),
        ):
            row = db.execute(
                "select c.product_id from review_cards c where c.state = :state"  # noqa: S608
                f" and {FREE} and {condition} {order} limit 1",
                {**values, "state": state},
            ).fetchone()
            if row is not None:
                break
        else:
            return None
        product_id = str(row[0])
        hold(corpus, who, product_id, now)
        return card_of(corpus, product_id)


def card_of(corpus: Corpus, product_id: str) -> Card | None:
    """Return the card of a product, of several the one that a look brings most at."""
    with translated_errors(corpus.path):
        rows = corpus.db.execute(
            "select product_id, kind, reason, value, suggestion, probability, alike, since, state"
            " from review_cards where product_id = ? order by value desc, kind",
            [product_id],
        ).fetchall()
    if not rows:
        return None
    first, *others = rows
    return Card(
        product_id=product_id,
        kind=_text(first[1]),
        reason=_text(first[2]),
        value=_share(first[3]) or 0.0,
        suggestion=_text(first[4]) or None,
        probability=_share(first[5]),
        alike=_ids(first[6]),
        since=first[7] if isinstance(first[7], int) else 0,
        state=first[8] if first[8] in (OPEN, HALF, DONE) else OPEN,
        further=tuple(_text(row[2]) for row in others),
    )


def hold(corpus: Corpus, who: str, product_id: str, now: float | None = None) -> None:
    """Let a person hold a card; to be called within a transaction."""
    until = (time.time() if now is None else now) + CLAIM_S
    corpus.db.conn.execute(
        "insert into review_claims (product_id, who, until) values (?1, ?2, ?3)"
        " on conflict (product_id) do update set who = ?2, until = ?3",
        (product_id, who, until),
    )


def release(corpus: Corpus, product_ids: Iterable[str]) -> None:
    """Let nobody hold these cards any more; to be called within a transaction."""
    corpus.db.conn.executemany(
        "delete from review_claims where product_id = ?", [(one,) for one in product_ids]
    )


def settle(corpus: Corpus, product_ids: Iterable[str] | None = None) -> None:
    """Note on cards what was decided since they were made, here or elsewhere.

    Args:
        corpus: Where the queue is.
        product_ids: Whose cards; None for all, such as after an import.
    """
    condition = "" if product_ids is None else "product_id in (select value from json_each(?)) and"
    values = [] if product_ids is None else [json.dumps(list(product_ids))]
    with corpus.transaction():
        corpus.db.conn.execute(
            f"update review_cards as c set state = {STATE} where {condition}"  # noqa: S608
            f" state <> {STATE}",
            values,
        )


def is_asked_twice(product_id: str) -> bool:
    """Tell whether a product is put before a second person, the same whoever asks.

    >>> sum(is_asked_twice(f"shop:{number}") for number in range(1000))
    40
    """
    drawn = int.from_bytes(sha256(product_id.encode("utf-8", "replace")).digest()[:8], "big")
    return drawn < SECOND_SHARE * 2**64


def check_name(who: str) -> None:
    """Refuse what is no name of a person.

    Raises:
        InputError: If it is none, or too long.
    """
    if who[:1] in ("", " ") or len(who) > MOST_NAME or UNSHOWABLE.search(who):
        raise InputError(
            f"{who!r:.100} is no name to decide under: expected 1 to {MOST_NAME} characters that"
            " can be printed. Give yours."
        )


def _check(one: Suspicion) -> None:
    numbers: list[Any] = [one.value, 0.0 if one.probability is None else one.probability]
    if one.kind not in KINDS or not all(0 <= number <= 1 for number in numbers):
        raise InputError(
            f"The suspicion of {one.product_id!r:.100} has the kind {one.kind!r:.50}, the value"
            f" {one.value} and the probability {one.probability}. Expected one of"
            f" {', '.join(KINDS)}, and numbers from 0 to 1."
        )


# A corpus may be anybody's: what is stored need not be what was written.


def _text(value: Any) -> str:
    return value[:MOST_TEXT] if isinstance(value, str) else ""


def _share(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None


def _ids(text: Any) -> tuple[str, ...]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError, TypeError):
        return ()
    if not isinstance(values, list):
        return ()
    return tuple(one for one in values if isinstance(one, str))[:MOST_ALIKE]
