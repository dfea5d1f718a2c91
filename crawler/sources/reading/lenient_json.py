"""JSON as web pages have it: comments, surplus commas, bad escapes, junk around and within it.

What is whole is taken, and the rest is left. On valid JSON the answer is that of the strict reader.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from crawler.sources.reading.lenient_text import NUMBER, read_quoted

MAX_DEPTH = 500
MAX_TOKENS = 250_000
"""Of one text, which take half a second. Strictly valid JSON may have more."""
MAX_VALUES = 20_000

OPENINGS = re.compile(
    r"(?P<mark>(?://|/\*)?[ \t]{0,9}<!\[CDATA\[|<!--)|(?P<line>(?<![:\w])//[^\n]*)|(?P<block>/\*)"
    r"|(?P<open>\{|\[(?=\s*+[\[{\]\"'\d.\-tfnNIu,/]))"
)
TOKEN = re.compile(
    r'(?P<text>"[^"\\]*+"(?=[ \t\r\n]{0,99}+[,:}\]]))'
    r"|(?P<gap>[\s\x00-\x20\ufeff\u200b-\u200d\u2060;]++)|(?P<mark>[\[\]{},:])"
    r"|(?P<quote>[\"'])|(?P<line>//[^\n]*+)|(?P<block>/\*)|(?P<comment><!--)"
    r"|(?P<word>(?:[^\s,:\[\]{}\"'/<;]|/(?![/*])|<(?!!--))++)|(?P<other>.)",
    re.DOTALL,
)
WORDS = {
    "true": True, "false": False, "null": None, "True": True, "False": False, "None": None,
    "undefined": None, "NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf"),
}  # fmt: skip
ESCAPED_QUOTE = re.compile(r"&(?:amp;)?(?:quot|#0{0,5}34|#[xX]0{0,5}22);")
NOTHING = object()


def read_lenient(text: str, *, complete: bool = True) -> list[Any]:
    r"""Return the objects and lists of a text, whatever stands around and in them.

    Takes time in proportion to the text. Never raises.

    Args:
        text: The inside of a script.
        complete: The text is all there is, so that closing brackets that are missing at its end
            were forgotten, and not cut off.

    >>> read_lenient('// the shop\n{"name": "Men\\\'s boots", "sku": , "sizes": [38,, 39,],}; x()')
    [{'name': "Men's boots", 'sizes': [38, 39]}]
    >>> read_lenient('{"a": 1} {"b": "c')
    [{'a': 1}]
    >>> read_lenient("it is none")
    []
    """
    try:
        return [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        pass
    if '"' not in text and ESCAPED_QUOTE.search(text):
        text = html.unescape(text.replace("&amp;", "&"))
    return scan_values(text, complete=complete)


def scan_values(text: str, *, complete: bool = True) -> list[Any]:
    """Read as `read_lenient` does, without asking the strict reader first."""
    scan = _Scan(text)
    place = scan.next_opening(0)
    while place is not None and len(scan.values) < MAX_VALUES:
        place = scan.next_opening(scan.read_value(place, complete=complete))
    return scan.values


class _Scan:
    """One text, while it is gone through once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.values: list[Any] = []
        self._tokens = 0
        self._ends: dict[str, int] = {}

    def next_opening(self, place: int) -> int | None:
        """Return where the next object or list begins; stray text and comments are passed over."""
        while found := OPENINGS.search(self.text, place):
            if found["open"]:
                return found.start()
            place = found.end()
            if found["block"]:
                place = self._behind("*/", place)
            elif found[0] == "<!--":
                end = self._behind("-->", place)
                # The comment may be around the JSON, to hide it from browsers of long ago.
                if end > place and self.text.find('"', place, end) < 0:
                    place = end
        return None

    def _behind(self, mark: str, place: int) -> int:
        """Return the place behind the next such mark; the same place if there is none."""
        # Remembered, or each of very many openings would be looked for an end in vain.
        end = self._ends.get(mark, 0)
        if end >= 0 and end < place:
            end = self.text.find(mark, place)
            self._ends[mark] = end
        return place if end < 0 else end + len(mark)

    def read_value(self, place: int, *, complete: bool) -> int:
        """Read one object or list, keep what is whole of it, and return where it ends."""
        stack: list[_Frame] = []
        root: Any = None
        loose: list[Any] = []
        text, match = self.text, TOKEN.match
        while found := match(text, place):
            place = found.end()
            self._tokens += 1
            kind = found.lastgroup
            if kind == "gap" or kind == "line" or kind == "other":
                continue
            if self._tokens > MAX_TOKENS:
                complete, place = False, len(text)
                break
            if kind == "text":
                stack[-1].put(found[0][1:-1])
            elif kind == "mark":
                sign = found[0]
                if sign in "{[":
                    frame = _Frame({} if sign == "{" else [])
                    if len(stack) >= MAX_DEPTH:
                        return len(text)
                    if not stack:
                        root = frame.value
                    elif not stack[-1].put(frame.value):
                        loose.append(frame.value)
                    stack.append(frame)
                elif sign in "}]":
                    kinds = dict if sign == "}" else list
                    if type(stack[-1].value) is kinds:
                        stack.pop()
                    # One that closes nothing is surplus; one that closes more stands for all.
                    elif any(isinstance(frame.value, kinds) for frame in stack[-3:-1]):
                        while not isinstance(stack.pop().value, kinds):
                            pass
                    if not stack:
                        self.values.append(root)
                        self.values += [value for value in loose if value]
                        return place
                elif sign == ":":
                    stack[-1].colon()
                else:
                    stack[-1].comma()
            elif kind == "quote":
                value, place = read_quoted(text, place)
                if value is None:
                    complete, place = False, len(text)
                    break
                self._tokens += value.count(text[found.start()])
                stack[-1].put(value)
            elif kind == "word":
                stack[-1].put_word(found[0])
            else:
                place = self._behind("*/" if kind == "block" else "-->", place)
        if stack:
            # Behind a key without value there was more.
            if complete and stack[-1].key is None:
                self.values.append(root)
            else:
                self.values += _whole_children(stack)
            self.values += [value for value in loose if value and value is not stack[-1].value]
        return place


