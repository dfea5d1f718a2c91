"""A web page taken apart: what its head says, its scripts, and the rest."""

import re
from collections.abc import Iterator
from typing import NamedTuple

# Bounds against pages that are made to keep a crawl busy.
MAX_BLOCKS = 1000
MAX_ROOT_CHARS = 20_000
MAX_TAG_CHARS = 1000
# Repeats in these expressions are bounded or never taken back, so that no page makes one of them
# look at everything for each of its characters.
ROOT = re.compile(r"<html\b[^>]{0,2000}>", re.IGNORECASE)
RAW = ("script", "style", "title", "textarea", "svg", "template", "iframe")
"""Elements whose inside is no part of the page's text."""


def _any_case(name: str) -> str:
    """Spell out the case: an expression that ignores it is many times slower."""
    return "".join(f"[{letter}{letter.upper()}]" for letter in name)


def _tags(*names: str) -> re.Pattern[str]:
    """Return an expression for comments and beginnings of tags."""
    return re.compile(rf"<(?:!--|({'|'.join(map(_any_case, names))})(?=[\s/>]))")


ENDS = {name: re.compile(rf"</{_any_case(name)}[^>]{{0,100}}>") for name in RAW}
SCRIPTS = _tags("script", "title")
IN_BODY = _tags(*RAW)
JSON_TYPE = re.compile(r"[^>]*json", re.IGNORECASE)
MAY_BE_JSON = re.compile(rf"<{_any_case('script')}[\s/][^>]{{0,1000}}{_any_case('json')}")


class Pieces(NamedTuple):
    """The scripts of a page."""

    scripts: str
    """The beginning of ``<html>``, and the scripts that may be JSON."""
    is_cut: bool
    """The last script has no end."""


class _Span(NamedTuple):
    name: str
    """Of the tag; empty for a comment."""
    start: int
    inside: int
    end: int
    is_closed: bool


def take_scripts(text: str) -> Pieces:
    """Take out the scripts, in time that grows with the page's length alone.

    A parser's time grows with the square of the depth of a page, so that a hostile one could
    stop a crawl. What this takes does not nest.

    >>> take_scripts('<!-- <script type="json">1</script> --><script type="json">2</script>')[0]
    '<script type="json">2</script>'
    """
    root = ROOT.search(text, 0, MAX_ROOT_CHARS)
    pieces = [root[0]] if root else []
    is_cut = False
    # Most pages are no products, and are told at once.
    if not MAY_BE_JSON.search(text):
        return Pieces("".join(pieces), is_cut)
    for name, start, inside, end, is_closed in _spans(text, SCRIPTS):
        limit = min(end, inside + MAX_TAG_CHARS)
        if name == "script" and JSON_TYPE.match(text, inside, limit):
            is_cut = not is_closed
            pieces.append(text[start:end])
            if len(pieces) >= MAX_BLOCKS:
                break
    return Pieces("".join(pieces), is_cut)


def take_body(text: str) -> str:
    """Return a page without comments, scripts, styles and drawings.

    >>> take_body("<p><!-->a<style>b</style>c<!-- d -->")
    '<p>ac'
    """
    outside, place = [], 0
    for _, start, _, end, _ in _spans(text, IN_BODY):
        outside.append(text[place:start])
        place = end
    outside.append(text[place:])
    return "".join(outside)


def _spans(text: str, marks: re.Pattern[str]) -> Iterator[_Span]:
    """Yield the comments and elements that *marks* finds, each from its beginning to its end."""
    place = 0
    unclosed: set[str] = set()
    while mark := marks.search(text, place):
        name = (mark[1] or "").lower()
        start, inside = mark.span()
        if name in unclosed:
            place = inside
            continue
        end = _end(text, name, inside)
        if end is None and name not in ("", "script"):
            # Looked for once: each of very many beginnings would be in vain.
            unclosed.add(name)
            place = inside
            continue
        place = len(text) if end is None else end
        yield _Span(name, start, inside, place, end is not None)


def _end(text: str, name: str, inside: int) -> int | None:
    if name:
        close = ENDS[name].search(text, inside)
        return close.end() if close else None
    # In HTML this is a whole comment, though it looks like the beginning of one.
    for whole in (">", "->"):
        if text.startswith(whole, inside):
            return inside + len(whole)
    end = text.find("-->", inside)
    return end + 3 if end >= 0 else None
