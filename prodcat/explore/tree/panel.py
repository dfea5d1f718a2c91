"""The tab of the page that holds the shop's tree against the data's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from prodcat.analyze.charts.chart import COLOURS
from prodcat.arrays import BoolArray, Float32Array
from prodcat.explore.map_data import Panel
from prodcat.explore.tree.disagreement import (
    APART,
    FEWEST_DRAWN,
    MIXED,
    Disagreement,
    K,
    Merge,
    Move,
    Split,
    find_disagreement,
    same_branch_share,
)
from prodcat.explore.tree.drawing import draw_beside_tree, draw_with_pictures
from prodcat.explore.tree.linkage import arrange, cluster
from prodcat.explore.tree.members import FEWEST, Members, gather_members
from prodcat.explore.tree.pictures import PictureTree
from prodcat.explore.tree.reviews import Review
from prodcat.taxonomy.paths import CategoryPath, join_path
from prodcat.wording import clean, number, percent, shorten

NAME = "Tree"
STYLE = (
    "<style>foreignObject .picture{width:30px;height:40px;object-fit:contain}"
    ".panel button.name{border:0;padding:0;background:none;color:var(--link);text-align:left;"
    "font:inherit}.panel td .name{font-size:.85rem}</style>"
)


@dataclass(frozen=True)
class Seen:
    """What the tree is held against: the products, and one kind of their vectors."""

    names: Sequence[str]
    """Of the products, (N,)."""
    paths: Sequence[CategoryPath | None]
    """Their categories; None for none."""
    vectors: Float32Array
    """(N, D), each of unit length or zeros."""
    present: BoolArray
    """Which products have one, (N,)."""
    of: str
    """What the vectors are, for sentences, such as ``names and pictures``."""
    pictures: PictureTree | None = None
    """The dendrogram of pictures; None for none."""


def tree_panel(seen: Seen) -> Panel:
    """Return the tab; without categories, it says so and shows the pictures alone.

    Raises:
        MissingDependencyError: If scipy is not installed.
    """
    members = gather_members(seen.vectors, seen.present, seen.paths)
    parts = [STYLE, f"<h2>The tree as {escape(seen.of)} have it</h2>"]
    if len(members.paths) < 2:
        count = {0: "No category has", 1: "Only one category has"}[len(members.paths)]
        parts.append(
            f"<p>{count} at least {FEWEST} products with {escape(seen.of)}, so there is nothing"
            " to compare.</p>"
        )
    else:
        parts += _categories(members, seen)
    if len(members.paths) == 1:
        parts += _of_one_category(members, seen)
    parts += _pictures(seen)
    return Panel(NAME, "\n".join(parts))


def _categories(members: Members, seen: Seen) -> Iterator[str]:
    count = len(members.paths)
    left_out = f" {members.small:,} smaller ones are left out." if members.small else ""
    at = f" at level {members.level}" if members.level < max(map(_depth, seen.paths)) else ""
    yield (
        f"<p>{count:,} categories{at} of at least {FEWEST} products are joined by the mean vector"
        f" of their products (average linkage of cosine distances).{left_out} A line crosses"
        " where the data joins a category elsewhere than the shop hangs it.</p>"
    )
    if any(len(path) > 1 for path in members.paths):
        yield (
            f"<p>Of the categories that have siblings, {percent(same_branch_share(members))} have"
            " one of them as their nearest category.</p>"
        )
    joins = cluster(members.means)
    drawn = draw_beside_tree(arrange(joins, count, range(count)), members.paths)
    yield f'<div class="scroll">{drawn}</div>'
    found = find_disagreement(members, seen.names)
    yield from _merges(members, seen, found)
    yield from _splits(members, seen, found)
    yield from _moves(members, found)
    yield from _reviews(members, seen, found)


def _depth(path: CategoryPath | None) -> int:
    return len(path or ())


def _of_one_category(members: Members, seen: Seen) -> Iterator[str]:
    yield from _splits(members, seen, find_disagreement(members, seen.names))


def _merges(members: Members, seen: Seen, found: Disagreement) -> Iterator[str]:
    yield "<h3>Categories that lie in each other: candidates to merge</h3>"
    yield (
        f"<p>Of two categories of {FEWEST_DRAWN} products at least, equal numbers are drawn."
        f" Across: of the {K} nearest of"
        " a product, the share that is of the other category; 50 % where the two cannot be told"
        f" apart. Listed from {percent(MIXED, digits=0)} on."
        f"{_more(found.merges, found.merges_found)}"
        " Where the products of both are one kind of thing, merge them, or say in their names"
        " what sets them apart.</p>"
    )
    if not found.merges:
        yield "<p>None.</p>"
        return

    def row(merge: Merge) -> Iterator[str]:
        yield _path_cell(members, merge.first)
        yield _path_cell(members, merge.second)
        yield f"<td>{percent(merge.across, digits=0)}</td>"
        yield _sizes(members, merge.first, merge.second)
        yield _examples_cell(seen, merge.examples)

    yield _table(
        ("Category", "and", "Across", "Products", "Examples"), map(row, found.merges), texts=(0, 1)
    )


def _splits(members: Members, seen: Seen, found: Disagreement) -> Iterator[str]:
    yield "<h3>Categories of two lumps: candidates to split</h3>"
    yield (
        "<p>A category is cut in two by k-means. Across: of the nearest of a product, the share"
        f" that is in the other half. Listed up to {percent(APART, digits=0)}."
        f"{_more(found.splits, found.splits_found)} The words set one lump apart from the other:"
        " they tell whether it is two kinds of thing, or one shop's way of naming.</p>"
    )
    if not found.splits:
        yield "<p>None.</p>"
        return

    def row(split: Split) -> Iterator[str]:
        yield _path_cell(members, split.category)
        yield f"<td>{percent(split.across)}</td>"
        for size, words, examples in zip(split.sizes, split.words, split.examples, strict=True):
            yield (
                f'<td class="text">{_text(", ".join(words) or "–")} <small>({size:,})</small>'
                f"{_examples(seen, examples)}</td>"
            )

    yield _table(
        ("Category", "Across", "One lump", "The other"), map(row, found.splits), texts=(2, 3)
    )


def _moves(members: Members, found: Disagreement) -> Iterator[str]:
    if all(len(path) == 1 for path in members.paths):
        return
    yield "<h3>Categories that are nearest to another branch: candidates to move</h3>"
    yield (
        "<p>By the cosine of the mean vectors."
        f"{_more(found.moves, found.moves_found)} Twins of two branches, such as shirts for women"
        " and for men, are meant to be near; a category whose nearest one is of another kind may"
        " hang in the wrong place.</p>"
    )
    if not found.moves:
        yield "<p>None.</p>"
        return

    def row(move: Move) -> Iterator[str]:
        yield _path_cell(members, move.category)
        yield _path_cell(members, move.nearest)
        yield f"<td>{number(move.similarity, digits=3)}</td>"
        if move.beside is None:
            yield '<td class="text">–</td><td>–</td>'
        else:
            yield _path_cell(members, move.beside)
            yield f"<td>{number(move.beside_similarity, digits=3)}</td>"

    yield _table(
        ("Category", "Nearest", "Cosine", "Nearest beside it", "Cosine"),
        map(row, found.moves),
        texts=(0, 1, 3),
    )


def _reviews(members: Members, seen: Seen, found: Disagreement) -> Iterator[str]:
    yield "<h3>Products far from their category: candidates for review</h3>"
    yield (
        f"<p>{found.reviews_found:,} products are nearer to the mean of another category than to"
        f" that of their own without them. Shown are those of which most of the {K} nearest"
        " products say so too.</p>"
    )
    if not found.reviews:
        return
    everything = " ".join(str(review.product) for review in found.reviews)
    yield f'<p><button data-show="{everything}">Show them on the map</button></p>'

    def card(review: Review) -> str:
        own, other = (members.paths[c] for c in (review.category, review.other))
        return (
            f'<div class="card"><span data-picture="{review.product}"></span><div>'
            f"{_product(seen, review.product)}<br><small>{_text(join_path(own))}"
            f" ({number(review.similarity, digits=2)})<br>nearer to: {_text(join_path(other))}"
            f" ({number(review.other_similarity, digits=2)}), {review.neighbours} of its {K}"
            " nearest</small></div></div>"
        )

    yield f'<div class="gallery">{"".join(map(card, found.reviews))}</div>'


def _pictures(seen: Seen) -> Iterator[str]:
    made = seen.pictures
    if made is None:
        return
    tops = list(dict.fromkeys(path[0] for path in seen.paths if path))
    labels, colours = [], []
    for row in made.rows:
        path = seen.paths[row]
        label = f"{path[-1]}: {seen.names[row]}" if path else seen.names[row]
        labels.append(label)
        colours.append(COLOURS[tops.index(path[0]) % len(COLOURS)] if path else "var(--text)")
    yield "<h2>Pictures as the data joins them</h2>"
    yield (
        f"<p>{len(made.rows):,} products, of each category about as many, joined by"
        " their colours and shapes (Ward's linkage).</p>"
    )
    drawn = draw_with_pictures(made.dendrogram, made.rows, labels, colours)
    yield f'<div class="scroll">{drawn}</div>'


def _table(
    headings: Sequence[str], rows: Iterator[Iterator[str]], texts: Sequence[int] = ()
) -> str:
    head = "".join(
        f'<th class="text">{escape(heading)}</th>'
        if place in texts
        else f"<th>{escape(heading)}</th>"
        for place, heading in enumerate(headings)
    )
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        "</div>"
    )


def _more(listed: Sequence[object], count: int) -> str:
    return (
        f" {count:,} there are; the clearest {len(listed)} are shown."
        if count > len(listed)
        else ""
    )


def _path_cell(members: Members, category: int) -> str:
    shown = members.rows[category][:2000].tolist()
    return (
        f'<td class="text">{_text(join_path(members.paths[category]))}'
        f" {_button(shown, f'{members.sizes[category]:,}')}</td>"
    )


def _sizes(members: Members, first: int, second: int) -> str:
    rows = np.concatenate([members.rows[first][:1000], members.rows[second][:1000]]).tolist()
    both = f"{members.sizes[first]:,} + {members.sizes[second]:,}"
    return f"<td>{_button(rows, both)}</td>"


def _button(rows: Sequence[int], text: str) -> str:
    return f'<button data-show="{" ".join(map(str, rows))}">{text}</button>'


def _examples_cell(seen: Seen, rows: Sequence[int]) -> str:
    return f'<td class="text">{_examples(seen, rows)}</td>'


def _examples(seen: Seen, rows: Sequence[int]) -> str:
    return "".join(f"<div>{_product(seen, row)}</div>" for row in rows)


def _product(seen: Seen, row: int) -> str:
    name = shorten(clean(seen.names[row]), 60) or "(no name)"
    return f'<button class="name" data-show="{row}">{escape(name)}</button>'


def _text(text: str) -> str:
    return escape(clean(text))
