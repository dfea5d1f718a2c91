"""The runs of a sweep as they will be run: complete settings, on this machine."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from experiments.baselines.config import baseline_from_dict
from prodcat.config import RunConfig, config_from_dict
from prodcat.errors import ConfigError
from prodcat.settings import config_to_dict, read_settings

OWN_NETWORKS = ("small_cnn", "vgg_cnn")
"""Image encoders that have no pretrained weights."""


@dataclass(frozen=True)
class Job:
    """One run of a sweep, not yet done or done."""

    name: str
    """Its folder in the sweep's."""
    settings: dict[str, Any]
    """All its settings, as nested plain data."""

    @property
    def is_baseline(self) -> bool:
        """Whether ``experiments.baselines`` makes it, and not ``prodcat train``."""
        return "baseline" in self.settings

    @property
    def kind(self) -> str:
        """The same for runs that may take about as long."""
        return str(self.settings["baseline"]["kind"]) if self.is_baseline else "network"

    @property
    def needs(self) -> tuple[str, ...]:
        """The runs of the sweep that must be finished before."""
        return tuple(self.settings.get("baseline", {}).get("runs", ()))

    @property
    def fingerprint(self) -> str:
        """The same for the same settings, in whatever way they were written."""
        return fingerprint(self.settings)


@dataclass(frozen=True)
class Machine:
    """What the command line says about this machine."""

    changes: Sequence[str] = ()
    """Settings such as ``"train.max_epochs=2"``, for the runs that have that section."""
    weights: Path | None = None
    """A folder of pretrained encoders, to be taken instead of those of hubs."""


def build_job(name: str, settings: Mapping[str, Any], machine: Machine) -> Job:
    """Complete and check the settings of one run.

    Raises:
        ConfigError: If they are refused.
    """
    given = deepcopy(dict(settings))
    try:
        for change in machine.changes:
            key, value = read_change(change)
            if has_section(given, key) and not _goes_without(given, key):
                set_value(given, key, value)
        if "baseline" in given:
            baseline = _plain(config_to_dict(baseline_from_dict(given)))
            if machine.weights is not None and "network" in baseline["baseline"].get(
                "features", ()
            ):
                _use_local_pictures(baseline["baseline"], "baseline", machine.weights)
            return Job(name, baseline)
        complete = config_to_dict(config_from_dict(given))
        if machine.weights is not None:
            _use_local_weights(complete, machine.weights)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from error
    return Job(name, complete)


def read_change(change: str) -> tuple[str, Any]:
    """Read one change of a setting.

    >>> read_change("train.max_epochs=2")
    ('train.max_epochs', 2)
    """
    nested: Any = read_settings(None, [change])
    words = change.partition("=")[0].strip().split(".")
    for word in words:
        nested = nested[word]
    return ".".join(words), nested


def set_value(settings: dict[str, Any], key: str, value: Any) -> None:
    """Change one setting of nested plain data.

    >>> settings = {"train": {"lr": 0.1}}
    >>> set_value(settings, "train.lr", 0.2)
    >>> settings
    {'train': {'lr': 0.2}}
    """
    *sections, last = key.split(".")
    for section in sections:
        if settings.get(section) is None:
            settings[section] = {}
        settings = settings[section]
        if not isinstance(settings, dict):
            raise ConfigError(f"Unknown setting {key}.")
    settings[last] = deepcopy(value)


def has_section(settings: Mapping[str, Any], key: str) -> bool:
    """Tell whether a run of these settings has this one: baselines have not those of networks."""
    section = key.split(".")[0]
    if "baseline" in settings:
        return section in ("baseline", "data")
    return section in [field.name for field in fields(RunConfig)]


def fingerprint(settings: Mapping[str, Any]) -> str:
    """Hash settings, whatever the order of their keys.

    >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    True
    """
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _goes_without(settings: Mapping[str, Any], key: str) -> bool:
    """Tell whether a run has no such encoder, or trains it from scratch, on any machine."""
    section, _, setting = key.partition(".")
    if section not in ("text", "image") or setting not in ("encoder", "weights"):
        return False
    there = config_to_dict(config_from_dict(settings))[section]
    scratch = there.get("weights") == "none" or there["encoder"] in OWN_NETWORKS
    return there["encoder"] == "none" or (setting == "weights" and scratch)


def _use_local_weights(settings: dict[str, Any], folder: Path) -> None:
    text, image = settings["text"], settings["image"]
    if text["encoder"] != "none" and not Path(text["encoder"]).exists():
        local = folder / Path(text["encoder"]).name
        if not local.is_dir():
            raise ConfigError(
                f"text.encoder is {text['encoder']}, and there is no {local}."
                " Put it there, or name its place with --set text.encoder=FOLDER."
            )
        text["encoder"] = str(local)
    _use_local_pictures(image, "image", folder)


def _use_local_pictures(section: dict[str, Any], name: str, folder: Path) -> None:
    encoder = section["encoder"]
    if section["weights"] != "torchvision" or encoder in ("none", *OWN_NETWORKS):
        return
    found = sorted(folder.glob(f"{encoder}[_.]*safetensors"))
    if len(found) != 1:
        raise ConfigError(
            f"{name}.encoder is {encoder}, and {folder} has {len(found)} files named"
            f" {encoder}_….safetensors. Have one there, or name it with --set {name}.weights=FILE."
        )
    section["weights"] = str(found[0])


def _plain(value: Any) -> Any:
    """Return nested plain data as YAML has it: lists, not tuples."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
