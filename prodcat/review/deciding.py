"""What a person decides about a card: kept at once, never over another's decision, and taken back.

A decision is a row of the corpus' corrections, or several where it covers near-duplicates; all of
it is written in one transaction, or nothing.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prodcat.corpus import corrections
from prodcat.corpus.corrections import Correction, correct, decisions_of, history, in_force
from prodcat.corpus.known_products import sources_of
from prodcat.corpus.product_query import label_terms
from prodcat.corpus.store import Corpus
from prodcat.corpus.stored_trees import has_category
from prodcat.corpus.translation import Lost, Translations
from prodcat.errors import DecidedError, InputError
from prodcat.review.queue import (
    Card,
    card_of,
    check_name,
    hold,
    is_asked_twice,
    release,
    settle,
)

VERDICTS = ("keep", "suggestion", "other", "none", "skip")
"""Keep the label; take the suggested category; another one; none of the tree's; ask me later."""


@dataclass(frozen=True)
class Action:
    """What a person did about a card."""

    id: int
    who: str
    product_id: str
    verdict: str
    covered: tuple[str, ...] = ()
    """The products that were decided on with it, its own first; none where it was skipped."""
    passed_over: tuple[str, ...] = ()
    """Near-duplicates that were to be covered, and on which there was a decision already."""


def decide(
    corpus: Corpus,
    who: str,
    product_id: str,
    verdict: str,
    category: str | None = None,
    alike: Sequence[str] = (),
) -> Action:
    """Keep what a person decided about a card, at once.

    The same said again, such as by a client that did not hear the answer, changes nothing.

    Args:
        corpus: Where the queue is.
        who: The person.
        product_id: Whose card.
        verdict: One of `VERDICTS`.
        category: Id of the right category, for ``other``.
        alike: Near-duplicates of the card that the same category is given to.

    Raises:
        DecidedError: If another person decided on it meanwhile, or this one did.
        InputError: If there is no such card, or the verdict does not go with it.
        CorpusError: If it cannot be written.
    """
    check_name(who)
    with corpus.transaction():
        card = card_of(corpus, product_id)
        if card is None:
            raise InputError(f"There is no card of a product {product_id!r:.100} in the queue.")
        if verdict == "skip":
            release(corpus, [product_id])
            return _note(corpus, Action(0, who, product_id, verdict), ())
        chosen = _category(corpus, card, verdict, category)
        if said_before := _said_before(corpus, card, who, chosen):
            return said_before
        if unknown := set(alike) - set(card.alike):
            raise InputError(
                f"{min(unknown)!r:.100} is no near-duplicate of the card of {product_id!r:.100}."
            )
        decided = decisions_of(corpus, alike)
        there = sources_of(corpus, alike)
        covered = [product_id, *(one for one in there if one not in decided)]
        written = _write(corpus, card, who, chosen, covered)
        settle(corpus, covered)
        release(corpus, covered)
        passed_over = tuple(one for one in alike if one in decided)
        done = Action(0, who, product_id, verdict, tuple(covered), passed_over)
        return _note(corpus, done, [one.id for one in written])


def undo(corpus: Corpus, who: str, action_id: int | None = None) -> Action | None:
    """Take back what a person did last, and hand the card back to that person.

    Args:
        corpus: Where the queue is.
        who: The person.
        action_id: What is meant; said again, it changes nothing. None for the last that counts.

    Returns:
        What was taken back; None where there is nothing.

    Raises:
        InputError: If the person did no such thing.
        CorpusError: If it cannot be written.
    """
    check_name(who)
    with corpus.transaction():
        row = corpus.db.execute(
            "select id, product_id, verdict, first, last, undone from review_actions"
            " where who = ?1 and iif(?2 is null, not undone, id = ?2) order by id desc limit 1",
            [who, action_id],
        ).fetchone()
        if row is None and action_id is not None:
            raise InputError(f"{who!r:.100} did nothing of the number {action_id}.")
        if row is None:
            return None
        number, product_id, verdict, first, last, undone = row
        covered = _take_back(corpus, who, first, last)
        action = Action(number, who, product_id, verdict, covered)
        if undone:
            return action
        corpus.db.conn.execute("update review_actions set undone = 1 where id = ?", [number])
        settle(corpus, covered)
        hold(corpus, who, product_id)
    return action


