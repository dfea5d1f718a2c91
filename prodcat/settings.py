"""Settings: frozen dataclasses to YAML and back, with single changes from a command line."""

import difflib
import math
import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import yaml

from prodcat.errors import ConfigError

Section = TypeVar("Section")


def read_settings(
    path: Path | None = None,
    overrides: Sequence[str] = (),
    *,
    base: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Read settings as nested plain data, without asking which there are.

    Args:
        path: A YAML file.
        overrides: Single changes such as ``"train.lr=1e-3"``, applied in order.
        base: What the file and then the changes change.

    Raises:
        ConfigError: If the file or a change cannot be read.
    """
    data: Any = {}
    if path is not None:
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except OSError as error:
            raise ConfigError(f"Cannot read settings from {path}: {error.strerror}.") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            detail = " ".join(str(error).split())
            raise ConfigError(f"{path} is not YAML: {detail}") from error
        if not isinstance(data, dict):
            raise ConfigError(f"{path} holds no settings: expected lines such as 'train: {{...}}'.")
    if base is not None:
        data = _merged(base, data)
    for override in overrides:
        _apply(data, override)
    return data


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        before = merged.get(key)
        if isinstance(before, Mapping):
            # A section without settings, in YAML, is None.
            value = _merged(before, {} if value is None else value) if _is_section(value) else value
        merged[key] = value
    # Copied all the way down: single changes are made in place.
    return {k: _merged(v, {}) if isinstance(v, Mapping) else v for k, v in merged.items()}


def _is_section(value: Any) -> bool:
    return value is None or isinstance(value, Mapping)


def config_to_dict(config: Any) -> dict[str, Any]:
    """Return the settings as nested plain data, complete."""
    return {f.name: _to_plain(getattr(config, f.name)) for f in fields(config)}


def _to_plain(value: Any) -> Any:
    if is_dataclass(value):
        return config_to_dict(value)
    return list(value) if isinstance(value, tuple) else value


def _apply(data: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"Cannot read {override!r}. Write it as section.setting=value.")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"Cannot read the value in {override!r}.") from error
    *sections, last = key.strip().split(".")
    for section in sections:
        if data.get(section) is None:  # a section without settings, in YAML
            data[section] = {}
        data = data[section]
        if not isinstance(data, dict):
            raise ConfigError(f"Unknown setting {key.strip()}.")
    data[last] = value


def build_section(kind: type[Section], data: Any, prefix: str = "") -> Section:
    """Build a frozen dataclass of settings from nested plain data.

    Args:
        kind: The dataclass; its fields are flags, numbers, texts, choices (``Literal``), lists
            of choices or texts (``tuple[str, ...]``), and such dataclasses.
        data: Its settings; those that are missing keep their defaults.
        prefix: What stands before a setting's name in messages, such as ``train.``.

    Raises:
        ConfigError: If a setting is unknown or its value does not fit.
    """
    if not isinstance(data, Mapping):
        raise ConfigError(f"{prefix.rstrip('.')} is a section of settings, not {data!r}.")
    hints = get_type_hints(kind)
    values = {}
    for key, value in data.items():
        name = f"{prefix}{key}"
        if key not in hints:
            raise ConfigError(f"Unknown setting {name}.{_suggest(str(key), prefix, kind)}")
        nested = is_dataclass(hints[key])
        values[key] = (
            build_section(hints[key], {} if value is None else value, f"{name}.")
            if nested
            else _convert(value, hints[key], name)
        )
    return kind(**values)


def _suggest(key: str, prefix: str, kind: type) -> str:
    names = [f.name for f in fields(kind)]
    close = difflib.get_close_matches(key, names, n=1)
    if close:
        return f" Did you mean {prefix}{close[0]}?"
    return f" Choose one of: {', '.join(prefix + name for name in names)}."


def _convert(value: Any, kind: Any, name: str) -> Any:
    if get_origin(kind) is tuple:
        if not isinstance(value, list | tuple):
            raise ConfigError(f"{name} is {value!r}, expected a list, such as [{value}].")
        return tuple(_convert(entry, get_args(kind)[0], name) for entry in value)
    if get_origin(kind) is Literal:
        # So YAML reads the words null, yes and no.
        text = {"None": "none", "True": "yes", "False": "no"}.get(str(value), str(value))
        if text not in get_args(kind):
            raise ConfigError(f"{name} is {value!r}. Choose one of: {', '.join(get_args(kind))}.")
        return text
    if kind is bool and isinstance(value, bool):
        return value
    # To Python a bool is an int, but `batch_size: true` is a mistake.
    if kind in (int, float) and not isinstance(value, bool):
        # YAML reads 1e-3, without a point, as text.
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if math.isfinite(number) and (kind is float or number.is_integer()):
            return kind(number)
    # A name may look like a number to YAML, and null is a way to write none.
    if kind is str and isinstance(value, str | int | float | types.NoneType):
        return "none" if value is None else str(value)
    raise ConfigError(f"{name} is {value!r}, expected {getattr(kind, '__name__', kind)}.")
