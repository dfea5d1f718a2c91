"""``predictions.parquet`` as arrays: what a run said of each validation and test product.

The file comes from anywhere, so every value is checked before anything counts on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from prodcat.arrays import BoolArray, Float64Array, IntArray
from prodcat.errors import AnalyzeError, require
from prodcat.runs.format import COLUMNS, PARTS, SIDES
from prodcat.taxonomy.paths import split_path
from prodcat.wording import clean

FORMAT = "2"
"""Of the file, as its metadata tell it."""
TOP = 5
NAME_LENGTH, TEXT_LENGTH = 200, 2000
MAX_ROWS = 1_000_000
MAX_BYTES = 2**30
"""Of the file, and of its columns unpacked."""
MAX_PATHS = 20_000


@dataclass(frozen=True, eq=False)
class Side:
    """The predictions for one side's products, N of them, in the order of the file."""

    paths: tuple[str, ...]
    """Every leaf that a label or an answer names, in the order of the tree's paths."""
    ids: tuple[str, ...]
    labels: IntArray
    """Index in *paths* of the true leaf, (N,)."""
    top: IntArray
    """Indices of the best leaves, (N, 5), best first; -1 where the model has no more."""
    top_probability: Float64Array
    """Their calibrated probabilities, (N, 5); 0 where there is no leaf."""
    probability: Float64Array
    """Calibrated, of the best leaf, (N,)."""
    raw_probability: Float64Array
    """Of the best leaf before calibration, (N,)."""
    thresholds: Mapping[float, Float64Array]
    """Accuracy → least probability at which each product is answered, (N,); inf for never."""
    answers: tuple[str, ...]
    """Path answered at the model's own accuracy, leaf or above; empty when it abstained."""
    names: tuple[str | None, ...]
    image_sha256: tuple[str | None, ...]
    has: Mapping[str, BoolArray]
    """Part → whether the answer made use of it, (N,)."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def best(self) -> IntArray:
        """Index in *paths* of the best leaf, (N,)."""
        return self.top[:, 0]

    @property
    def right(self) -> BoolArray:
        """Whether the best leaf is the true one, (N,)."""
        return self.best == self.labels

    def answered(self, goal: float) -> BoolArray:
        """Whether each product is answered with its best leaf at that accuracy, (N,)."""
        return self.probability >= self.thresholds[goal]

    def take(self, rows: IntArray) -> "Side":
        """Return these products alone, in this order."""
        kept = rows.tolist()
        return Side(
            paths=self.paths,
            ids=tuple(self.ids[i] for i in kept),
            labels=self.labels[rows],
            top=self.top[rows],
            top_probability=self.top_probability[rows],
            probability=self.probability[rows],
            raw_probability=self.raw_probability[rows],
            thresholds={goal: values[rows] for goal, values in self.thresholds.items()},
            answers=tuple(self.answers[i] for i in kept),
            names=tuple(self.names[i] for i in kept),
            image_sha256=tuple(self.image_sha256[i] for i in kept),
            has={part: values[rows] for part, values in self.has.items()},
        )


@dataclass(frozen=True, eq=False)
class Predictions:
    """Both sides of a run."""

    sides: Mapping[str, Side]

    def side(self, name: str) -> Side:
        """Return the side called ``val`` or ``test``; it may be without products."""
        return self.sides[name]

    @property
    def reads(self) -> tuple[str, ...]:
        """Parts that any answer made use of."""
        return tuple(p for p in PARTS if any(s.has[p].any() for s in self.sides.values()))


def read_predictions(file: Path) -> Predictions:
    """Read and check the predictions of a run.

    Raises:
        AnalyzeError: If the file is of another format, too large or holds what cannot be.
        MissingDependencyError: If pyarrow is not installed.
    """
    parquet = require("pyarrow.parquet", extra="analyze")
    pyarrow = require("pyarrow", extra="analyze")
    if file.stat().st_size > MAX_BYTES:
        raise AnalyzeError(f"is over {MAX_BYTES:,} bytes")
    try:
        # A stream, since pyarrow refuses names of files that are no UTF-8.
        with file.open("rb") as stream, parquet.ParquetFile(stream) as opened:
            _check_size(opened)
            table = opened.read(columns=[*COLUMNS, "top", "top_probability"], use_threads=False)
        columns = {name: table.column(name).cast(kind) for name, kind in COLUMNS.items()}
        return _checked(
            {name: _texts(column.to_pylist()) for name, column in columns.items()},
            [_texts(leaves) for leaves in table.column("top").to_pylist()],
            table.column("top_probability").to_pylist(),
        )
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise AnalyzeError(f"cannot be read ({' '.join(str(error).split()):.150})") from error


def _texts(values: Any) -> Any:
    if not isinstance(values, list):
        return values
    return [clean(v, TEXT_LENGTH + 1) if isinstance(v, str) else v for v in values]


def _check_size(opened: Any) -> None:
    stored = (opened.schema_arrow.metadata or {}).get(b"prodcat_format", b"1")
    found = stored.decode("ascii", "replace")
    if found != FORMAT:
        older = found.isdecimal() and int(found) < int(FORMAT)
        what = "an older format" if older else "a format that is not known here"
        raise AnalyzeError(f"has {what} ({found:.20}; this version reads {FORMAT})")
    if missing := {*COLUMNS, "top", "top_probability"} - set(opened.schema_arrow.names):
        raise AnalyzeError(f"lacks the columns {', '.join(sorted(missing))}")
    groups = range(opened.metadata.num_row_groups)
    unpacked = sum(opened.metadata.row_group(i).total_byte_size for i in groups)
    if opened.metadata.num_rows > MAX_ROWS or unpacked > MAX_BYTES:
        raise AnalyzeError(f"has over {MAX_ROWS:,} rows or {MAX_BYTES:,} bytes")


def _checked(
    columns: Mapping[str, Sequence[Any]],
    top: Sequence[Any],
    top_probability: Sequence[Any],
) -> Predictions:
    rows = len(columns["id"])
    for name in ("id", "split", "label"):
        if any(not value or len(value) > TEXT_LENGTH for value in columns[name]):
            raise AnalyzeError(f"has an empty or endless {name}")
    if strange := set(columns["split"]) - set(SIDES):
        raise AnalyzeError(f"has the split {min(strange)!r:.40}, which is neither val nor test")
    if len(set(zip(columns["split"], columns["id"], strict=True))) < rows:
        raise AnalyzeError("has a product twice")
    _check_top(top, top_probability)
    named = {leaf for leaves in top for leaf in leaves} | set(columns["label"])
    if len(named) > MAX_PATHS:
        raise AnalyzeError(f"names over {MAX_PATHS:,} categories")
    paths = tuple(sorted(named, key=lambda path: (split_path(path), path)))
    place = {path: i for i, path in enumerate(paths)}
    leaves, probs = np.full((rows, TOP), -1, dtype=np.int64), np.zeros((rows, TOP))
    for row, (best, values) in enumerate(zip(top, top_probability, strict=True)):
        leaves[row, : len(best)] = [place[path] for path in best]
        probs[row, : len(best)] = values
    whole = Side(
        paths=paths,
        ids=tuple(columns["id"]),
        labels=np.array([place[path] for path in columns["label"]], dtype=np.int64),
        top=leaves,
        top_probability=_shares("top_probability", probs),
        probability=_shares("probability", columns["probability"]),
        raw_probability=_shares("raw_probability", columns["raw_probability"]),
        thresholds={
            0.95: _thresholds("threshold_95", columns["threshold_95"]),
            0.98: _thresholds("threshold_98", columns["threshold_98"]),
        },
        answers=tuple((text or "")[:TEXT_LENGTH] for text in columns["answer"]),
        names=tuple(text[:NAME_LENGTH] if text else None for text in columns["name"]),
        image_sha256=tuple(text[:64] if text else None for text in columns["image_sha256"]),
        has={part: np.array([h is True for h in columns[f"has_{part}"]], bool) for part in PARTS},
    )
    if rows and np.abs(whole.top_probability[:, 0] - whole.probability).max() > 1e-6:
        raise AnalyzeError("has probabilities that are not those of the best leaf")
    split = np.array(columns["split"])
    return Predictions({side: whole.take(np.flatnonzero(split == side)) for side in SIDES})


def _check_top(top: Sequence[Any], top_probability: Sequence[Any]) -> None:
    for leaves, values in zip(top, top_probability, strict=True):
        fits = isinstance(leaves, list) and isinstance(values, list) and len(leaves) == len(values)
        if not fits or not 1 <= len(leaves) <= TOP or len(set(leaves)) < len(leaves):
            raise AnalyzeError("has a row without its best leaves and their probabilities")
        if any(not isinstance(leaf, str) or not 0 < len(leaf) <= TEXT_LENGTH for leaf in leaves):
            raise AnalyzeError("has an answer that is no path")


def _shares(name: str, values: Any) -> Float64Array:
    found = np.array(values, dtype=np.float64)
    if not ((found >= 0) & (found <= 1 + 1e-9)).all():
        raise AnalyzeError(f"has a {name} that is not from 0 to 1")
    return found


def _thresholds(name: str, values: Sequence[float | None]) -> Float64Array:
    found = np.array([np.inf if value is None else value for value in values], dtype=np.float64)
    if not (((found >= 0) & (found <= 1)) | (found == np.inf)).all():
        raise AnalyzeError(f"has a {name} that is not from 0 to 1")
    return found
