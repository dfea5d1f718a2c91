"""Whether an XML file was written to its end, however broken its records are."""

import re
from contextlib import suppress
from typing import BinaryIO
from xml.parsers import expat

# The root begins, and is closed, within this distance of the ends; behind it some shops write
# comments, or what went wrong.
EDGE_BYTES = 64 * 1024


def breaks_off(file: BinaryIO) -> bool:
    """Tell whether the element around all others is never closed.

    Of what is no XML nothing is said. The file is in UTF-8, whatever it says itself.

    >>> from io import BytesIO
    >>> breaks_off(BytesIO(b"<rss><item><id>1</id>")), breaks_off(BytesIO(b"<rss> & </rss>"))
    (True, False)
    >>> breaks_off(BytesIO(b"id,title")), breaks_off(BytesIO(b"<urlset/>"))
    (False, False)
    """
    file.seek(0)
    root = _open_root(file.read(EDGE_BYTES))
    if not root.isascii() or not root:
        return False
    size = file.seek(0, 2)
    file.seek(max(0, size - EDGE_BYTES))
    # Without the nulls UTF-16 reads as ASCII.
    tail = file.read().replace(b"\x00", b"")
    return re.search(rb"</%b\s*>" % re.escape(root.encode()), tail) is None


def _open_root(beginning: bytes) -> str:
    """Return the name of the root; empty if there is none, or if it is closed already."""
    names: list[str] = []
    depth = 0
    is_closed = False

    def start(name: str, _: object) -> None:
        nonlocal depth
        depth += 1
        if not names:
            names.append(name)

    def end(_: str) -> None:
        nonlocal depth, is_closed
        depth -= 1
        is_closed = is_closed or depth == 0

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    # Only its first elements count, and no entity may grow.
    parser.EntityDeclHandler = _refuse
    # A record that is broken says nothing of the end.
    with suppress(expat.ExpatError, ValueError):
        parser.Parse(beginning, False)
    return names[0] if names and not is_closed else ""


def _refuse(*_: object) -> None:
    raise ValueError("it declares entities")
