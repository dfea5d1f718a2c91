"""What people decided of a mapping, as it stands in a file, and what it means in two trees."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from prodcat.tables.corrections import FOR_ANSWER, FOR_NEITHER
from prodcat.tables.words import is_null_word
from prodcat.taxonomy.mapping import Counterpart, MappedCategory, TreeMapping
from prodcat.taxonomy.paths import CategoryPath, split_path
from prodcat.taxonomy.tree import Taxonomy

PERSON = "person"
"""Who decided, where a verdict does not say."""
GONE = "gone"
FOR_NONE = FOR_NEITHER | {GONE, "nothing"}
RIGHT = FOR_ANSWER | {"right", "ok", "yes", "correct", "keep"}
PLACES = {"second": 0, "2": 0, "third": 1, "3": 1}
"""Verdicts that name a candidate, and which."""
NOT_LEFT = "the left tree has no category"
"""Begins a line about a row of another tree, which takes nothing from the categories of this."""
BETWEEN = ("\n", ";", "|")
"""What may stand between several counterparts of a verdict."""


@dataclass(frozen=True, slots=True)
class Place:
    """A category as a file names it: by id, by path, or both."""

    id: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of one category."""

    line: int
    left: Place
    counterparts: tuple[Place, ...]
    """Nothing where it is gone."""
    who: str = PERSON


class Names:
    """Finds the categories of a tree by id or by path, whatever the case of a path's letters."""

    def __init__(self, tree: Taxonomy) -> None:
        self.tree = tree
        self._by_path: dict[CategoryPath, str] = {}
        self._folded: dict[CategoryPath, str] = {}
        for category in tree.categories:
            path = tree.path(category)
            self._by_path.setdefault(path, category)
            self._folded.setdefault(_folded(path), category)

    def find(self, place: Place) -> str | None:
        """Return the id of a category; None if it is not there.

        A path counts before an id: ids of another version of a tree may be other categories'.
        """
        if place.path:
            path = split_path(place.path)
            found = self._by_path.get(path) or self._folded.get(_folded(path))
            if found is not None:
                return found
        return place.id if place.id in self.tree else None


def _folded(path: CategoryPath) -> CategoryPath:
    return tuple(name.casefold() for name in path)


def read_verdict(
    verdict: str, answer: Sequence[Place], candidates: Sequence[Place], right: Names
) -> tuple[Place, ...] | str | None:
    """Read what a person wrote into the column ``verdict``.

    Args:
        verdict: ``answer``, ``second``, ``third``, ``none of these``, or the path or id of a
            category, or several of these with a new line, ``;`` or ``|`` between.
        answer: What the machine had found.
        candidates: The next best.
        right: The categories of the right tree.

    Returns:
        The counterparts, nothing where it is gone; None where there is no verdict; a text that
        says what is wrong where it names nothing.
    """
    word = " ".join(verdict.casefold().split())
    if not any(map(str.isalnum, word)) or is_null_word(word):
        return None
    if word in FOR_NONE:
        return ()
    if word in RIGHT:
        return tuple(answer)
    found = _named(verdict, candidates, right)
    if found is not None:
        return (found,)
    for sign in BETWEEN:
        parts = [part for part in verdict.split(sign) if part.strip()]
        several = [_named(part, candidates, right) for part in parts]
        if len(parts) > 1 and all(each is not None for each in several):
            return tuple(dict.fromkeys(each for each in several if each is not None))
    return (
        f"{verdict.strip()!r:.100} is no category of the right tree; write answer, second, third,"
        " none of these, or a path of it"
    )


def _named(text: str, candidates: Sequence[Place], right: Names) -> Place | None:
    text = text.strip()
    place = PLACES.get(text.casefold())
    # An id of the tree may be a number, too; the words are ours.
    if right.find(Place(text, text)) is not None:
        return Place(text, text)
    return next(islice(candidates, place, None), None) if place is not None else None


def apply_decisions(
    mapping: TreeMapping, decisions: Iterable[Decision]
) -> tuple[TreeMapping, list[str]]:
    """Put what people decided in the place of what was found.

    Args:
        mapping: What was found; categories keep their candidates.
        decisions: From any earlier file; a later one of a category counts.

    Returns:
        The mapping, and a line for each decision that these trees have no place for.
    """
    left, right = Names(mapping.left), Names(mapping.right)
    rows: dict[str, MappedCategory] = {}
    problems = []
    for each in decisions:
        category = left.find(each.left)
        if category is None:
            shown = each.left.path or each.left.id
            problems.append(f"line {each.line}: {NOT_LEFT} {shown!r:.200}")
            continue
        found = [right.find(place) for place in each.counterparts]
        if None in found:
            missing = each.counterparts[found.index(None)]
            shown = missing.path or missing.id
            problems.append(f"line {each.line}: the right tree has no category {shown!r:.200}")
            continue
        ids = tuple(dict.fromkeys(one for one in found if one is not None))
        before = mapping[category]
        others = (*before.counterparts, *before.candidates)
        rows[category] = MappedCategory(
            category,
            tuple(Counterpart(one, 1.0, f"decided by {each.who}") for one in ids),
            tuple(one for one in others if one.category not in ids),
            1.0,
            each.who,
        )
    return mapping.with_rows(rows.values()), problems
