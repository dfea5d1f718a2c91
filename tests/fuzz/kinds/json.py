"""JSON: lines, arrays and objects with lists inside, mutated, nested and grown."""

import json
import random
from pathlib import Path

from hypothesis import strategies as st

from tests.fuzz.mutating import drawn, mutated
from tests.fuzz.tables import read_everywhere, rows

WORDS = (
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"NaN", b"-Infinity", b"1e999", b"null"),
    *(b'"\\ud83d"', b'{"a":{"b":', b"[[[[", b'{"name":', b"\xff", b"\x00", b"// x\n", b"'"),
)
GROWING = (b"[", b'{"a":', b"9", b"\\u0000", b"{}", b"{},", b" ", b"\n", b'{"name":"a"}\n', b'"a",')
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def make(draw: random.Random, folder: Path) -> None:
    """Write one file."""
    table = rows(draw)
    for row in table:
        if draw.random() < 0.3:
            row[draw.choice(list(row))] = drawn(draw, ODD)
    match draw.randrange(4):
        case 0:
            text, name = json.dumps(table), "table.json"
        case 1:
            text, name = json.dumps({"count": 1, "products": table}, indent=1), "table.json"
        case 2:
            text, name = "".join(json.dumps(row) for row in table), "table.json"
        case _:
            text, name = "".join(json.dumps(row) + "\n" for row in table), "table.jsonl"
    content = text.encode()
    if draw.random() < 0.25:
        place, piece = draw.randint(0, len(content)), draw.choice(GROWING)
        content = content[:place] + piece * draw.choice((100, 3_000)) + content[place:]
    if draw.random() < 0.8:
        content = mutated(draw, content, words=WORDS, max_bytes=1 << 17)
    (folder / name).write_bytes(content)


def run(folder: Path) -> None:
    """Import it, and answer it."""
    read_everywhere(next(folder.glob("table*")), folder)
