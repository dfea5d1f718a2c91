"""What the head of a page says: its title, its own address, its translations, Open Graph."""

import html
import re
from functools import cached_property

from crawler.sources.jsonld.elements import attributes_of
from crawler.sources.reading.loose_values import MAX_URL_CHARS

MAX_ALTERNATES = 300
MAX_METAS = 500
MAX_CHARS = 1 << 20
"""Of a head; some have all their styles and scripts within."""
BODY = re.compile(r"<[bB][oO][dD][yY][\s>]")
REST = r"((?:[^>\"'<]++|\"[^\"<]{0,4000}+\"|'[^'<]{0,4000}+'|[\"'])*+)>"
LINK = re.compile(rf"<(?:[lL][iI][nN][kK]|([bB][aA][sS][eE]))\s{REST}")
META = re.compile(rf"<[mM][eE][tT][aA]\s{REST}")
TITLE = re.compile(r"<[tT][iI][tT][lL][eE][^>]{0,100}>([^<]{1,1000}+)")


class Head:
    """The head of one page, as it is written: addresses may be relative."""

    def __init__(self, page: str = "", *, metas: dict[str, tuple[str, ...]] | None = None) -> None:
        """Take a page; its head is read when it is asked for.

        >>> head = Head('<link rel=canonical href="/p/1"><meta property="og:type" content=product>')
        >>> head.canonical, head.meta("og:type")
        ('/p/1', 'product')
        """
        self._page = page
        if metas is not None:
            self.metas = metas

    @cached_property
    def _text(self) -> str:
        body = BODY.search(self._page, 0, MAX_CHARS)
        return self._page[: body.start() if body else MAX_CHARS]

    @cached_property
    def title(self) -> str:
        """Its title, on one line."""
        title = TITLE.search(self._text)
        return " ".join(html.unescape(title[1]).split()) if title else ""

    @cached_property
    def _links(self) -> list[tuple[str, dict[str, str]]]:
        """The kinds of its links, ``base`` for that one, and their attributes."""
        links = []
        for base, raw in LINK.findall(self._text):
            lower = raw.lower()
            if base or "canonical" in lower or "hreflang" in lower:
                values = attributes_of(raw)
                if 0 < len(values.get("href", "").strip()) <= MAX_URL_CHARS:
                    links.append(("base" if base else values.get("rel", "").lower(), values))
        return links

    def _first_link(self, kind: str) -> str:
        return next((v["href"].strip() for kinds, v in self._links if kind in kinds.split()), "")

    @property
    def canonical(self) -> str:
        """The address that the page wants to be known by."""
        return self._first_link("canonical")

    @property
    def base(self) -> str:
        """What its addresses are relative to; empty for its own address."""
        return self._first_link("base")

    @property
    def alternates(self) -> tuple[tuple[str, str], ...]:
        """Its translations: the language, ``x-default`` for none, and the address."""
        found = ((v.get("hreflang", "").strip().lower(), v["href"].strip())
                 for kinds, v in self._links if "alternate" in kinds.split())  # fmt: skip
        return tuple(link for link in found if link[0])[:MAX_ALTERNATES]

    @cached_property
    def metas(self) -> dict[str, tuple[str, ...]]:
        """Values by name or property, in lower case; those that are not empty."""
        metas: dict[str, tuple[str, ...]] = {}
        for raw in META.findall(self._page[:MAX_CHARS])[:MAX_METAS]:
            values = attributes_of(raw)
            content = values.get("content", "").strip()
            name = (values.get("property") or values.get("name") or "").strip().lower()
            if name and content and len(metas.get(name, ())) < 20:
                metas[name] = (*metas.get(name, ()), content)
        return metas

    def meta(self, *names: str) -> str:
        """Return the first value of the first of the names that has any."""
        return next((self.metas[name][0] for name in names if name in self.metas), "")
