"""By what a map is coloured and filtered: categories, answers, and whatever else is known."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from prodcat.arrays import IntArray
from prodcat.errors import AnalyzeError
from prodcat.explore.catalogue import Catalogue
from prodcat.explore.colour_names import COLOURS
from prodcat.explore.map_data import ColourBy, by_number, by_text
from prodcat.explore.picture_facts import PictureFacts
from prodcat.runs.reading import read_run
from prodcat.runs.side import Side
from prodcat.taxonomy.paths import join_path

MOST_GROUPS = 2000
"""Groups of a partition; one with more, such as by an id, is none."""
PART_NAMES = ("name", "description", "picture")


def colourings(
    catalogue: Catalogue, facts: PictureFacts | None, run: Path | None = None
) -> tuple[ColourBy, ...]:
    """Return all partitions of the products that tell anything, categories first.

    Args:
        catalogue: The products.
        facts: What their pictures are like; None where they were not opened.
        run: A run directory, for what its model answered.

    Raises:
        AnalyzeError: If the run cannot be read, or has none of these products.
    """
    found = list(by_level(catalogue))
    if run is not None:
        found[:0] = by_answer(catalogue, run)
    found += by_columns(catalogue)
    if facts is not None and (facts.colours >= 0).any():
        found.append(ColourBy("main colour", facts.colours, COLOURS))
    found.append(by_parts(catalogue))
    return tuple(c for c in found if len(np.unique(c.codes)) > 1) or tuple(found[:1])


def by_level(catalogue: Catalogue) -> Iterator[ColourBy]:
    """Yield a partition for each level of the tree, the whole path down to it.

    A category that ends above a level stands for itself there.
    """
    for level in range(1, catalogue.levels + 1):
        texts = [join_path(path[:level]) if path else None for path in catalogue.paths]
        name = "category" if catalogue.levels == 1 else f"category, level {level}"
        # The deepest is the label, which is told once and in full.
        yield sorted_by_size(by_text(name, texts, in_card=level == catalogue.levels))


def by_answer(catalogue: Catalogue, run: Path) -> list[ColourBy]:
    """Return what a run's model answered, and whether it was right.

    Raises:
        AnalyzeError: If the run cannot be read, or has none of these products.
    """
    try:
        predictions = read_run(run).predictions
    except (AnalyzeError, OSError) as error:
        raise AnalyzeError(f"{run} {error}") from error
    places = {id: row for row, id in enumerate(catalogue.ids)}
    answers: list[str | None] = [None] * len(catalogue)
    verdicts = np.full(len(catalogue), -1, dtype=np.int64)
    known = 0
    for side in predictions.sides.values():
        known += _read_side(side, places, answers, verdicts)
    if not known:
        raise AnalyzeError(
            f"None of the products that {run} was tested on is here. Name the run of a model that"
            " was trained on this corpus; with --limit, its products may all have been left out."
        )
    return [
        ColourBy(
            "right or wrong",
            verdicts,
            ("right", "wrong", "abstained"),
            tones={"right": "good", "wrong": "bad", "abstained": "quiet"},
        ),
        sorted_by_size(by_text("answer", answers)),
    ]


def _read_side(
    side: Side, places: dict[str, int], answers: list[str | None], verdicts: IntArray
) -> int:
    known = 0
    for id, answer, label in zip(side.ids, side.answers, side.labels.tolist(), strict=True):
        row = places.get(id)
        if row is None:
            continue
        known += 1
        answers[row] = answer or None
        if not answer:
            verdicts[row] = 2
            continue
        # An answer above the leaf is right for all below it.
        true = side.paths[label]
        verdicts[row] = 0 if true == answer or true.startswith(f"{answer} > ") else 1
    return known


def by_columns(catalogue: Catalogue) -> Iterator[ColourBy]:
    """Yield partitions by price, and by whatever other columns group the products."""
    if np.isfinite(catalogue.prices).any():
        yield by_number("price", catalogue.prices)
    for name, column in catalogue.numbers.items():
        yield by_number(name, column)
    for name, values in catalogue.columns.items():
        groups = len({value for value in values if value})
        # Where nearly every product has its own, it groups nothing.
        if 1 < groups <= min(MOST_GROUPS, max(20, len(catalogue) // 3)):
            yield sorted_by_size(by_text(name, values))


def by_parts(catalogue: Catalogue) -> ColourBy:
    """Return the partition by which parts products have."""
    texts = []
    has = catalogue.has_picture.tolist()
    for name, description, picture in zip(
        catalogue.names, catalogue.descriptions, has, strict=True
    ):
        flags = zip(PART_NAMES, (name, description, picture), strict=True)
        texts.append(" + ".join(part for part, there in flags if there) or "nothing")
    return sorted_by_size(by_text("parts", texts, in_card=False))


def sorted_by_size(colouring: ColourBy) -> ColourBy:
    """Return the partition with its largest group first, as a legend shows them."""
    sizes = np.bincount(colouring.codes[colouring.codes >= 0], minlength=len(colouring.names))
    order = sorted(range(len(sizes)), key=lambda group: (-sizes[group], colouring.names[group]))
    places = np.empty(len(order) + 1, dtype=np.int64)
    places[order] = np.arange(len(order))
    places[-1] = -1
    names: Sequence[str] = [colouring.names[group] for group in order]
    return ColourBy(
        colouring.name,
        places[colouring.codes],
        tuple(names),
        colouring.tones,
        colouring.ordered,
        colouring.in_card,
    )
