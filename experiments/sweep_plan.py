"""The runs of a sweep: from its YAML to the complete settings of each."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from experiments.baseline_config import baseline_from_dict
from prodcat.config import RunConfig, config_from_dict, config_to_dict, read_settings
from prodcat.errors import ConfigError

FORMS = ("list", "grid", "search")
OWN_NETWORKS = ("small_cnn", "vgg_cnn")
"""Image encoders that have no pretrained weights."""
OWN_NAMES = ("configs", "logs", "replaced", "report")
"""Folders of the sweep beside its runs."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.,=+-]{0,99}")


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


@dataclass(frozen=True)
class Sweep:
    """A sweep's file as it was read."""

    file: Path
    form: str
    drafts: tuple[tuple[str, dict[str, Any]], ...]
    """Name and settings of each run, before what holds for this machine; of a search none."""
    base: dict[str, Any]
    search: dict[str, Any]
    """The search, as the file has it; empty in the other forms."""

    def jobs(self, machine: Machine) -> list[Job]:
        """Return the runs of a list or a grid, in the order of the file.

        Raises:
            ConfigError: If the settings of one are refused, or need a run that is not there.
        """
        _check_changes(machine.changes, [settings for _, settings in self.drafts])
        jobs = [build_job(name, settings, machine) for name, settings in self.drafts]
        _check_needs(jobs)
        return jobs


def read_sweep(file: Path) -> Sweep:
    """Read a sweep's YAML, and check all that does not depend on the machine.

    Raises:
        ConfigError: If it cannot be read, or one of its runs could not start.
    """
    data = read_settings(file)
    if unknown := [key for key in data if key not in ("base", *FORMS)]:
        raise ConfigError(f"{file}: unknown key {unknown[0]!r}. A sweep has base and {_or(FORMS)}.")
    forms = [form for form in FORMS if form in data]
    if len(forms) != 1:
        found = " and ".join(forms) if forms else "none of them"
        raise ConfigError(f"{file}: a sweep has one of {_or(FORMS)}; this one has {found}.")
    base = _read_base(data.get("base"), file)
    drafts: list[tuple[str, dict[str, Any]]] = []
    if forms == ["list"]:
        drafts = _read_list(data["list"], base, file)
    _check_names([name for name, _ in drafts], file)
    sweep = Sweep(file, forms[0], tuple(drafts), base, data.get("search", {}))
    sweep.jobs(Machine())
    return sweep


def build_job(name: str, settings: Mapping[str, Any], machine: Machine) -> Job:
    """Complete and check the settings of one run.

    Raises:
        ConfigError: If they are refused.
    """
    given = deepcopy(dict(settings))
    for change in machine.changes:
        key, value = read_change(change)
        if _has_section(given, key):
            set_value(given, key, value)
    try:
        if "baseline" in given:
            return Job(name, _plain(config_to_dict(baseline_from_dict(given))))
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


def fingerprint(settings: Mapping[str, Any]) -> str:
    """Hash settings, whatever the order of their keys.

    >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    True
    """
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _read_base(base: Any, file: Path) -> dict[str, Any]:
    if isinstance(base, str):
        return read_settings(file.parent / base)
    if base is None or isinstance(base, dict):
        return deepcopy(base or {})
    raise ConfigError(f"{file}: base is {base!r}, expected the name of a YAML, or settings.")


def _read_list(
    entries: Any, base: Mapping[str, Any], file: Path
) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(entries, list) or not entries:
        raise ConfigError(f"{file}: list is {entries!r}, expected runs such as '- name: one'.")
    drafts = []
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise ConfigError(f"{file}: {entry!r} in list has no name, such as 'name: one'.")
        name = entry["name"]
        if unknown := [key for key in entry if key not in ("name", "config", "set")]:
            raise ConfigError(
                f"{file}: {name} has the unknown key {unknown[0]!r}. A run has name, config, set."
            )
        config, changes = entry.get("config"), entry.get("set") or {}
        if not isinstance(config, str | None) or not isinstance(changes, dict):
            raise ConfigError(
                f"{file}: {name} cannot be read. Its config is the name of a YAML,"
                " its set lines such as 'train.lr: 0.01'."
            )
        settings = read_settings(file.parent / config) if config else deepcopy(dict(base))
        for key, value in changes.items():
            set_value(settings, str(key), value)
        drafts.append((name, settings))
    return drafts


def _check_names(names: Sequence[str], file: Path) -> None:
    for index, name in enumerate(names):
        if not _NAME.fullmatch(name) or name in OWN_NAMES:
            raise ConfigError(
                f"{file}: {name!r} cannot be the name of a run, which is a folder: use letters,"
                f" digits, '_', '-', '=' and '.', and none of {', '.join(OWN_NAMES)}."
            )
        if name in names[:index]:
            raise ConfigError(f"{file}: there are two runs of the name {name!r}.")


def _check_changes(changes: Sequence[str], drafts: Sequence[Mapping[str, Any]]) -> None:
    for change in changes:
        key, _ = read_change(change)
        if drafts and not any(_has_section(settings, key) for settings in drafts):
            raise ConfigError(f"--set {change}: no run of this sweep has the setting {key}.")


def _check_needs(jobs: Sequence[Job]) -> None:
    before: set[str] = set()
    for job in jobs:
        if missing := [name for name in job.needs if name not in before]:
            raise ConfigError(
                f"{job.name} needs the run {missing[0]}, which does not stand before it in the"
                " sweep."
            )
        before.add(job.name)


def _has_section(settings: Mapping[str, Any], key: str) -> bool:
    """Tell whether a run of these settings has this one: baselines have not those of networks."""
    section = key.split(".")[0]
    if "baseline" in settings:
        return section in ("baseline", "data")
    return section in [field.name for field in fields(RunConfig)]


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
    if image["weights"] == "torchvision" and image["encoder"] not in ("none", *OWN_NETWORKS):
        found = sorted(folder.glob(f"{image['encoder']}[_.]*safetensors"))
        if len(found) != 1:
            raise ConfigError(
                f"image.encoder is {image['encoder']}, and {folder} has {len(found)} files named"
                f" {image['encoder']}_….safetensors. Have one there, or name it with"
                " --set image.weights=FILE."
            )
        image["weights"] = str(found[0])


def _plain(value: Any) -> Any:
    """Return nested plain data as YAML has it: lists, not tuples."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _or(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + " or " + words[-1]
