"""The elements of a page in their order, each with its attributes, its ancestors and its text.

A parser of the standard takes a time that grows with the square of a page's depth, and no page may
stop a crawl. This one takes one step for each tag, and is as exact as reading of product pages
needs.
"""

import html
import re

MAX_TAGS = 100_000
MAX_DEPTH = 256
LOOK_BACK = 40
TAG = re.compile(
    r"<(/?)([a-zA-Z][^\s/><]*+)((?:[^>\"'<]++|\"[^\"]{0,9000}+\"|'[^']{0,9000}+'|[\"'])*+)>"
)
ATTRIBUTE = re.compile(
    r"([^\s=\"'/>]++)(?:\s{0,9}+=\s{0,9}+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++)))?"
)
VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
INLINE = frozenset(
    [
        "a",
        "b",
        "bdi",
        "em",
        "font",
        "i",
        "label",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "u",
        "del",
        "ins",
        "strike",
    ]
)
IMPLIED = {
    "li": ({"li"}, {"ul", "ol", "nav"}),
    "p": ({"p"}, {"div", "td", "li", "section", "article"}),
    "td": ({"td", "th"}, {"table", "tr"}),
    "th": ({"td", "th"}, {"table", "tr"}),
    "tr": ({"tr"}, {"table"}),
    "dt": ({"dt", "dd"}, {"dl"}),
    "dd": ({"dt", "dd"}, {"dl"}),
    "option": ({"option"}, {"select"}),
}
"""Elements that end where another begins: which ones, and what they are not looked for beyond."""


def attributes_of(raw: str) -> dict[str, str]:
    """Read the inside of a tag; of an attribute without value an empty text.

    >>> attributes_of('ID=a class="b &amp; c" hidden')
    {'id': 'a', 'class': 'b & c', 'hidden': ''}
    """
    values: dict[str, str] = {}
    for name, double, single, bare in ATTRIBUTE.findall(raw):
        # The first of several of one name counts.
        values.setdefault(name.lower(), html.unescape(double or single or bare))
    return values


class Element:
    """One element."""

    __slots__ = ("_attributes", "end", "index", "parent", "raw", "tag", "text_end", "text_start")

    def __init__(self, index: int, tag: str, raw: str, parent: int, text_start: int) -> None:
        self.index = index
        self.tag = tag
        self.raw = raw
        """Its attributes, as they are written."""
        self.parent = parent
        """Index of the element around it; -1 for none."""
        self.end = index + 1
        """Index of the first element behind it that is not within it."""
        self.text_start = self.text_end = text_start
        """Its texts, of those of the page."""
        self._attributes: dict[str, str] | None = None

    @property
    def attributes(self) -> dict[str, str]:
        """Names in lower case; of an attribute without value an empty text."""
        if self._attributes is None:
            self._attributes = attributes_of(self.raw)
        return self._attributes


class Elements:
    """All elements of one page."""

    def __init__(self, text: str) -> None:
        """Read a page without comments and scripts.

        >>> page = Elements('<ul><li><a href="/s">Shoes &amp; more</a><li>Clogs</ul>')
        >>> [(e.tag, page.text(e)) for e in page.all][1:]
        [('li', 'Shoes & more'), ('a', 'Shoes & more'), ('li', 'Clogs')]
        """
        self.all: list[Element] = []
        self.texts: list[tuple[str, int]] = []
        """Each with the index of the element that it stands in."""
        self._stack: list[Element] = []
        place = 0
        for number, found in enumerate(TAG.finditer(text)):
            if found.start() > place:
                self._add_text(text[place : found.start()])
            place = found.end()
            slash, name, raw = found.groups()
            name = name.lower()
            if slash:
                self._close(name)
            else:
                self._open(name, raw)
            if number >= MAX_TAGS:
                break
        self._add_text(text[place : place + 10_000])
        self._pop_to(0)

    def _add_text(self, text: str) -> None:
        if not text.isspace() and text:
            around = self._stack[-1].index if self._stack else -1
            self.texts.append((html.unescape(text), around))

    def _open(self, name: str, raw: str) -> None:
        if name in IMPLIED:
            ended, bounds = IMPLIED[name]
            for depth in range(len(self._stack) - 1, max(-1, len(self._stack) - LOOK_BACK), -1):
                if self._stack[depth].tag in ended:
                    self._pop_to(depth)
                    break
                if self._stack[depth].tag in bounds:
                    break
        around = self._stack[-1].index if self._stack else -1
        element = Element(len(self.all), name, raw, around, len(self.texts))
        self.all.append(element)
        if name not in VOID and len(self._stack) < MAX_DEPTH and not raw.endswith("/"):
            self._stack.append(element)

    def _close(self, name: str) -> None:
        for depth in range(len(self._stack) - 1, max(-1, len(self._stack) - LOOK_BACK), -1):
            tag = self._stack[depth].tag
            if tag == name:
                self._pop_to(depth)
                return
            if name in INLINE and tag not in INLINE:
                return

    def _pop_to(self, depth: int) -> None:
        for element in self._stack[depth:]:
            element.end, element.text_end = len(self.all), len(self.texts)
        del self._stack[depth:]

    def within(self, element: Element) -> list[Element]:
        """Return the elements within one."""
        return self.all[element.index + 1 : element.end]

    def text(self, element: Element) -> str:
        """Return all text within an element, on one line."""
        pieces = self.texts[element.text_start : element.text_end]
        return " ".join(" ".join(text for text, _ in pieces).split())

    def around(self, index: int, tag: str) -> Element | None:
        """Return the nearest element of a tag around a place, itself included."""
        while index >= 0:
            element = self.all[index]
            if element.tag == tag:
                return element
            index = element.parent
        return None
