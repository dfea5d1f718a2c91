"""The card of a model that was started from names."""

from prodcat.starting.result import Started
from prodcat.taxonomy.paths import join_path
from prodcat.wording import clean

SHOWN = 10


def card_of(started: Started) -> str:
    """Write the card, in Markdown."""
    pairs = "\n".join(
        f"- {clean(join_path(pair.first))} and {clean(join_path(pair.second))} ({pair.cosine:.2f})"
        for pair in started.alike[:SHOWN]
    )
    return f"""# Model card: started from names

A text model of {started.leaves:,} leaf categories, made by `prodcat start` from their names
and {started.products:,} unlabelled products, on the text encoder {clean(started.encoder)}. It has
seen no labelled product of this tree, and reads no pictures.

{started.said} `prodcat calibrate` fits a promise on labelled products, `prodcat train` learns from
them; about {started.to_label:,} are a beginning.

Names that say nearly the same (cosine), so that their products will be confused:

{pairs}
"""