class _Frame:
    """An object or a list that is open."""

    __slots__ = ("has_colon", "key", "value")

    def __init__(self, value: dict[str, Any] | list[Any]) -> None:
        self.value = value
        self.key: str | None = None
        self.has_colon = False

    def put(self, value: Any) -> bool:
        """Add a value, or take a text for a key; tell whether it had a place."""
        if isinstance(self.value, list):
            self.value.append(value)
            return True
        if self.has_colon and self.key is not None:
            self.value[self.key] = value
            self.key, self.has_colon = None, False
            return True
        self.key = value if isinstance(value, str) else None
        return False

    def put_word(self, word: str) -> None:
        """Add what stands there without quotes."""
        value = _plain_value(word)
        if self.has_colon and self.key is not None:
            self.put(word if value is NOTHING else value)
        elif isinstance(self.value, dict):
            self.key = word
        elif value is not NOTHING:
            self.value.append(value)

    def colon(self) -> None:
        """Note that the value follows."""
        self.has_colon = self.key is not None

    def comma(self) -> None:
        """Forget a key without value."""
        self.key, self.has_colon = None, False


def _plain_value(word: str) -> Any:
    if word in WORDS:
        return WORDS[word]
    if NUMBER.fullmatch(word):
        try:
            return int(word) if word.lstrip("-").isdigit() else float(word)
        except ValueError:  # such as one of 5,000 digits
            return NOTHING
    return NOTHING


def _whole_children(stack: list[_Frame]) -> Iterator[Any]:
    """Yield the objects and lists that are closed within those that are not."""
    is_open = {id(frame.value) for frame in stack}
    for frame in stack:
        inner = frame.value.values() if isinstance(frame.value, dict) else frame.value
        for value in inner:
            if isinstance(value, dict | list) and value and id(value) not in is_open:
                yield value
