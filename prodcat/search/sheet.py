"""A sheet of queries with their neighbours and pictures: one HTML file that needs nothing else."""

import base64
import html
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from prodcat.errors import ImageError
from prodcat.files import write_text
from prodcat.inputs.thumbnails import make_thumbnail
from prodcat.search.hits import SimilarProduct
from prodcat.search.similar import SimilarProducts
from prodcat.wording import clean

SIDE_PX = 160
STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1c1c; --soft: #666; --line: #ddd; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181b; --ink: #e8e8e8; --soft: #a2a8ae; --line: #363b41; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--paper);
  color: var(--ink); font: 15px/1.4 system-ui, sans-serif; }
h1 { font-size: 1.3rem; margin: 0 0 .3rem; }
p { color: var(--soft); margin: 0 0 1rem; }
section { display: grid; grid-template-columns: 11rem 1fr; gap: 1rem; padding: 1rem 0;
  border-top: 1px solid var(--line); }
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: .8rem;
  grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); }
.product { min-width: 0; overflow-wrap: anywhere; font-size: .85rem; }
.frame { display: flex; height: 9.5rem; margin-bottom: .3rem; background: #fff; border-radius: 4px;
  border: 1px solid var(--line); align-items: center; justify-content: center; color: #777; }
.frame img { max-width: 100%; max-height: 100%; }
.product b { display: block; font-weight: 600; }
.product span { display: block; color: var(--soft); }
section > .product .frame { border: 2px solid var(--ink); }
@media (max-width: 40rem) {
  section { grid-template-columns: 1fr; }
  section > .product { max-width: 60%; }
  ol { grid-template-columns: repeat(2, 1fr); }
}
"""


def write_sheet(
    similar: SimilarProducts,
    queries: Sequence[tuple[SimilarProduct, Sequence[SimilarProduct]]],
    file: Path,
    *,
    title: str = "Similar products",
) -> None:
    """Write a sheet.

    Args:
        similar: The index that the neighbours are of.
        queries: What was asked for, each with its neighbours.
        file: Where to.
        title: Its heading.
    """
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>{_escaped(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{_escaped(title)}</h1>",
        f"<p>{len(queries):,} queries among {len(similar):,} products. On the left what was asked"
        " for, beside it what is most similar, with its similarity.</p>",
    ]
    for asked, hits in queries:
        neighbours = "".join(f"<li>{_product(hit, is_hit=True)}</li>" for hit in hits)
        parts.append(f"<section>{_product(asked, is_hit=False)}<ol>{neighbours}</ol></section>")
    parts.append("</body></html>\n")
    write_text(file, "".join(parts), errors="replace")


def asked_product(similar: SimilarProducts, product_id: str) -> SimilarProduct:
    """Return a product of the index as what was asked for."""
    product, _ = similar.index.product(product_id)
    return similar.describe(product, 1.0)


def _product(product: SimilarProduct, *, is_hit: bool) -> str:
    lines = [" > ".join(product.path), product.id]
    if product.price is not None:
        lines.append(f"{product.price:,.2f}")
    if is_hit:
        lines.append(f"similarity {product.similarity:.3f}")
    spans = "".join(f"<span>{_escaped(line)}</span>" for line in lines if line)
    name = _escaped(product.name or "without a name")
    return f"<div class='product'>{_picture(product.picture)}<b>{name}</b>{spans}</div>"


def _picture(file: Path | None) -> str:
    if file is not None:
        with suppress(ImageError):
            small = base64.b64encode(make_thumbnail(file, side_px=SIDE_PX)).decode()
            return f"<div class='frame'><img alt='' src='data:image/jpeg;base64,{small}'></div>"
    return "<div class='frame'>no picture</div>"


def _escaped(text: str) -> str:
    return html.escape(clean(text))
