"""A run directory: the one folder that holds everything a run wrote.

config.yaml          the settings, complete
environment.json     versions, machine, seed, corpus
history.csv          a row per epoch
predictions.parquet  a row per validation and test product
metrics.json         all measures, on validation and test
checkpoints/         to go on from after a stop
model/               the model directory, for use
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from prodcat.config import config_from_dict
from prodcat.errors import ConfigError, RunError
from prodcat.files import write_json, write_text
from prodcat.runs.environment import describe_environment
from prodcat.runs.format import FORMAT
from prodcat.settings import config_to_dict


class RunDir:
    """Paths of a run directory, and how its files are written: whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = root / "config.yaml"
        self.environment = root / "environment.json"
        self.history = root / "history.csv"
        self.predictions = root / "predictions.parquet"
        self.metrics = root / "metrics.json"
        self.checkpoints = root / "checkpoints"
        self.model = root / "model"

    @property
    def finished(self) -> bool:
        """Whether the run has come to its end; the measures are written last."""
        return self.metrics.is_file()

    def prepare(
        self, config: Any, *, read: Callable[[Mapping[str, Any]], Any] = config_from_dict
    ) -> None:
        """Make the folder, or check that the run in it is the one to go on with.

        Args:
            config: Settings, a frozen dataclass.
            read: Builds them from nested plain data, as ``config.yaml`` gives it.

        Raises:
            RunError: If it holds a run with other settings, or something else.
        """
        if self.root.exists() and not self.root.is_dir():
            raise RunError(f"{self.root} is a file. Give --out a folder for the run.")
        if self.config.is_file():
            self._check_same(config, read)
            return
        if self.root.is_dir() and any(self.root.iterdir()):
            raise RunError(f"{self.root} is not empty and holds no run. Give --out a new folder.")
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        write_text(self.config, yaml.safe_dump(config_to_dict(config), sort_keys=False))

    def _check_same(self, config: Any, read: Callable[[Mapping[str, Any]], Any]) -> None:
        try:
            there = read(yaml.safe_load(self.config.read_text(encoding="utf-8")))
        except (ConfigError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())
            raise RunError(
                f"{self.config} cannot be read ({reason}), so this run cannot go on."
                " Give --out another folder."
            ) from error
        if there != config:
            changed = ", ".join(_differences(config_to_dict(there), config_to_dict(config)))
            raise RunError(
                f"{self.root} holds a run with other settings ({changed})."
                " Give --out another folder, or the settings of that run to go on with it."
            )

    def write_environment(self, facts: Mapping[str, Any]) -> None:
        """Write what the run depends on; on going on, check that the corpus is the same.

        Raises:
            RunError: If the corpus has changed since the run began.
        """
        if self.environment.is_file():
            before = json.loads(self.environment.read_text(encoding="utf-8"))
            if before.get("corpus_fingerprint") != facts["corpus_fingerprint"]:
                raise RunError(
                    f"The corpus has changed since the run in {self.root} began, so going on"
                    " would mix two splits. Give --out another folder."
                )
            return
        write_json(self.environment, {"format": FORMAT, **describe_environment(), **facts})

    def read_metrics(self) -> dict[str, Any]:
        """Return the measures of a finished run."""
        return dict(json.loads(self.metrics.read_text(encoding="utf-8")))

    def read_history(self) -> list[dict[str, str]]:
        """Return the rows of ``history.csv``; none where it is not there."""
        if not self.history.is_file():
            return []
        with self.history.open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    def write_history(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write ``history.csv`` anew."""
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)
        write_text(self.history, text.getvalue())


def _differences(a: Mapping[str, Any], b: Mapping[str, Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for key in dict.fromkeys((*a, *b)):
        there, here = a.get(key), b.get(key)
        if isinstance(there, Mapping) and isinstance(here, Mapping):
            found += _differences(there, here, f"{prefix}{key}.")
        elif there != here:
            found.append(f"{prefix}{key} is {there} there and {here} here")
    return found
