"""A web page taken apart: what its head says, its scripts, and what is left for a reader of tags."""

import re
from typing import NamedTuple

# Bounds against pages that are made to keep a crawl busy.
MAX_BLOCKS = 1000
MAX_ROOT_CHARS = 20_000
MAX_TAG_CHARS = 1000
# Repeats in these expressions are bounded or never taken back, so that no page makes one of them
# look at everything for each of its characters.
ROOT = re.compile(r"<html\b[^>]{0,2000}>", re.IGNORECASE)
MARKS = re.compile(
    r"<!--|<(script|style|title|textarea|svg|template|iframe|meta|link|base)\b", re.IGNORECASE
)
ENDS = {
    name: re.compile(rf"</{name}[^>]{{0,100}}>", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "svg", "template", "iframe")
}
TAG_REST = re.compile(r"(?:[^>\"'<]++|\"[^\"<]{0,4000}+\"|'[^'<]{0,4000}+'|[\"'])*+>")
JSON_TYPE = re.compile(r"[^>]*json", re.IGNORECASE)


class Pieces(NamedTuple):
    """A page, taken apart."""

    head: str
    """The beginning of ``<html>``, and all title, meta, link, base and JSON scripts."""
    outside: tuple[str, ...]
    """The page without comments, scripts, styles and drawings."""
    is_cut: bool
    """The last script has no end."""


def take_apart(text: str) -> Pieces:
    """Take a page apart, in time that grows with its length alone.

    A parser's time grows with the square of the depth of a page, so that a hostile one could
    stop a crawl. What the head holds does not nest.

    >>> take_apart('<p><!-- <script type="json">1</script> --><script type="json">2</script>a').head
    '<script type="json">2</script>'
    >>> take_apart("<p><!-->a<style>b</style>c").outside
    ('<p>', 'a', 'c')
    """
    root = ROOT.search(text, 0, MAX_ROOT_CHARS)
    pieces = [root[0]] if root else []
    outside: list[str] = []
    place = start = 0
    is_cut = False
    unclosed: set[str] = set()
    while (mark := MARKS.search(text, place)) and len(pieces) < MAX_BLOCKS:
        name = (mark[1] or "").lower()
        begin, place = mark.span()
        if name in ("meta", "link", "base"):
            if rest := TAG_REST.match(text, place, place + 8 * MAX_TAG_CHARS):
                place = rest.end()
                pieces.append(text[begin:place])
            continue
        if not name:
            # In HTML this is a whole comment, though it looks like the beginning of one.
            whole = next((w for w in (">", "->") if text.startswith(w, place)), "")
            place = place + len(whole) if whole else text.find("-->", place) + 3
            if place < 3:
                place = len(text)
        elif name in unclosed:
            continue
        else:
            close = ENDS[name].search(text, place)
            if close is None and name != "script":
                unclosed.add(name)
                continue
            is_cut = close is None
            place = close.end() if close else len(text)
            limit = min(place, mark.end() + MAX_TAG_CHARS)
            is_json = name == "script" and JSON_TYPE.match(text, mark.end(), limit)
            if is_json or (name == "title" and place - begin < MAX_TAG_CHARS):
                pieces.append(text[begin:place])
        outside.append(text[start:begin])
        start = place
    outside.append(text[start:])
    return Pieces("".join(pieces), tuple(filter(None, outside)), is_cut)
