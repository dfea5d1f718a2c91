"""A sweep's YAML: what it is based on, and its list, grid or search of runs."""

import itertools
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.sweep.jobs import Job, Machine, build_job, has_section, read_change, set_value
from experiments.sweep.space import Search, build_search
from prodcat.errors import ConfigError
from prodcat.settings import read_settings

FORMS = ("list", "grid", "search")
OWN_NAMES = ("configs", "logs", "replaced", "report")
"""Folders of the sweep beside its runs."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.,=+-]{0,119}")


@dataclass(frozen=True)
class Sweep:
    """A sweep's file as it was read."""

    file: Path
    drafts: tuple[tuple[str, dict[str, Any]], ...]
    """Name and settings of each run, before what holds for this machine; of a search none."""
    base: dict[str, Any]
    """What a grid or a search starts from."""
    varied: tuple[str, ...] = ()
    """What a grid or a search changes in it."""
    search: Search | None = None

    def jobs(self, machine: Machine) -> list[Job]:
        """Return the runs of a list or a grid, in the order of the file.

        Raises:
            ConfigError: If the settings of one are refused, or need a run that is not there.
        """
        drafts = self.drafts or ((self.file.stem, self.base),)
        for change in machine.changes:
            key, _ = read_change(change)
            if key in self.varied:
                raise ConfigError(f"--set {change}: the sweep itself tries values of {key}.")
            if not any(has_section(settings, key) for _, settings in drafts):
                raise ConfigError(f"--set {change}: no run of this sweep has the setting {key}.")
        jobs = [build_job(name, settings, machine) for name, settings in self.drafts]
        _check_needs(jobs)
        return jobs


def read_sweep(file: Path) -> Sweep:
    """Read a sweep's YAML, and check all that does not depend on the machine.

    Raises:
        ConfigError: If it cannot be read, or one of its runs could not start.
    """
    data = read_settings(file)
    choice = ", ".join(FORMS[:-1]) + " or " + FORMS[-1]
    if unknown := [key for key in data if key not in ("base", *FORMS)]:
        raise ConfigError(f"{file}: unknown key {unknown[0]!r}. A sweep has base and {choice}.")
    forms = [form for form in FORMS if form in data]
    if len(forms) != 1:
        found = " and ".join(forms) if forms else "none of them"
        raise ConfigError(f"{file}: a sweep has one of {choice}; this one has {found}.")
    try:
        base = _read_base(data.get("base"), file)
        drafts, search = [], None
        if "search" in data:
            search = build_search(data["search"], base)
        elif "grid" in data:
            drafts = _read_grid(data["grid"], base)
        else:
            drafts = _read_list(data["list"], base, file)
        _check_names([name for name, _ in drafts])
        varied = search.space if search else data.get("grid", {})
        sweep = Sweep(file, tuple(drafts), base, tuple(map(str, varied)), search)
        sweep.jobs(Machine())
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from error
    return sweep


def _read_base(base: Any, file: Path) -> dict[str, Any]:
    if isinstance(base, str):
        return read_settings(file.parent / base)
    if base is None or isinstance(base, dict):
        return deepcopy(base or {})
    raise ConfigError(f"base is {base!r}, expected the name of a YAML, or settings.")


def _read_list(
    entries: Any, base: Mapping[str, Any], file: Path
) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(entries, list) or not entries:
        raise ConfigError(f"list is {entries!r}, expected runs such as '- name: one'.")
    drafts = []
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise ConfigError(f"{entry!r} in list has no name, such as 'name: one'.")
        name = entry["name"]
        if unknown := [key for key in entry if key not in ("name", "config", "set")]:
            raise ConfigError(
                f"{name} has the unknown key {unknown[0]!r}. A run has name, config, set."
            )
        config, changes = entry.get("config"), entry.get("set") or {}
        if not isinstance(config, str | None) or not isinstance(changes, dict):
            raise ConfigError(
                f"{name} cannot be read. Its config is the name of a YAML, its set has lines"
                " such as 'train.lr: 0.01'."
            )
        settings = read_settings(file.parent / config) if config else deepcopy(dict(base))
        for key, value in changes.items():
            set_value(settings, str(key), value)
        drafts.append((name, settings))
    return drafts


def _read_grid(grid: Any, base: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return a run for each combination of values, the last setting changing fastest."""
    if not isinstance(grid, dict) or not grid:
        raise ConfigError(f"grid is {grid!r}, expected lines such as 'train.lr: [0.01, 0.001]'.")
    for key, values in grid.items():
        if not isinstance(values, list) or not values:
            raise ConfigError(f"{key} in grid is {values!r}, expected a list of values.")
    drafts = []
    for values in itertools.product(*grid.values()):
        changes = dict(zip(map(str, grid), values, strict=True))
        settings = deepcopy(dict(base))
        for key, value in changes.items():
            set_value(settings, key, value)
        drafts.append((grid_name(changes), settings))
    return drafts


def grid_name(changes: Mapping[str, Any]) -> str:
    """Name a run by what is changed in it.

    >>> grid_name({"train.lr": 0.01, "model.fusion": "gated"})
    'lr=0.01,fusion=gated'
    >>> grid_name({"text.drop": 0.1, "image.drop": 0.2})
    'text.drop=0.1,image.drop=0.2'
    """
    last = [key.rpartition(".")[2] for key in changes]
    short = len(set(last)) == len(last)
    words = [
        f"{name if short else key}={_as_word(value)}"
        for name, (key, value) in zip(last, changes.items(), strict=True)
    ]
    return ",".join(words)


def _as_word(value: Any) -> str:
    if isinstance(value, list):
        return "+".join(map(_as_word, value))
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", str(value))


def _check_names(names: Sequence[str]) -> None:
    for index, name in enumerate(names):
        if not _NAME.fullmatch(name) or name in OWN_NAMES:
            raise ConfigError(
                f"{name!r} cannot be the name of a run, which is a folder: use letters, digits,"
                f" '_', '-', '=' and '.', up to 120, and none of {', '.join(OWN_NAMES)}."
            )
        if name in names[:index]:
            raise ConfigError(f"there are two runs of the name {name!r}.")


def _check_needs(jobs: Sequence[Job]) -> None:
    before: set[str] = set()
    for job in jobs:
        if missing := [name for name in job.needs if name not in before]:
            raise ConfigError(
                f"{job.name} needs the run {missing[0]}, which does not stand before it in the"
                " sweep."
            )
        before.add(job.name)
