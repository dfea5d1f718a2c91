"""A page of products with their nearest neighbours in a row, to be looked at."""

import base64
from collections.abc import Iterator, Sequence
from html import escape

from experiments.benchmarks.alike.facts import COLOUR, LEAF, Facts
from experiments.benchmarks.alike.shares import Neighbours
from prodcat.errors import ImageError
from prodcat.inputs.image_store import ImageStore
from prodcat.inputs.thumbnails import make_thumbnail

STYLE = """
:root { color-scheme: light dark; font: 14px/1.35 system-ui, sans-serif; }
body { margin: 1rem auto; max-width: 64rem; padding: 0 1rem; }
.row { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); gap: .75rem;
  padding: .75rem 0; border-top: 1px solid #8886; }
figure { margin: 0; overflow-wrap: anywhere; }
figure.asked { font-weight: 600; }
img { height: 96px; background: #fff; border-radius: 4px; display: block; }
figcaption { font-size: .8rem; }
.other { opacity: .65; }
"""


def render_sheet(
    title: str,
    neighbours: Neighbours,
    facts: Facts,
    images: ImageStore,
    ids: Sequence[str],
) -> str:
    """Return a page of HTML that needs no other file.

    Args:
        title: Its heading.
        neighbours: Of the products.
        facts: What is written under the pictures.
        images: Holds the pictures; one that cannot be read is left out.
        ids: The products to show.
    """
    rows = "".join(
        f'<div class="row">{"".join(_figures(id, neighbours[id], facts, images))}</div>\n'
        for id in ids
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><h1>{escape(title)}</h1>\n<p>The product first, then the nearest training"
        " products. What is of another category or colour is paler.</p>\n"
        f"{rows}</body></html>\n"
    )


def _figures(asked: str, found: Sequence[str], facts: Facts, images: ImageStore) -> Iterator[str]:
    leaf, colour = facts.by_name[LEAF], facts.by_name[COLOUR]
    for id in (asked, *found):
        differs = [f for f in (leaf, colour) if f.get(id) != f.get(asked)]
        kind = "asked" if id == asked else "other" if differs else "same"
        told = f"{leaf.get(id, '').rpartition('> ')[2]}, {colour.get(id, 'no colour')}"
        picture = _picture(facts.pictures.get(id), images)
        yield (
            f'<figure class="{kind}">{picture}<figcaption>{escape(facts.names.get(id, id))}<br>'
            f"{escape(told)}</figcaption></figure>"
        )


def _picture(sha256: str | None, images: ImageStore) -> str:
    if sha256 is None:
        return ""
    try:
        data = make_thumbnail(images.path(sha256))
    except ImageError:
        return ""
    return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(data).decode()}">'
