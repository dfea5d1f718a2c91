"""Text tables: of any delimiter and encoding, mutated, packed, and grown."""

import gzip
import random
from pathlib import Path

from tests.fuzz.mutating import mutated
from tests.fuzz.tables import as_csv, read_everywhere, rows

WORDS = (
    *(b'"', b'""', b"'", b",", b";", b"\t", b"|", b"\r", b"\n", b"sep=;\n", b"\x1a", b"\x00"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"id,name\n", b"=cmd|' /C calc'!A0", b"\x1b]0;owned\x07"),
)
GROWING = (b'a,"b\n', b'"', b"\n", b",", b"a", b"a,b\n", b" > a", b'"a\n', b"\x00", b'x,y,"z"q,\n')


def make(draw: random.Random, folder: Path) -> None:
    """Write one table."""
    content = as_csv(rows(draw), draw.choice(",;\t|"))
    if draw.random() < 0.25:
        place, piece = draw.randint(0, len(content)), draw.choice(GROWING)
        content = content[:place] + piece * draw.choice((100, 3_000)) + content[place:]
    content = mutated(draw, content, words=WORDS, max_bytes=1 << 15)
    if draw.random() < 0.2:
        encoding = draw.choice(("utf-16", "latin-1", "cp932", "utf-32"))
        content = content.decode("utf-8", "replace").encode(encoding, "replace")
    name = draw.choice(("table.csv", "table.tsv", "table.txt", "table"))
    if draw.random() < 0.1:
        content, name = gzip.compress(content, 1, mtime=0), name + ".gz"
    # Thousands of rows take their time as they do in any table, and show nothing.
    (folder / name).write_bytes(content)


def run(folder: Path) -> None:
    """Import it, and answer it."""
    read_everywhere(next(folder.glob("table*")), folder)
