"""Answers as JSON lines: each row an object, with the input's values as they were."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from prodcat.bulk.answers import OURS
from prodcat.bulk.cell_values import json_value
from prodcat.bulk.joining import JoinedRows
from prodcat.bulk.outputs.about import About
from prodcat.bulk.outputs.csv_file import LEFT_OUT


def write_json_lines(
    file: Path, names: Sequence[str], rows: Iterator[JoinedRows], about: About
) -> None:
    """Write the rows of OUT.

    Args:
        file: To write.
        names: Of the input's columns in OUT.
        rows: Their cells are lists.
        about: Is told of cells that JSON cannot hold.
    """
    keys = [*names, *OURS]
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        for row in rows:
            columns = [*row.cells, *(row.answers[name].to_pylist() for name in OURS)]
            for cells in zip(*columns, strict=True):
                values = [json_value(cell) for cell in cells]
                for cell, value in zip(cells, values, strict=True):
                    if value is None and isinstance(cell, bytes):
                        about.note(LEFT_OUT)
                line = dict(zip(keys, values, strict=True))
                stream.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
