"""``history.csv``: what was measured after each epoch."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prodcat.errors import AnalyzeError, one_line
from prodcat.files import write_text
from prodcat.runs.files import read_text
from prodcat.runs.format import ERROR_LENGTH
from prodcat.wording import clean

EPOCH = "epoch"
MAX_EPOCHS = 10_000


@dataclass(frozen=True)
class History:
    """What was measured after each epoch."""

    epochs: tuple[int, ...] = ()
    columns: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    """``train_loss``, ``val_macro_f1`` … → a value for each epoch."""


def read_history(file: Path) -> History:
    """Read the history of a run that may come from anywhere; one without the file has no epochs.

    Raises:
        AnalyzeError: If it is no table of numbers by epoch.
    """
    if not file.exists():
        return History()
    try:
        rows = list(csv.DictReader(io.StringIO(read_text(file)), strict=True))
        if len(rows) > MAX_EPOCHS:
            raise ValueError(f"over {MAX_EPOCHS:,} rows")
        epochs = tuple(int(row[EPOCH]) for row in rows)
        # Cells beyond the last heading stand under None.
        names = [name for name in (rows[0] if rows else ()) if name and name != EPOCH]
        columns = {clean(name): tuple(_number_or_none(row[name]) for row in rows) for name in names}
    except (csv.Error, ValueError, KeyError, TypeError) as error:
        reason = clean(one_line(error, ERROR_LENGTH))
        raise AnalyzeError(f"{file.name} is no table of epochs ({reason})") from error
    return History(epochs, columns)


def read_history_rows(file: Path) -> list[dict[str, str]]:
    """Return the rows as they were written, to go on with them; none where there is no file."""
    if not file.is_file():
        return []
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def write_history_rows(file: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write the file anew: a row per epoch, with ``epoch`` in the first column."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows(rows)
    write_text(file, text.getvalue())


def _number_or_none(value: str | None) -> float | None:
    if value is None or not value.strip():
        return None
    parsed = float(value)
    # A loss that has run off to infinity must not end the report of the run.
    return parsed if math.isfinite(parsed) else None
