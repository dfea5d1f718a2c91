"""A run directory: the one folder that holds everything a run wrote.

config.yaml          the settings, complete
environment.json     versions, machine, seed, corpus: `prodcat.runs.environment`
history.csv          a row per epoch: `prodcat.runs.history`
predictions.parquet  a row per validation and test product: `prodcat.runs.predictions`
metrics.json         all measures, on validation and test: `prodcat.runs.records`
run.log              what was done when, for whoever looks into it
checkpoints/         to go on from after a stop
weights.safetensors  the network, to continue training from
model/               the model directory, for use
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from prodcat.config import config_from_dict
from prodcat.errors import ConfigError, RunError
from prodcat.files import is_temporary, write_json, write_text
from prodcat.runs.environment import Environment
from prodcat.runs.files import read_json
from prodcat.runs.history import read_history_rows, write_history_rows
from prodcat.runs.records import RunMetrics
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
        self.log = root / "run.log"
        self.checkpoints = root / "checkpoints"
        self.weights = root / "weights.safetensors"
        self.model = root / "model"

    @property
    def files(self) -> tuple[Path, ...]:
        """Those that reports read."""
        return (self.config, self.environment, self.history, self.predictions, self.metrics)

    @property
    def finished(self) -> bool:
        """Whether the run has come to its end; the measures are written last."""
        return self.metrics.is_file()

    def check(
        self,
        config: object,
        *,
        read: Callable[[Mapping[str, object]], object] = config_from_dict,
    ) -> None:
        """Check that a run may begin here, or is the one to go on with; write nothing.

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
        if self.root.is_dir() and not all(map(self._is_rest, self.root.iterdir())):
            raise RunError(f"{self.root} is not empty and holds no run. Give --out a new folder.")

    def prepare(
        self,
        config: object,
        *,
        read: Callable[[Mapping[str, object]], object] = config_from_dict,
    ) -> None:
        """Make the folder, if no run has begun in it; arguments and errors are those of `check`."""
        self.check(config, read=read)
        if not self.config.is_file():
            self.checkpoints.mkdir(parents=True, exist_ok=True)
            write_text(self.config, yaml.safe_dump(config_to_dict(config), sort_keys=False))

    @contextmanager
    def beginning(self, config: object) -> Iterator[None]:
        """Prepare, and take everything back if what follows fails before anything was learnt.

        A folder that a run never began to learn in is not locked with its settings.
        """
        was_there = self.root.is_dir()
        began_before = self.config.is_file()
        self.prepare(config)
        try:
            yield
        except BaseException:
            # Checkpoints, and what teachers said, are the first things whose loss would be one.
            kept = [*self.checkpoints.glob("*.ckpt"), *self.checkpoints.glob("*.npy")]
            if not began_before and not kept:
                for file in (self.config, self.environment, self.history, self.log):
                    file.unlink(missing_ok=True)
                shutil.rmtree(self.checkpoints, ignore_errors=True)
                # A folder that somebody made beforehand stays.
                if not was_there and not any(self.root.iterdir()):
                    self.root.rmdir()
            raise

    def set_aside(self) -> Path:
        """Move the run to a folder beside its own, and return that."""
        aside = self.free_name()
        self.root.rename(aside)
        return aside

    def free_name(self) -> Path:
        """Return the first folder beside this one, by number, that is not there yet."""
        number = 1
        while (free := self.root.with_name(f"{self.root.name}.{number}")).exists():
            number += 1
        return free

    def check_corpus(self, fingerprint: str) -> None:
        """Say so where a finished run learnt from other products than the corpus has now.

        Raises:
            RunError: If it did.
        """
        begun_in = Environment.from_dict(read_json(self.environment))
        if begun_in.corpus_fingerprint != fingerprint:
            raise RunError(
                f"The run in {self.root} is finished, but the corpus has changed since: its model"
                " knows nothing of that. Train anew with --again, which keeps the finished run"
                " beside the new one, or give --out another folder."
            )

    def _is_rest(self, path: Path) -> bool:
        """Tell whether `prepare` left this when it was killed before the settings were whole."""
        if path.is_symlink():
            return False
        if path == self.checkpoints:
            return path.is_dir() and not any(path.iterdir())
        return path.is_file() and is_temporary(path.name, of=self.config.name)

    def _check_same(self, config: object, read: Callable[[Mapping[str, object]], object]) -> None:
        try:
            begun_with = read(yaml.safe_load(self.config.read_text(encoding="utf-8")))
        except (ConfigError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())
            raise RunError(
                f"{self.config} cannot be read ({reason}), so this run cannot go on."
                " Give --out another folder."
            ) from error
        # As settings and not as text: a file that leaves out a default says the same.
        if begun_with != config:
            changes = ", ".join(_differences(config_to_dict(begun_with), config_to_dict(config)))
            raise RunError(
                f"{self.root} holds a run with other settings ({changes})."
                " Give --out another folder, or the settings of that run to go on with it."
            )

    def write_environment(self, environment: Environment) -> None:
        """Write what the run depends on; on going on, check that the corpus is the same.

        Versions and machine stay those of the beginning, since the first epochs depend on them.

        Raises:
            RunError: If the corpus has changed since the run began.
        """
        if not self.environment.is_file():
            write_json(self.environment, environment.to_dict())
            return
        begun_in = Environment.from_dict(read_json(self.environment))
        if begun_in.corpus_fingerprint != environment.corpus_fingerprint:
            raise RunError(
                f"The corpus has changed since the run in {self.root} began, so going on"
                " would mix two splits. Give --out another folder."
            )

    def read_metrics(self) -> RunMetrics:
        """Return the measures of a finished run."""
        return RunMetrics.from_dict(read_json(self.metrics))

    def write_metrics(self, metrics: RunMetrics) -> None:
        """Write the measures, which finishes the run."""
        write_json(self.metrics, metrics.to_dict())

    def read_history(self) -> list[dict[str, str]]:
        """Return the rows of ``history.csv``; none where it is not there."""
        return read_history_rows(self.history)

    def write_history(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Write ``history.csv`` anew."""
        write_history_rows(self.history, rows)


def _differences(
    begun_with: Mapping[str, object], settings: Mapping[str, object], prefix: str = ""
) -> list[str]:
    lines: list[str] = []
    for key in dict.fromkeys((*begun_with, *settings)):
        before, now = begun_with.get(key), settings.get(key)
        if isinstance(before, Mapping) and isinstance(now, Mapping):
            lines += _differences(before, now, f"{prefix}{key}.")
        elif before != now:
            lines.append(f"{prefix}{key} is {before} there and {now} here")
    return lines
