"""What a web page states as JSON-LD: all its objects, found and put in order."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crawler.http.text import decode
from crawler.sources.reading.json_pages import parse_json
from crawler.sources.reading.loose_values import read_list, read_word
from prodcat.errors import require

Node = dict[str, Any]

# Bounds against pages that are made to keep a crawl busy.
MAX_NODES = 20_000
MAX_BLOCKS = 200
MAX_ROOT_CHARS = 20_000
MAX_TAG_CHARS = 1000
# Repeats in these expressions are bounded, so that no page makes one of them look at everything
# for each of its characters.
ROOT = re.compile(r"<html\b[^>]{0,2000}>", re.IGNORECASE)
SCRIPT_OR_COMMENT = re.compile(r"<!--|<script\b", re.IGNORECASE)
SCRIPT_END = re.compile(r"</script[^>]{0,100}>", re.IGNORECASE)
JSON_TYPE = re.compile(r"[^>]*json", re.IGNORECASE)
COMMENT = r"(?://|/\*)?\s{0,9}"
WRAPPINGS = re.compile(
    rf"<!--|-->|{COMMENT}<!\[CDATA\[\s{{0,9}}(?:\*/)?|{COMMENT}\]\]>\s{{0,9}}(?:\*/)?"
)
# A text that nobody closes reaches to the end, or its quotes would be looked at over and over.
SURPLUS_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\\?\Z))|,(?=\s*[}\]])', re.DOTALL)
CONTAINERS = ("@graph", "mainEntity", "mainEntityOfPage", "breadcrumb")
"""Where a page's own product and breadcrumbs stand; what else it names is not the page's."""


@dataclass(frozen=True)
class PageData:
    """The JSON-LD of one page."""

    nodes: tuple[Node, ...] = ()
    """Objects that the page is about, outermost first."""
    by_id: dict[str, Node] | None = None
    broken_blocks: int = 0
    """Blocks that are no JSON even after mending."""
    language: str = ""
    """Of the page, such as ``en-US``."""

    def resolve(self, value: Any) -> Any:
        """Return the object that a mere reference, ``{"@id": "#brand"}``, stands for."""
        if isinstance(value, dict) and set(value) <= {"@id", "@type"} and self.by_id:
            return self.by_id.get(read_word(value.get("@id")), value)
        return value

    def resolve_list(self, value: Any) -> list[Any]:
        """Return one or several as several, references resolved."""
        return [self.resolve(entry) for entry in read_list(value)]

    def of_type(self, *types: str) -> Iterator[Node]:
        """Yield the objects of any of the types."""
        return (node for node in self.nodes if types_of(node).intersection(types))


def read_page(content: bytes, content_type: str = "") -> PageData:
    """Read the JSON-LD of a web page.

    Args:
        content: The page.
        content_type: The header of that name.

    Raises:
        MissingDependencyError: If selectolax is not installed.
    """
    lexbor = require("selectolax.lexbor", extra="crawl")
    tree = lexbor.LexborHTMLParser(only_scripts(decode(content, content_type)))
    root = tree.css_first("html")
    language = read_word(root.attributes.get("lang")) if root is not None else ""
    blocks, broken = [], 0
    for script in tree.css("script[type]"):
        # Written in any case, with spaces or with a charset behind it.
        kind = (script.attributes.get("type") or "").partition(";")[0]
        if kind.strip().lower() != "application/ld+json":
            continue
        text = script.text()
        if not text.strip():
            continue
        try:
            blocks += parse_block(text)
        except ValueError:
            broken += 1
    nodes, by_id = collect_nodes(blocks)
    return PageData(nodes, by_id, broken, language if len(language) <= 35 else "")


def only_scripts(text: str) -> str:
    """Return of a page the beginning of ``<html>`` and the scripts that may be JSON.

    A parser's time grows with the square of the depth of a page, so that a hostile one could
    stop a crawl. Scripts do not nest.

    >>> only_scripts('<p><!-- <script type="json">1</script> --><script type="json">2</script></p>')
    '<script type="json">2</script>'
    """
    root = ROOT.search(text, 0, MAX_ROOT_CHARS)
    pieces = [root[0]] if root else []
    place = 0
    while (mark := SCRIPT_OR_COMMENT.search(text, place)) and len(pieces) < MAX_BLOCKS:
        if mark[0] == "<!--":
            place = text.find("-->", mark.end())
            if place < 0:
                break
            continue
        close = SCRIPT_END.search(text, mark.end())
        place = close.end() if close else len(text)
        if JSON_TYPE.match(text, mark.end(), min(place, mark.end() + MAX_TAG_CHARS)):
            pieces.append(text[mark.start() : place])
    return "".join(pieces)


def parse_block(text: str) -> list[Any]:
    """Parse one script of JSON-LD; mend what sites get wrong.

    Raises:
        ValueError: If it is no JSON even so.

    >>> parse_block('<!-- {"name": "Boots", } -->')
    [{'name': 'Boots'}]
    >>> parse_block('{"a": 1};'), parse_block('{"a": 1}, {"b": 2}')
    ([{'a': 1}], [{'a': 1}, {'b': 2}])
    """
    try:
        return [parse_json(text)]
    except ValueError:
        # Only what is no JSON is mended: what is one may hold such marks in its texts.
        mended = WRAPPINGS.sub(" ", text.replace("\ufeff", ""))
    if "&quot;" in mended and '"' not in mended:
        mended = html.unescape(mended)
    mended = SURPLUS_COMMA.sub(lambda match: match[1] or "", mended).strip()
    decoder = json.JSONDecoder(strict=False)
    values, place = list[Any](), 0
    while place < len(mended) and len(values) < MAX_NODES:
        try:
            value, place = decoder.raw_decode(mended, place)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        values.append(value)
        while place < len(mended) and mended[place] in " \t\r\n,;":
            place += 1
    if not values:
        raise ValueError("it is empty")
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
                queue += read_list(value.get(key))[: max(0, MAX_NODES - len(queue))]
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
    """Return an object's types, without the vocabulary's address.

    >>> sorted(types_of({"@type": ["http://schema.org/Product", "schema:Car", 7]}))
    ['Car', 'Product']
    """
    words = (read_word(kind) for kind in read_list(node.get("@type")) if isinstance(kind, str))
    return frozenset(re.split(r"[/:#]", word)[-1] for word in words if word)
