"""Near-duplicates of a corpus or of any table of products."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import Float32Array
from prodcat.data.groups import Edge, Groups
from prodcat.errors import ConfigError, InputError
from prodcat.product import PathLike
from prodcat.screen import OnProgress
from prodcat.search.duplicates.embedded import Embedded, embedded
from prodcat.search.duplicates.grouping import CutKey, shared_keys, sharing
from prodcat.search.duplicates.marks import Marks, collect_marks
from prodcat.search.duplicates.near_names import near_names
from prodcat.search.duplicates.neighbours import alike_pictures, alike_vectors
from prodcat.search.duplicates.records import (
    KINDS,
    ONE_PICTURE,
    ONE_TEXT,
    SEVERAL,
    TWICE,
    VARIANTS,
    DuplicateGroup,
    Duplicates,
    DuplicateSettings,
    Member,
    SharedByMany,
)
from prodcat.search.duplicates.signatures import hashed
from prodcat.tables.columns import Columns
from prodcat.tables.read_as import ReadAs
from prodcat.tables.rows import TableRow
from prodcat.tables.table import ProductTable, open_table
from prodcat.taxonomy.paths import CategoryPath

FIELDS = ("id", "name", "description", "image", "category", "brand")
PICTURES = ("picture", "alike picture")
MEANINGS = (
    ({"name", "family", "near name"}, VARIANTS),
    ({"picture", "alike picture"}, ONE_PICTURE),
    ({"description"}, ONE_TEXT),
)
"""What a group means of which each member has evidence of these kinds."""


def find_duplicates(
    source: PathLike,
    *,
    settings: DuplicateSettings | None = None,
    vectors: Float32Array | PathLike | None = None,
    columns: Columns | None = None,
    separator: str | None = None,
    image_root: PathLike | None = None,
    read_as: ReadAs | None = None,
    on_table: Callable[[ProductTable], None] | None = None,
    on_progress: OnProgress | None = None,
) -> Duplicates:
    """Find the products that are the same, or the same but for colour, size or a slip.

    The table is read twice: once for what products are compared by, once for those in groups.

    Args:
        source: A corpus, or whatever `prodcat.tables.table.open_table` opens.
        settings: What ties two products.
        vectors: Embeddings, if there are some: the folder that ``prodcat embed`` wrote, or an
            array of the table's products in its order, (N, D).
        columns: Where the table's names must be told: field → column.
        separator: Between the levels of a category; None to find it out.
        image_root: Folder that image paths start from.
        read_as: What is known of the file.
        on_table: Is told how the table is understood.
        on_progress: Is told how many products are read.

    Raises:
        TableError: If the table cannot be read.
        ConfigError: If a setting does not fit.
        InputError: If the vectors are not those of the table, or it changes while it is read.
    """
    settings = settings or DuplicateSettings()
    check_settings(settings)
    table = open_table(
        source,
        columns=columns,
        separator=separator,
        image_root=image_root,
        fields=FIELDS,
        read_as=read_as,
    )
    if on_table is not None:
        on_table(table)
    pictures = any(kind in settings.by for kind in PICTURES)
    marks = collect_marks(
        table.rows(), pictures=pictures, total=table.count(), on_progress=on_progress
    )
    near = None if vectors is None else embedded(vectors, marks.keys["id"])
    groups, by_kind, cut = group_marks(marks, settings, near)
    found = tuple(_groups(groups.members(), marks, by_kind, table))
    order = sorted(
        found,
        key=lambda group: (
            not group.twins_contradict,
            not group.contradicting,
            -len(group.members),
        ),
    )
    examples = _read(table, {int(marks.rows[one.example]) for one in cut})
    return Duplicates(
        products=len(marks.rows),
        groups=tuple(order),
        unread=marks.unread,
        problems=marks.problems,
        cut=tuple(
            SharedByMany(one.kind, _called(examples, int(marks.rows[one.example])), one.products)
            for one in sorted(cut, key=lambda one: -one.products)
        ),
        chained=groups.chained,
    )


def check_settings(settings: DuplicateSettings) -> None:
    """Refuse settings that fit nothing.

    Raises:
        ConfigError: If a kind of evidence is unknown or none is left, or a number is out of range.
    """
    unknown = [kind for kind in settings.by if kind not in KINDS]
    if unknown or not settings.by:
        culprit = repr(unknown[0]) if unknown else "none"
        raise ConfigError(f"Near-duplicates are found by {', '.join(KINDS)}, but found {culprit}.")
    if min(settings.most, settings.most_near) < 2:
        raise ConfigError(
            f"A group has two products or more, but most is {settings.most} and most_near"
            f" {settings.most_near}."
        )
    if not 0 <= settings.most_bits <= 3:
        # Beyond it, two pictures need not share a band.
        raise ConfigError(f"most_bits is from 0 to 3, but found {settings.most_bits}.")
    if not 0 < settings.least_cosine <= 1:
        raise ConfigError(f"least_cosine is from 0 to 1, but found {settings.least_cosine}.")


def group_marks(
    marks: Marks, settings: DuplicateSettings, vectors: Embedded | None = None
) -> tuple[Groups, dict[str, NDArray[np.int64]], list[CutKey]]:
    """Tie products to groups.

    Returns:
        The groups; of each kind of evidence a key per product, (N,), that those share who are
        tied by it; what was cut.
    """
    groups = Groups(len(marks.rows), settings.most)
    keys: dict[str, NDArray[np.int64]] = {}
    cut: list[CutKey] = []
    for kind in KINDS:
        if kind not in settings.by:
            continue
        exact = kind in marks.keys
        if exact:
            spread = marks.makers if kind == "picture" else None
            edges, too_many = shared_keys(kind, marks.keys[kind], most=settings.most, spread=spread)
            # What is shared by too many is no evidence for those who are tied by something else.
            vain = [marks.keys[kind][one.example] for one in too_many]
            keys[kind] = np.where(np.isin(marks.keys[kind], vain), 0, marks.keys[kind])
            cut += too_many
        else:
            edges = list(_near(kind, marks, settings, vectors))
            keys[kind] = _as_keys(edges, len(marks.rows))
        groups.join(edges, most=None if exact else settings.most_near)
    return groups, keys, cut


def _near(
    kind: str, marks: Marks, settings: DuplicateSettings, vectors: Embedded | None
) -> Iterator[Edge]:
    """Yield the pairs of a kind of evidence that is no equal key."""
    if kind == "near name":
        first = np.full(len(marks.families), -1, np.int64)
        known = np.flatnonzero(marks.family_of >= 0)
        first[marks.family_of[known][::-1]] = known[::-1]
        yield from ((int(first[a]), int(first[b])) for a, b in near_names(marks.families))
    elif kind == "alike picture":
        pairs = alike_pictures(
            marks.shapes,
            marks.colours,
            most_bits=settings.most_bits,
            most_difference=settings.most_difference,
        )
        for a, b in pairs:
            one, other = int(marks.with_picture[a]), int(marks.with_picture[b])
            makers = {int(marks.makers[one]), int(marks.makers[other])} - {0}
            # Of two makers, pictures on a white ground are alike by chance.
            if len(makers) < 2 and marks.keys["picture"][one] != marks.keys["picture"][other]:
                yield one, other
    elif kind == "vectors" and vectors is not None:
        yield from alike_vectors(vectors, least_cosine=settings.least_cosine)


def _as_keys(edges: Sequence[Edge], products: int) -> NDArray[np.int64]:
    """Give those who hang together by these pairs a key of their own; 0 to the others."""
    hanging = Groups(products, products)
    hanging.join(edges)
    keys = np.zeros(products, np.int64)
    for place in {place for edge in edges for place in edge}:
        keys[place] = hanging.root(place) + 1
    return keys


def _groups(
    found: Sequence[Sequence[int]],
    marks: Marks,
    by_kind: dict[str, NDArray[np.int64]],
    table: ProductTable,
) -> Iterator[DuplicateGroup]:
    rows = _read(table, {int(marks.rows[place]) for members in found for place in members})
    for members in found:
        shared = {kind: sharing(members, keys) for kind, keys in by_kind.items()}
        if "near name" in shared:
            # Found between one product of each name; it holds for all that have the name.
            near = {int(marks.family_of[place]) for place in shared["near name"]} - {-1}
            shared["near name"] = {
                place for place in members if int(marks.family_of[place]) in near
            }
        twins = _twins(members, marks)
        here = []
        for place in members:
            row = rows.get(int(marks.rows[place]))
            if row is None or hashed(row.id) != marks.keys["id"][place]:
                raise InputError(f"{table.path} changed while it was read. Start again.")
            evidence = tuple(kind for kind in KINDS if place in shared.get(kind, ()))
            here.append(
                Member(row.number, row.id, row.name, row.category, evidence, twins.get(place))
            )
        yield judge(here)


def _twins(members: Sequence[int], marks: Marks) -> dict[int, int]:
    """Number the sets of members that are equal in all that they have."""
    same = sharing(members, marks.keys["twin"])
    numbers: dict[int, int] = {}
    return {
        place: numbers.setdefault(int(marks.keys["twin"][place]), len(numbers) + 1)
        for place in members
        if place in same
    }


def judge(members: Sequence[Member]) -> DuplicateGroup:
    """Say what a group means, and whether and where its labels contradict each other."""
    labels = Counter(member.category for member in members if member.category)
    contradicting = any(_contradict(a, b) for a, b in combinations(labels, 2))
    of_twin = {(m.twin, m.category) for m in members if m.twin is not None and m.category}
    twins_contradict = contradicting and any(
        one == other and _contradict(a, b) for (one, a), (other, b) in combinations(of_twin, 2)
    )
    usual = labels.most_common(1)[0][0] if labels else ()
    if all(member.twin == 1 for member in members) or all("id" in m.evidence for m in members):
        meaning = TWICE
    else:
        by_all = (text for kinds, text in MEANINGS if all(kinds & {*m.evidence} for m in members))
        meaning = next(by_all, SEVERAL)
    marked = tuple(
        Member(
            **{**member.__dict__, "label_differs": _contradict(member.category, usual)},
        )
        for member in members
    )
    return DuplicateGroup(marked, meaning, contradicting, twins_contradict)


def _contradict(a: CategoryPath, b: CategoryPath) -> bool:
    """Tell whether neither of two categories lies within the other, case aside."""
    shorter = min(len(a), len(b))
    return [n.casefold() for n in a[:shorter]] != [n.casefold() for n in b[:shorter]]


def _read(table: ProductTable, numbers: set[int]) -> dict[int, TableRow]:
    """Read rows once more, without their pictures."""
    if not numbers:
        return {}
    kept: dict[int, TableRow] = {}
    for row in table.rows(stop=max(numbers)):
        if row.number in numbers:
            kept[row.number] = TableRow(row.number, id=row.id, name=row.name, category=row.category)
    return kept


def _called(rows: dict[int, TableRow], number: int) -> str:
    row = rows.get(number)
    return row.id if row is not None and row.id else f"row {number}"