def label_of(corpus: Corpus, card: Card) -> str | None:
    """Return the label that counted when the card was made; None where there was none."""
    before = [one for one in in_force(history(corpus, card.product_id)) if one.id <= card.since]
    if before:
        translations = Translations(corpus.db)
        label = translations.now(before[-1].category_id, before[-1].id, card.product_id)
        if not isinstance(label, Lost):
            return label
    terms = label_terms(corpus.db)
    row = corpus.db.execute(
        f"select {terms.stated} from products p{terms.joins} where p.id = ?",  # noqa: S608
        [card.product_id],
    ).fetchone()
    return None if row is None else row[0]


def _category(corpus: Corpus, card: Card, verdict: str, category: str | None) -> str | None:
    if (category is not None) != (verdict == "other"):
        raise InputError(f"The verdict {verdict!r:.50} goes with no such category: {category!r}.")
    if verdict == "none":
        return None
    chosen = {
        "keep": label_of(corpus, card) if verdict == "keep" else None,
        "suggestion": card.suggestion,
        "other": category,
    }
    if verdict not in chosen:
        raise InputError(f"{verdict!r:.50} is no verdict; one of: {', '.join(VERDICTS)}.")
    found = chosen[verdict]
    if not found:
        raise InputError(f"The card of {card.product_id!r:.100} has no category for {verdict!r}.")
    if not has_category(corpus.db, found):
        raise InputError(f"The tree has no category {found!r:.200}, so nothing can be put there.")
    return found


def _said_before(corpus: Corpus, card: Card, who: str, category: str | None) -> Action | None:
    """Return what the same person said already; refuse where it cannot be said any more."""
    since = [one for one in in_force(history(corpus, card.product_id)) if one.id > card.since]
    mine = [one for one in since if one.who == who]
    if mine and mine[-1].category_id == category:
        row = corpus.db.execute(
            "select id, product_id, verdict, first, last from review_actions"
            " where who = ? and first <= ? and last >= ? and not undone",
            [who, mine[-1].id, mine[-1].id],
        ).fetchone()
        if row is not None and row[1] == card.product_id:
            return Action(row[0], who, row[1], row[2], _covered(corpus, row[3], row[4]))
    needed = 2 if is_asked_twice(card.product_id) else 1
    if mine or len({one.who for one in since}) >= needed:
        other = "You" if mine else since[-1].who
        raise DecidedError(
            f"{other or 'Somebody'} decided on {card.product_id!r:.100} meanwhile, and that is not"
            " overwritten. Go on with the next one, or take the decision back first."
        )
    return None


def _write(
    corpus: Corpus, card: Card, who: str, category: str | None, covered: Iterable[str]
) -> list[Correction]:
    return correct(
        corpus,
        [
            Correction(
                one,
                category,
                who=who,
                asked=card.reason if one == card.product_id else f"like {card.product_id}",
                said=(card.suggestion or "") if one == card.product_id else "",
                said_probability=card.probability if one == card.product_id else None,
            )
            for one in covered
        ],
    )


def _take_back(corpus: Corpus, who: str, first: int | None, last: int | None) -> tuple[str, ...]:
    covered = _covered(corpus, first, last)
    for number in range(first or 0, (last or -1) + 1):
        taken = corpus.db.execute(
            "select 1 from corrections x join corrections u on u.product_id = x.product_id"
            " and u.undoes = x.id where x.id = ?",
            [number],
        ).fetchone()
        if taken is None:
            corrections.undo(corpus, number, who=who)
    return covered


def _covered(corpus: Corpus, first: int | None, last: int | None) -> tuple[str, ...]:
    if first is None:
        return ()
    rows = corpus.db.execute(
        "select product_id from corrections where id between ? and ? order by id", [first, last]
    )
    return tuple(row[0] for row in rows)


def _note(corpus: Corpus, done: Action, written: Sequence[int]) -> Action:
    cursor = corpus.db.conn.execute(
        "insert into review_actions (who, product_id, verdict, first, last, at)"
        " values (?, ?, ?, ?, ?, ?)",
        (
            *(done.who, done.product_id, done.verdict),
            *((written[0], written[-1]) if written else (None, None)),
            time.time(),
        ),
    )
    number = int(cursor.lastrowid or 0)
    return Action(number, done.who, done.product_id, done.verdict, done.covered, done.passed_over)
