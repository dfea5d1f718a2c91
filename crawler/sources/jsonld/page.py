"""What a web page states: the objects of its JSON-LD in order, its head, its tags."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from crawler.http.text import decode
from crawler.sources.jsonld.head import Head
from crawler.sources.jsonld.markup import Markup
from crawler.sources.jsonld.pieces import take_scripts
from crawler.sources.reading.lenient_json import read_lenient
from crawler.sources.reading.loose_values import read_list, read_word
from prodcat.errors import require

Node = dict[str, Any]

# Bounds against pages that are made to keep a crawl busy.
MAX_NODES = 20_000
TYPE_ENDS = re.compile(r"[/:#]")
CONTAINERS = (
    *("@graph", "mainEntity", "mainEntityOfPage", "breadcrumb", "about", "itemOffered"),
    "itemReviewed",
)
"""Where a page's own product and breadcrumbs stand; what else it names is not the page's."""


@dataclass(frozen=True)
class PageData:
    """What one page states of itself."""

    nodes: tuple[Node, ...] = ()
    """Objects that the page is about, outermost first."""
    by_id: dict[str, Node] | None = None
    broken_blocks: int = 0
    """Blocks that are no JSON even after mending."""
    language: str = ""
    """Of the page, such as ``en-US``."""
    head: Head = field(default_factory=Head)
    markup: Markup = field(default_factory=Markup)

    @cached_property
    def marked(self) -> "PageData":
        """What the page states in microdata and RDFa, in place of JSON-LD."""
        nodes, by_id = collect_nodes(list(self.markup.nodes))
        return replace(self, nodes=nodes, by_id=by_id)

    def resolve(self, value: Any) -> Any:
        """Return the object that a mere reference, ``{"@id": "#brand"}``, stands for."""
        if isinstance(value, dict) and set(value) <= {"@id", "@type"} and self.by_id:
            return self.by_id.get(read_word(value.get("@id")), value)
        return value

    def resolve_list(self, value: Any) -> list[Any]:
        """Return one or several as several, references resolved."""
        if isinstance(value, dict) and isinstance(value.get("@list"), list):
            value = value["@list"]
        return [self.resolve(entry) for entry in read_list(value)]

    def of_type(self, *types: str) -> Iterator[Node]:
        """Yield the objects of any of the types, in whatever case they are written."""
        wanted = frozenset(map(str.lower, types))
        return (node for node in self.nodes if not wanted.isdisjoint(types_of(node)))


def read_page(content: bytes, content_type: str = "") -> PageData:
    """Read what a web page states.

    Args:
        content: The page.
        content_type: The header of that name.

    Raises:
        MissingDependencyError: If selectolax is not installed.
    """
    lexbor = require("selectolax.lexbor", extra="crawl")
    page = decode(content, content_type)
    pieces = take_scripts(page)
    tree = lexbor.LexborHTMLParser(pieces.scripts)
    root = tree.css_first("html")
    language = read_word(root.attributes.get("lang")) if root is not None else ""
    texts = []
    for script in tree.css("script[type]"):
        # Written in any case, with spaces or with a charset behind it.
        kind = (script.attributes.get("type") or "").partition(";")[0]
        if kind.strip().lower() == "application/ld+json":
            texts.append(script.text())
    blocks, broken = [], 0
    for number, text in enumerate(texts, start=1):
        if not text.strip():
            continue
        try:
            blocks += parse_block(text, complete=not pieces.is_cut or number < len(texts))
        except ValueError:
            broken += 1
    nodes, by_id = collect_nodes(blocks)
    language = language if len(language) <= 35 else ""
    return PageData(nodes, by_id, broken, language, Head(page), Markup(page))


def parse_block(text: str, *, complete: bool = True) -> list[Any]:
    """Parse one script of JSON-LD; mend what sites get wrong.

    Args:
        text: The inside of the script.
        complete: It is all of it; a page that breaks off may have cut it.

    Raises:
        ValueError: If it is no JSON even so.

    >>> parse_block('<!-- {"name": "Boots", } -->')
    [{'name': 'Boots'}]
    >>> parse_block('{"a": 1};'), parse_block('{"a": 1}, {"b": 2}')
    ([{'a': 1}], [{'a': 1}, {'b': 2}])
    """
    values = read_lenient(text, complete=complete)
    if not any(values):
        raise ValueError("there is no object in it")
    return values


def collect_nodes(blocks: list[Any]) -> tuple[tuple[Node, ...], dict[str, Node]]:
    """Take the objects out of lists and graphs.

    Returns:
        The objects that the page is about, and all that have an id.
    """
    nodes: list[Node] = []
    queue = list(blocks)
    # The list grows while it is gone through, so that the outermost objects come first.
    for value in queue:
        if isinstance(value, list):
            queue += value[: MAX_NODES - len(queue)]
        elif isinstance(value, dict):
            nodes.append(value)
            for key in CONTAINERS:
                inner = read_list(value.get(key))[: max(0, MAX_NODES - len(queue))]
                if key == "itemOffered":
                    # The offer stands around what it is for.
                    inner = [{"offers": value} | e if isinstance(e, dict) else e for e in inner]
                queue += inner
    by_id: dict[str, Node] = {}
    for node in nodes:
        name = read_word(node.get("@id"))
        # The object itself says more than references to it.
        if name and len(node) > len(by_id.get(name, ())):
            by_id[name] = node
    # A page may say by a mere reference what it is about.
    full = [by_id.get(read_word(n.get("@id")), n) if len(n) <= 2 else n for n in nodes]
    # By identity: two products of the same words are two, a reference and its object are one.
    return tuple({id(node): node for node in full}.values()), by_id


def types_of(node: Node) -> frozenset[str]:
    """Return an object's types in lower case, without the vocabulary's address.

    >>> sorted(types_of({"@type": ["http://schema.org/Product", "schema:Car", 7]}))
    ['car', 'product']
    """
    words = (read_word(kind) for kind in read_list(node.get("@type")) if isinstance(kind, str))
    return frozenset(TYPE_ENDS.split(word.rstrip("/"))[-1].lower() for word in words if word)
