"""What the head of a page says: its title, its own address, its translations, Open Graph."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from crawler.sources.reading.loose_values import MAX_URL_CHARS

MAX_ALTERNATES = 300


@dataclass(frozen=True)
class Head:
    """The head of one page, as it is written: addresses may be relative."""

    title: str = ""
    canonical: str = ""
    """The address that the page wants to be known by."""
    base: str = ""
    """What its addresses are relative to; empty for its own address."""
    alternates: tuple[tuple[str, str], ...] = ()
    """Its translations: the language, ``x-default`` for none, and the address."""
    metas: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Values by name or property, in lower case; those that are not empty."""

    def meta(self, *names: str) -> str:
        """Return the first value of the first of the names that has any."""
        return next((self.metas[name][0] for name in names if name in self.metas), "")


def read_head(tree: Any) -> Head:
    """Read the head from the tree of a page.

    Args:
        tree: Of selectolax.
    """
    metas: dict[str, tuple[str, ...]] = {}
    for meta in tree.css("meta[content]"):
        values = meta.attributes
        content = (values.get("content") or "").strip()
        name = (values.get("property") or values.get("name") or "").strip().lower()
        if name and content and len(metas.get(name, ())) < 20:
            metas[name] = (*metas.get(name, ()), content)
    title = tree.css_first("title")
    base = tree.css_first("base[href]")
    return Head(
        title=" ".join(title.text().split())[:1000] if title is not None else "",
        canonical=next(_links(tree, "canonical"), ("", ""))[1],
        base=_address(base.attributes.get("href")) if base is not None else "",
        alternates=tuple(link for link in _links(tree, "alternate") if link[0])[:MAX_ALTERNATES],
        metas=metas,
    )


def _links(tree: Any, kind: str) -> Iterator[tuple[str, str]]:
    for link in tree.css("link[rel][href]"):
        values = link.attributes
        if kind in (values.get("rel") or "").lower().split():
            address = _address(values.get("href"))
            if address:
                yield (values.get("hreflang") or "").strip().lower(), address


def _address(value: str | None) -> str:
    text = (value or "").strip()
    return text if len(text) <= MAX_URL_CHARS else ""
