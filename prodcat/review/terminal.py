"""The queue in a terminal, for where there is no browser: a card as text, one key each."""

import shutil
import textwrap
from collections.abc import Callable, Sequence

from prodcat.errors import DecidedError
from prodcat.review.card import CardForPeople, Place, Shown
from prodcat.review.desk import Desk
from prodcat.taxonomy.paths import join_path
from prodcat.wording import clean, duration, percent

VERDICTS = {"1": "keep", "2": "suggestion", "4": "none", "5": "skip"}
DESCRIPTION = 600
MOST_FOUND = 9
"""Categories that are offered at once: one key chooses."""
MOST_LISTED = 50
ENDS = ("q", "\x03", "\x04", "\x1b", "")


class Terminal:
    """Goes through a queue with one person.

    Args:
        desk: The open queue.
        who: The person.
        read_key: Waits for a key and returns it; an empty text where there will be none.
        read_line: Shows a question, waits for a line and returns it.
        write: Shows a line.
    """

    def __init__(
        self,
        desk: Desk,
        who: str,
        *,
        read_key: Callable[[], str],
        read_line: Callable[[str], str],
        write: Callable[[str], None],
    ) -> None:
        self.desk, self.who = desk, who
        self.read_key, self.read_line, self.write = read_key, read_line, write
        self.decided = 0
        self._covers_all = False

    def run(self, limit: int | None = None) -> int:
        """Go through cards until none is left, or one has enough, and return how many were decided.

        Args:
            limit: How many at most; None for all.
        """
        card = self.desk.next(self.who)
        while card is not None and (limit is None or self.decided < limit):
            self._covers_all = False
            self._show(card)
            following = self._ask(card)
            if following is None:
                break
            card = following()
        if card is None:
            self.write("Nothing is left for you.")
        self._tell_progress()
        return self.decided

    def _ask(self, card: CardForPeople) -> "Callable[[], CardForPeople | None] | None":
        """Wait for keys until there is another card to show, and return what gets it."""
        while True:
            key = self.read_key().lower()
            if key in ENDS:
                return None
            if key == "z":
                return self._undo(card)
            if key == "a":
                self._list_alike(card)
            elif key in (*VERDICTS, "3"):
                if self._decide(card, key):
                    return lambda: self.desk.next(self.who)
                self._show_keys(card)

    def _decide(self, card: CardForPeople, key: str) -> bool:
        if (key == "1" and not _can_take(card.label)) or (
            key == "2" and not _can_take(card.suggestion)
        ):
            return False
        category = self._pick() if key == "3" else None
        if key == "3" and category is None:
            return False
        alike = [one.id for one in card.alike if not one.is_decided] if self._covers_all else []
        verdict = VERDICTS.get(key, "other")
        try:
            self.desk.decide(
                self.who,
                card.card.product_id,
                verdict,
                category,
                alike if verdict != "skip" else [],
            )
        except DecidedError as error:
            self.write(str(error))
            return True
        self.decided += verdict != "skip"
        return True

    def _undo(self, card: CardForPeople) -> "Callable[[], CardForPeople | None]":
        action = self.desk.undo(self.who)
        if action is None:
            self.write("There is nothing of yours to take back.")
            return lambda: card
        self.decided -= action.verdict != "skip" and self.decided > 0
        self.write("Taken back.")
        return lambda: self.desk.again(action.product_id)

    def _pick(self) -> str | None:
        """Ask for a category by its words; None where none is chosen."""
        while True:
            words = self.read_line("Words of the category (nothing to go back): ").strip()
            if not words:
                return None
            found = self.desk.categories(self.who, words, MOST_FOUND)
            for number, (place, recent) in enumerate(found, 1):
                self.write(f"  {number} {_path(place)}{' (lately)' if recent else ''}")
            if not found:
                self.write("  No category has these words.")
                continue
            self.write("  Its number, or any other key for other words.")
            key = self.read_key()
            if key.isdecimal() and 1 <= int(key) <= len(found):
                return found[int(key) - 1][0].id

    def _list_alike(self, card: CardForPeople) -> None:
        covered = [one for one in card.alike if not one.is_decided]
        if not covered:
            return
        self._covers_all = not self._covers_all
        if not self._covers_all:
            self.write("What you decide holds for this one alone.")
            return
        for one in covered[:MOST_LISTED]:
            label = f" ({_path(one.label)})" if one.label else ""
            self.write(f"  {clean(one.name, 80) or one.id}{label}")
        if len(covered) > MOST_LISTED:
            self.write(f"  and {len(covered) - MOST_LISTED:,} more")
        self.write(f"What you decide now holds for all {len(covered) + 1:,} of these.")

    def _show(self, card: CardForPeople) -> None:
        self.write("")
        self._tell_progress()
        self.write(clean(card.name, 300) or card.card.product_id)
        width = min(100, shutil.get_terminal_size().columns)
        for line in textwrap.wrap(clean(card.description, DESCRIPTION), width):
            self.write(f"  {line}")
        if file := self.desk.picture_file(card.card.product_id):
            self.write(f"  picture: {file}")
        for reason in (card.card.reason, *card.card.further):
            self.write(f"  why: {clean(reason, 400)}")
        for title, place, others in (
            ("label", card.label, card.of_label),
            ("suggested", card.suggestion, card.of_suggestion),
        ):
            sure = f", {percent(card.card.probability)}" if title == "suggested" and place else ""
            sure = sure if card.card.probability is not None else ""
            self.write(f"  {title}: {_path(place)}{sure}{_names(others)}")
        self._show_keys(card)

    def _show_keys(self, card: CardForPeople) -> None:
        count = sum(not one.is_decided for one in card.alike)
        keys = [
            "1 keep the label" if _can_take(card.label) else "",
            "2 take the suggestion" if _can_take(card.suggestion) else "",
            *("3 another category", "4 none of these", "5 skip"),
            f"a all {count + 1:,} like this one" if count else "",
            *("z undo", "q quit"),
        ]
        self.write("  ".join(filter(None, keys)))

    def _tell_progress(self) -> None:
        now = self.desk.progress(self.who)
        parts = [f"{now.done:,} of {now.done + now.left:,} decided"]
        if now.pace_s is not None:
            parts.append(f"{duration(now.pace_s)} for each")
        if now.second:
            parts.append(f"{now.second:,} wait for a second opinion")
        if now.twice:
            parts.append(f"two agreed on {now.agreed:,} of {now.twice:,}")
        self.write(", ".join(parts))


def _can_take(place: Place | None) -> bool:
    return place is not None and place.in_tree


def _path(place: Place | None) -> str:
    return clean(join_path(place.path), 300) if place else "none"


def _names(others: Sequence[Shown]) -> str:
    names = [clean(one.name, 40) for one in others if one.name]
    return f" (such as {'; '.join(names[:3])})" if names else ""
