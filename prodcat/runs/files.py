"""The text files of a run directory, read as if strangers had written them.

Each function either returns plain data of the shape it promises, or says in a few words
what is wrong with the file.
"""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import yaml

from prodcat.errors import AnalyzeError
from prodcat.measures.interval import Interval
from prodcat.runs.records import Cost, History, Selection
from prodcat.wording import clean, one_line

MAX_BYTES = 50 * 2**20
MAX_SETTINGS_BYTES = 2**20
MAX_EPOCHS = 10_000
MAX_SETTINGS, MAX_DEPTH = 1000, 8

EVERYTHING = "everything"


def read_settings(file: Path) -> dict[str, Any]:
    """Read ``config.yaml``, nested as it is.

    Raises:
        AnalyzeError: If it is no YAML of settings.
    """
    try:
        found = yaml.safe_load(_read(file, MAX_SETTINGS_BYTES))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise AnalyzeError(f"{file.name} is no YAML ({one_line(error)})") from error
    flat_settings(_mapping(found, file.name))
    return dict(found)


def read_json(file: Path) -> dict[str, Any]:
    """Read a JSON object, refusing NaN and infinity.

    Raises:
        AnalyzeError: If it is none.
    """
    try:
        found = json.loads(_read(file), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise AnalyzeError(f"{file.name} is no JSON ({one_line(error)})") from error
    return dict(_mapping(found, file.name))


def read_history(file: Path) -> History:
    """Read ``history.csv``; a run without one has no epochs.

    Raises:
        AnalyzeError: If it is no table of numbers by epoch.
    """
    if not file.exists():
        return History()
    try:
        rows = list(csv.DictReader(io.StringIO(_read(file)), strict=True))
        if len(rows) > MAX_EPOCHS:
            raise ValueError(f"over {MAX_EPOCHS:,} rows")
        epochs = tuple(int(row["epoch"]) for row in rows)
        names = [name for name in (rows[0] if rows else ()) if name and name != "epoch"]
        columns = {clean(name): tuple(_number_or_none(row[name]) for row in rows) for name in names}
    except (csv.Error, ValueError, KeyError, TypeError) as error:
        raise AnalyzeError(f"{file.name} is no table of epochs ({one_line(error)})") from error
    return History(epochs, columns)


def read_selections(metrics: Mapping[str, Any], side: str) -> tuple[Selection, ...]:
    """Return the measures of one side, ``everything`` first; none where it has no products.

    Raises:
        AnalyzeError: If they are not what `prodcat.measures.measure.measure` makes.
    """
    found = _mapping(metrics.get(side) or {}, f"{side} of metrics.json")
    if found and EVERYTHING not in found:
        raise AnalyzeError(f"metrics.json has no measures of everything on {side}")
    selections = [
        Selection(clean(str(name)), _count(measured, f"{side}, {name}"), read_measures(measured))
        for name, measured in found.items()
    ]
    return tuple(sorted(selections, key=lambda selection: selection.name != EVERYTHING))


def read_measures(measured: Mapping[str, Any]) -> dict[str, Interval]:
    """Return those measures that have an interval.

    >>> read_measures({"n": 3, "accuracy": {"value": 0.5, "low": 0.25, "high": 0.75}})
    {'accuracy': Interval(value=0.5, low=0.25, high=0.75)}
    """
    found = {}
    for name, stored in measured.items():
        if not isinstance(stored, Mapping) or "value" not in stored:
            continue
        ends = [stored.get(end) for end in ("value", "low", "high")]
        if any(end is not None and not _is_share(end) for end in ends):
            raise AnalyzeError(f"metrics.json has a {clean(str(name), 40)} that is no share")
        found[clean(str(name))] = Interval(*(None if end is None else float(end) for end in ends))
    return found


def read_cost(metrics: Mapping[str, Any]) -> Cost:
    """Return what a run took; None for whatever is missing or no number."""
    training = metrics.get("training")
    cost = metrics.get("cost")
    stored = {
        **(training if isinstance(training, Mapping) else {}),
        **(cost if isinstance(cost, Mapping) else {}),
    }
    return Cost(
        seconds=_positive(stored.get("seconds")),
        epochs=_whole(stored.get("epochs")),
        best_epoch=_whole(stored.get("best_epoch")),
        model_bytes=_whole(stored.get("model_bytes")),
        one_product_ms=_positive(stored.get("one_product_ms")),
        products_per_s=_positive(stored.get("products_per_s")),
        peak_memory_mb=_positive(stored.get("peak_memory_mb")),
    )


def read_train_products(metrics: Mapping[str, Any]) -> dict[str, int]:
    """Return how many training products each category's path has; empty where not told."""
    data = metrics.get("data")
    stored = data.get("train_products") if isinstance(data, Mapping) else None
    if not isinstance(stored, Mapping):
        return {}
    counts = {clean(str(path), MAX_BYTES): _whole(count) for path, count in stored.items()}
    return {path: count for path, count in counts.items() if count is not None}


def read_classes(metrics: Mapping[str, Any]) -> int | None:
    """Return how many categories the model can answer."""
    data = metrics.get("data")
    return _whole(data.get("categories")) if isinstance(data, Mapping) else None


def flat_settings(settings: Mapping[Any, Any]) -> dict[str, str]:
    """Write nested settings as ``train.lr`` → ``0.001``.

    An absolute path, which says where a machine keeps its files, is cut to its last name.

    Raises:
        AnalyzeError: If they are too many or too deep.

    >>> flat_settings({"train": {"lr": 0.001}, "text": {"encoder": "/home/me/MiniLM"}})
    {'train.lr': '0.001', 'text.encoder': 'MiniLM'}
    """
    flat: dict[str, str] = {}
    for key, value in _walk(settings, "", 1):
        if len(flat) >= MAX_SETTINGS:
            raise AnalyzeError(f"config.yaml has over {MAX_SETTINGS:,} settings")
        flat[clean(key)] = _written(value)
    return flat


def _walk(settings: Mapping[Any, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > MAX_DEPTH:
        raise AnalyzeError(f"config.yaml is nested over {MAX_DEPTH} deep")
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from _walk(value, f"{prefix}{key}.", depth + 1)
        else:
            yield f"{prefix}{key}", value


def _written(value: Any) -> str:
    if isinstance(value, str):
        for kind in (PurePosixPath, PureWindowsPath):
            if kind(value).is_absolute():
                return clean(kind(value).name)
        return clean(value)
    if isinstance(value, list):
        # Aliases can make a short YAML endless, so nothing below is followed.
        flat = [v for v in value[:20] if not isinstance(v, list | Mapping)]
        return clean(", ".join(map(_written, flat)))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        # A whole number may have more digits than Python is willing to write.
        return "over 1e300" if abs(value) > 1e300 else f"{value:.15g}"
    return "none" if value is None else clean(str(value))


def _read(file: Path, max_bytes: int = MAX_BYTES) -> str:
    try:
        with file.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except OSError as error:
        raise AnalyzeError(f"{file.name} cannot be read ({error.strerror})") from error
    if len(data) > max_bytes:
        raise AnalyzeError(f"{file.name} is over {max_bytes:,} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise AnalyzeError(f"{file.name} is no UTF-8 text") from error


def _mapping(found: Any, what: str) -> Mapping[Any, Any]:
    if not isinstance(found, Mapping):
        raise AnalyzeError(f"{what} holds no names with values")
    return found


def _count(measured: Any, what: str) -> int:
    n = _whole(_mapping(measured, f"{what} of metrics.json").get("n"))
    if n is None:
        raise AnalyzeError(f"metrics.json does not say how many products {what} has")
    return n


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _number_or_none(text: str | None) -> float | None:
    if text is None or not text.strip():
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def _is_share(value: Any) -> bool:
    return _positive(value) is not None and value <= 1 + 1e-9


def _positive(value: Any) -> float | None:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain and 0 <= value < 1e18 else None


def _whole(value: Any) -> int | None:
    # Runs of format 2 may have the best epoch as text.
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    found = _positive(value)
    return int(found) if found is not None and found == int(found) else None
