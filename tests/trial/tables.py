"""A labelled table with rows of every kind, for the model of `tests.model_files`."""

import csv
import json
from pathlib import Path

from tests.model_files import encoded

HOSTILE = '=HYPERLINK("http://example.com","bag")'

ROWS = [
    ("1", "boots", "Shoes > Boots", "right"),
    ("2", "sandals", " shoes > SANDALS", "right"),  # in other case
    ("3", "bag", "Shoes > Boots", "wrong"),
    ("4", "zzz", "Bags", "abstained"),
    ("5", "shoes", "Shoes > Clogs", "right"),  # lacking, but what is above it is answered
    ("6", "boots", "Shoes > Clogs", "wrong"),  # lacking, and a leaf is answered
    ("7", "jeans", "", None),  # no label
    ("8", "-", "Bags", None),  # nothing to read
    ("9", HOSTILE, "Bags", "right"),
    ("10", "shoes", "Shoes", "right"),  # a label above the leaves
    ("11", "boots", "Shoes", "wrong"),  # a leaf below the label
    ("12", "bag", "Garden > Spades", "wrong"),  # lacking altogether
]
"""Id, name, label, and what comes of it at 98 %; None where it takes no part."""
OUTCOMES = {id: outcome for id, _, _, outcome in ROWS if outcome}


def write_rows(file: Path, rows=ROWS, *, header=("id", "name", "category")) -> Path:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(row[: len(header)] for row in rows)
    return file


def write_with_pictures(folder: Path) -> Path:
    """Write a table whose third product has a picture that is none, and a line that is no JSON."""
    (folder / "pictures").mkdir()
    (folder / "pictures" / "red.jpg").write_bytes(encoded("#ff0000"))
    (folder / "pictures" / "broken.jpg").write_bytes(b"no picture")
    rows = [
        {"id": "a", "name": "boots", "image": "red.jpg", "category": ["Shoes", "Boots"]},
        {"id": "b", "image": "red.jpg", "category": "Shoes > Boots"},
        {"id": "c", "name": "bag", "image": "broken.jpg", "category": "Bags"},
        {"id": "d", "name": {"a": 1}, "image": "red.jpg", "category": "Shoes > Boots"},
        {"id": "e", "image": "broken.jpg", "category": "Bags"},
        {"id": "f", "name": "bag", "category": {"a": 1}},
    ]
    lines = [json.dumps(row) for row in rows] + ["{no JSON"]
    (folder / "products.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "products.jsonl"
