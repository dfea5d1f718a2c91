"""Rows that are one product: the one that names it, and those of its variants and pictures."""

from collections.abc import Sequence
from dataclasses import replace

from prodcat.tables.picture_cells import MOST_PICTURES, is_lost
from prodcat.tables.rows import WEB_ADDRESS, TableRow


def join_product(rows: Sequence[TableRow]) -> list[TableRow]:
    """Return the rows of one product, of which each has what is known of it.

    Args:
        rows: The one that names the product, and those that continue it.
    """
    first, *others = rows
    # Most products have one row, which says all that is known of them; nothing is asked again of
    # the disk for each.
    if not others and len(first.further_images) < MOST_PICTURES:
        return [first]
    pictures = [p for row in rows for p in (row.image, *row.further_images) if p is not None]
    pictures = list(dict.fromkeys(pictures[:MOST_PICTURES]))
    # Stable: of those that are there the first named is first.
    pictures.sort(key=is_lost)
    address = next((row.image_url for row in rows if row.image_url), "")
    # An address that came with a further picture is a fault no more, nor one where a file is.
    problems = [p for p in first.problems if p != WEB_ADDRESS or not pictures]
    if address and not pictures and WEB_ADDRESS not in problems:
        problems.append(WEB_ADDRESS)
    head = replace(
        first,
        image=pictures[0] if pictures else None,
        further_images=tuple(pictures[1:]),
        image_url=address,
        problems=tuple(problems),
    )
    # What was wrong above is told there.
    return [head] + [
        replace(
            head,
            number=row.number,
            continues=head.continues or head.number,
            problems=tuple(p for p in row.problems if p != WEB_ADDRESS),
            null_words=row.null_words,
        )
        for row in others
    ]
