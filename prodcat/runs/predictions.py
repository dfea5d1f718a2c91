"""``predictions.parquet``: a run's answers; every value that is read is checked first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from prodcat.arrays import Float64Array
from prodcat.decision.accuracies import ACCURACIES, threshold_column
from prodcat.errors import AnalyzeError, require
from prodcat.files import whole
from prodcat.product import PARTS
from prodcat.runs.format import FORMAT, NAME_LENGTH, READ_FORMATS, SIDES, TOP
from prodcat.runs.side import Predictions, Side
from prodcat.runs.values import MAX_TEXT
from prodcat.taxonomy.paths import split_path
from prodcat.wording import clean

if TYPE_CHECKING:
    import pyarrow
    import pyarrow.parquet

Texts: TypeAlias = Sequence[str | None]
Numbers: TypeAlias = Sequence[float | None]

THRESHOLDS = {threshold_column(accuracy): accuracy for accuracy in ACCURACIES}
"""Column → its accuracy; the runs from before an accuracy was asked for lack its column."""
COLUMNS = {
    "id": "string",
    "split": "string",
    "label": "string",
    "label_leaf": "string",
    "top": "list<string>",
    "top_probability": "list<double>",
    "probability": "double",
    "raw_probability": "double",
    **dict.fromkeys(THRESHOLDS, "double"),
    "answer": "string",
    "name": "string",
    "image_sha256": "string",
    "has_name": "bool",
    "has_description": "bool",
    "has_text": "bool",
    "has_image": "bool",
}
"""Column → its type, in the order of the file."""
READ = tuple(name for name in COLUMNS if name not in (*THRESHOLDS, "has_text", "label_leaf"))
"""What every run must have; the others can do without."""
FORMAT_KEY = b"prodcat_format"
"""In the metadata of the file."""

MAX_ROWS = 1_000_000
MAX_BYTES = 2**30
"""Of the file, and of its columns unpacked."""
MAX_PATHS = 20_000


@dataclass(frozen=True)
class PredictionRow:
    """What a model said of one product."""

    id: str
    split: str
    """The side, ``val`` or ``test``."""
    label: str
    """Path of its true category."""
    label_leaf: str | None
    """Path of the leaf that stands for it: itself, an ancestor where it was too small to be
    taught, None where nothing was."""
    top: Sequence[str]
    """Paths of the best leaves, the most probable first."""
    top_probability: Sequence[float]
    """Theirs, calibrated."""
    probability: float
    """Calibrated, of the best leaf."""
    raw_probability: float
    """Of the best leaf, before calibration."""
    thresholds: Mapping[float, float | None]
    """Accuracy → least probability at which the leaf is answered, by the parts that the product
    has; None for never."""
    answer: str
    """Path at the default accuracy, leaf or above; empty when abstained."""
    name: str | None
    image_sha256: str | None
    parts: Sequence[str]
    """Those that the answer made use of."""

    def to_dict(self) -> dict[str, object]:
        """Return a value for each of `COLUMNS`."""
        return {
            "id": self.id,
            "split": self.split,
            "label": self.label,
            "label_leaf": self.label_leaf,
            "top": list(self.top),
            "top_probability": list(self.top_probability),
            "probability": self.probability,
            "raw_probability": self.raw_probability,
            **{name: self.thresholds.get(accuracy) for name, accuracy in THRESHOLDS.items()},
            "answer": self.answer,
            "name": self.name[:NAME_LENGTH] if self.name else None,
            "image_sha256": self.image_sha256,
            "has_name": "name" in self.parts,
            "has_description": "description" in self.parts,
            "has_text": "name" in self.parts or "description" in self.parts,
            "has_image": "image" in self.parts,
        }


def write_prediction_rows(file: Path, rows: Iterable[PredictionRow]) -> None:
    """Write the file anew."""
    pyarrow = require("pyarrow", extra="bulk")
    parquet = require("pyarrow.parquet", extra="bulk")
    kinds = {
        "string": pyarrow.string(),
        "list<string>": pyarrow.list_(pyarrow.string()),
        "double": pyarrow.float64(),
        "list<double>": pyarrow.list_(pyarrow.float64()),
        "bool": pyarrow.bool_(),
    }
    # Columns without any value, such as a threshold never reached, still have a type.
    schema = pyarrow.schema(
        [(name, kinds[kind]) for name, kind in COLUMNS.items()],
        metadata={FORMAT_KEY: str(FORMAT)},
    )
    table = pyarrow.Table.from_pylist([row.to_dict() for row in rows], schema=schema)
    with whole(file) as temporary:
        parquet.write_table(table, temporary, compression="zstd")


@dataclass(frozen=True)
class _Columns:
    """The columns of the file, one value for each row, of which nothing is checked but the type."""

    texts: Mapping[str, Texts]
    numbers: Mapping[str, Numbers]
    flags: Mapping[str, Sequence[bool | None]]
    top: Sequence[object]
    top_probability: Sequence[object]


def read_predictions(file: Path) -> Predictions:
    """Read and check the predictions of a run.

    Raises:
        AnalyzeError: If they are of an older format, too large, or no predictions.
    """
    parquet = require("pyarrow.parquet", extra="analyze")
    pyarrow = require("pyarrow", extra="analyze")
    if file.stat().st_size > MAX_BYTES:
        raise AnalyzeError(f"is over {MAX_BYTES:,} bytes")
    try:
        # A stream, since pyarrow refuses names of files that are no UTF-8.
        with file.open("rb") as stream, parquet.ParquetFile(stream) as opened:
            _check_size(opened)
            columns = _read_columns(opened)
        return _checked(columns)
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise AnalyzeError(f"cannot be read ({' '.join(str(error).split()):.150})") from error


def _check_size(opened: "pyarrow.parquet.ParquetFile") -> None:
    stored = (opened.schema_arrow.metadata or {}).get(FORMAT_KEY, b"1").decode("ascii", "replace")
    if stored not in READ_FORMATS:
        older = stored.isdecimal() and int(stored) < FORMAT
        what = "an older format" if older else "a format that is not known here"
        raise AnalyzeError(f"has {what} ({stored:.20}; this version reads {FORMAT})")
    if missing := set(READ) - set(opened.schema_arrow.names):
        raise AnalyzeError(f"lacks the columns {', '.join(sorted(missing))}")
    # A small file may unpack to any size.
    groups = range(opened.metadata.num_row_groups)
    unpacked = sum(opened.metadata.row_group(i).total_byte_size for i in groups)
    if opened.metadata.num_rows > MAX_ROWS or unpacked > MAX_BYTES:
        raise AnalyzeError(f"has over {MAX_ROWS:,} rows or {MAX_BYTES:,} bytes")


def _read_columns(opened: "pyarrow.parquet.ParquetFile") -> _Columns:
    # Runs from before lack these.
    others = [name for name in (*THRESHOLDS, "label_leaf") if name in opened.schema_arrow.names]
    table = opened.read(columns=[*READ, *others], use_threads=False)
    values = {
        kind: {
            name: table.column(name).cast(kind).to_pylist()
            for name in table.column_names
            if COLUMNS[name] == kind
        }
        for kind in ("string", "double", "bool")
    }
    return _Columns(
        texts={name: list(map(_shortened, texts)) for name, texts in values["string"].items()},
        numbers=values["double"],
        flags=values["bool"],
        top=[_shortened_all(leaves) for leaves in table.column("top").to_pylist()],
        top_probability=table.column("top_probability").to_pylist(),
    )


def _shortened(text: str | None) -> str | None:
    # One more than may be, so that the check sees what is too long.
    return None if text is None else clean(text, MAX_TEXT + 1)


def _shortened_all(leaves: object) -> object:
    if not isinstance(leaves, list):
        return leaves
    return [_shortened(leaf) if isinstance(leaf, str) else leaf for leaf in leaves]


def _checked(columns: _Columns) -> Predictions:
    texts = columns.texts
    rows = len(texts["id"])
    ids, splits, labels = (_usable(name, texts[name]) for name in ("id", "split", "label"))
    if strange := set(splits) - set(SIDES):
        raise AnalyzeError(f"has the split {min(strange)!r:.40}, which is neither val nor test")
    # By its id a product is held against what other runs say of it.
    if len(set(zip(splits, ids, strict=True))) < rows:
        raise AnalyzeError("has a product twice")
    tops = [_best_of(*stored) for stored in zip(columns.top, columns.top_probability, strict=True)]
    # Runs from before have the products of taught categories alone.
    stand_ins = _leaves(texts.get("label_leaf", labels))
    named = {leaf for best, _ in tops for leaf in best} | set(labels) | set(filter(None, stand_ins))
    if len(named) > MAX_PATHS:
        raise AnalyzeError(f"names over {MAX_PATHS:,} categories")
    # By names, not by text: siblings stand together, whatever their names begin with.
    paths = tuple(sorted(named, key=lambda path: (split_path(path), path)))
    place = {path: i for i, path in enumerate(paths)}
    leaves, probs = np.full((rows, TOP), -1, dtype=np.int64), np.zeros((rows, TOP))
    for row, (best, best_probs) in enumerate(tops):
        leaves[row, : len(best)] = [place[path] for path in best]
        probs[row, : len(best)] = best_probs
    both = Side(
        paths=paths,
        ids=tuple(ids),
        labels=np.array([place[path] for path in labels], dtype=np.int64),
        leaves=np.array([-1 if leaf is None else place[leaf] for leaf in stand_ins], np.int64),
        top=leaves,
        top_probability=_shares("top_probability", probs),
        probability=_shares("probability", columns.numbers["probability"]),
        raw_probability=_shares("raw_probability", columns.numbers["raw_probability"]),
        thresholds={
            accuracy: _thresholds(name, columns.numbers[name])
            for name, accuracy in THRESHOLDS.items()
            if name in columns.numbers
        },
        answers=tuple((text or "")[:MAX_TEXT] for text in texts["answer"]),
        names=tuple(text[:NAME_LENGTH] if text else None for text in texts["name"]),
        image_sha256=tuple(text[:64] if text else None for text in texts["image_sha256"]),
        has={
            part: np.array([has is True for has in columns.flags[f"has_{part}"]], bool)
            for part in PARTS
        },
    )
    # The leaves' are rounded to billionths, the other is not.
    if rows and np.abs(both.top_probability[:, 0] - both.probability).max() > 1e-6:
        raise AnalyzeError("has probabilities that are not those of the best leaf")
    split = np.array(splits)
    return Predictions({side: both.take(np.flatnonzero(split == side)) for side in SIDES})


def _usable(name: str, texts: Texts) -> list[str]:
    usable = [text for text in texts if text and len(text) <= MAX_TEXT]
    if len(usable) < len(texts):
        raise AnalyzeError(f"has an empty or endless {name}")
    return usable


def _leaves(texts: Texts) -> list[str | None]:
    if any(text is not None and not 0 < len(text) <= MAX_TEXT for text in texts):
        raise AnalyzeError("has an empty or endless label_leaf")
    return list(texts)


def _best_of(leaves: object, probs: object) -> tuple[list[str], list[float | None]]:
    """Return the best leaves of a row, and as many probabilities, which are still to be checked."""
    if not isinstance(leaves, list) or not isinstance(probs, list) or len(leaves) != len(probs):
        raise AnalyzeError("has a row without its best leaves and their probabilities")
    paths = [leaf for leaf in leaves if isinstance(leaf, str) and 0 < len(leaf) <= MAX_TEXT]
    if not 1 <= len(leaves) <= TOP or len(set(paths)) < len(paths):
        raise AnalyzeError("has a row without its best leaves and their probabilities")
    if len(paths) < len(leaves):
        raise AnalyzeError("has an answer that is no path")
    return paths, probs


def _shares(name: str, values: Numbers | Float64Array) -> Float64Array:
    shares = np.array(values, dtype=np.float64)
    if not ((shares >= 0) & (shares <= 1 + 1e-9)).all():
        raise AnalyzeError(f"has a {name} that is not from 0 to 1")
    return shares


def _thresholds(name: str, values: Numbers) -> Float64Array:
    least = np.array([np.inf if value is None else value for value in values], dtype=np.float64)
    if not (((least >= 0) & (least <= 1)) | (least == np.inf)).all():
        raise AnalyzeError(f"has a {name} that is not from 0 to 1")
    return least
