"""The text files of a run directory, read as if strangers had written them.

Each function either returns plain data of the shape it promises, or says in a few words
what is wrong with the file.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TypeVar

import yaml

from prodcat.errors import AnalyzeError, one_line
from prodcat.runs.format import ERROR_LENGTH
from prodcat.runs.values import mapping
from prodcat.wording import clean

Key = TypeVar("Key")

# Far above what a run writes: they stop files that are made to fill the memory.
MAX_BYTES = 50 * 2**20
MAX_SETTINGS_BYTES = 2**20
MAX_SETTINGS, MAX_DEPTH = 1000, 8
MAX_LISTED = 20
"""Values of a list that are written."""


def read_text(file: Path, max_bytes: int = MAX_BYTES) -> str:
    """Read a text in UTF-8.

    Raises:
        AnalyzeError: If it is none, or too long.
    """
    try:
        with file.open("rb") as stream:
            # One byte more than may be tells what is too long, whatever size the system names.
            data = stream.read(max_bytes + 1)
    except OSError as error:
        raise AnalyzeError(f"{file.name} cannot be read ({error.strerror})") from error
    if len(data) > max_bytes:
        raise AnalyzeError(f"{file.name} is over {max_bytes:,} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise AnalyzeError(f"{file.name} is no UTF-8 text") from error


def read_json(file: Path) -> dict[str, object]:
    """Read a JSON object, refusing NaN and infinity.

    Raises:
        AnalyzeError: If it is none.
    """
    try:
        # A thousand brackets within each other are a RecursionError.
        data = json.loads(read_text(file), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        reason = clean(one_line(error, ERROR_LENGTH))
        raise AnalyzeError(f"{file.name} is no JSON ({reason})") from error
    return {str(key): value for key, value in mapping(data, file.name).items()}


def read_settings(file: Path) -> dict[object, object]:
    """Read ``config.yaml``, nested as it is.

    Raises:
        AnalyzeError: If it is no YAML of settings.
    """
    try:
        settings = yaml.safe_load(read_text(file, MAX_SETTINGS_BYTES))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = clean(one_line(error, ERROR_LENGTH))
        raise AnalyzeError(f"{file.name} is no YAML ({reason})") from error
    # What cannot be written flat could not be shown either, so it is found out here.
    flat_settings(mapping(settings, file.name))
    return dict(settings)


def flat_settings(settings: Mapping[Key, object]) -> dict[str, str]:
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


def _walk(settings: Mapping[Key, object], prefix: str, depth: int) -> Iterator[tuple[str, object]]:
    if depth > MAX_DEPTH:
        raise AnalyzeError(f"config.yaml is nested over {MAX_DEPTH} deep")
    for key, value in settings.items():
        # A section without settings would vanish; it is written as it is.
        if isinstance(value, Mapping) and value:
            yield from _walk(value, f"{prefix}{key}.", depth + 1)
        else:
            yield f"{prefix}{key}", value


def _written(value: object) -> str:
    if isinstance(value, str):
        # Both, since a run may come from a machine of the other kind.
        for kind in (PurePosixPath, PureWindowsPath):
            if kind(value).is_absolute():
                return clean(kind(value).name)
        return clean(value)
    if isinstance(value, list):
        # Aliases can make a short YAML endless, so nothing below is followed.
        flat = [entry for entry in value[:MAX_LISTED] if not isinstance(entry, list | Mapping)]
        return clean(", ".join(map(_written, flat)))
    if isinstance(value, bool):
        # Before numbers, since True is one to Python; and as YAML writes it.
        return str(value).lower()
    if isinstance(value, int | float):
        # A whole number may have more digits than Python is willing to write.
        return "over 1e300" if abs(value) > 1e300 else f"{value:.15g}"
    return "none" if value is None else clean(str(value))


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
