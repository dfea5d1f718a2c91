"""What a search may try: ranges and choices of settings, and by what it judges them."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

from experiments.sweep.jobs import Job, Machine, build_job, set_value
from prodcat.errors import ConfigError
from prodcat.settings import build_section

EPOCH_METRICS = ("val_macro_f1", "val_accuracy", "val_loss")
"""What ``history.csv`` has of each epoch, so that a run can be broken off by it."""


@dataclass(frozen=True)
class Range:
    """Numbers from *low* to *high*, both included."""

    low: float
    high: float
    log: bool = False
    """Draw the exponent evenly, as fits learning rates."""

    def __post_init__(self) -> None:
        if self.low >= self.high or (self.log and self.low <= 0):
            raise ConfigError(
                f"low ({self.low:g}) must be below high ({self.high:g}), and above 0 with log."
            )

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are meant: both ends were written so."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def ends(self) -> tuple[Any, ...]:
        """The values to be checked before anything is run."""
        return (self.low, self.high)


@dataclass(frozen=True)
class Choice:
    """A few values."""

    choices: tuple[Any, ...]

    def __post_init__(self) -> None:
        plain = all(isinstance(value, str | int | float | None) for value in self.choices)
        if not self.choices or not plain:
            raise ConfigError(
                f"choices is {list(self.choices)}, expected a list of numbers or words."
            )

    @property
    def ends(self) -> tuple[Any, ...]:
        """The values to be checked before anything is run."""
        return self.choices


@dataclass(frozen=True)
class SearchSettings:
    """How a search goes."""

    trials: int
    """Runs in all, those broken off included."""
    metric: str = "val_macro_f1"
    """What shall be best, on the validation products: ``val_`` and a measure of a run, or
    ``val_loss``."""
    pruner: Literal["median", "none"] = "median"
    """``median`` breaks off a run whose best epoch so far is below the median of the finished
    runs at the same epoch."""
    startup: int = 4
    """Runs that must have finished before any is broken off."""
    warmup: int = 1
    """Epochs that every run is given."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.trials < 1 or self.startup < 1 or self.warmup < 0:
            raise ConfigError(
                f"search.trials ({self.trials}) and search.startup ({self.startup}) must be 1 or"
                f" more, search.warmup ({self.warmup}) not negative."
            )
        if not self.metric.startswith("val_"):
            raise ConfigError(
                f"search.metric is {self.metric}; it must be one of the validation products, such"
                " as val_macro_f1. Choosing by the test would make its measures worthless."
            )
        if self.pruner != "none" and self.metric not in EPOCH_METRICS:
            raise ConfigError(
                f"search.metric {self.metric} is only known at the end of a run, so nothing can be"
                f" broken off by it. Set search.pruner to none, or take {', '.join(EPOCH_METRICS)}."
            )


@dataclass(frozen=True)
class Search:
    """Settings to try, and how."""

    space: Mapping[str, Range | Choice]
    how: SearchSettings
    base: dict[str, Any]
    """The settings that do not change."""

    @property
    def minimizes(self) -> bool:
        """Whether less is better."""
        return self.how.metric == "val_loss"

    def job(self, name: str, values: Mapping[str, Any], machine: Machine) -> Job:
        """Return the run that tries these values.

        Raises:
            ConfigError: If the settings are refused.
        """
        settings = deepcopy(self.base)
        for key, value in values.items():
            set_value(settings, key, value)
        return build_job(name, settings, machine)


def build_search(data: Any, base: Mapping[str, Any]) -> Search:
    """Read a search, and check that the ends of its ranges and all choices are accepted.

    Raises:
        ConfigError: If it cannot be read, or one of its values is refused.
    """
    if not isinstance(data, dict) or not isinstance(data.get("settings"), dict):
        raise ConfigError("search has no settings, such as 'train.lr: {low: 1.0e-4, high: 0.1}'.")
    rest = {key: value for key, value in data.items() if key != "settings"}
    if "trials" not in rest:
        raise ConfigError("search has no trials; say how many runs to make, such as 'trials: 20'.")
    space = {str(key): _read_values(str(key), value) for key, value in data["settings"].items()}
    how = build_section(SearchSettings, rest, "search.")
    search = Search(space, how, deepcopy(dict(base)))
    first = {key: values.ends[0] for key, values in space.items()}
    for key, values in space.items():
        for value in values.ends:
            search.job(f"search of {key}", {**first, key: value}, Machine())
    if not space:
        raise ConfigError("search.settings is empty: there is nothing to try.")
    return search


def _read_values(key: str, data: Any) -> Range | Choice:
    if isinstance(data, dict) and set(data) == {"choices"} and isinstance(data["choices"], list):
        values: Any = {"choices": tuple(data["choices"])}
        kind: type[Range | Choice] = Choice
    elif isinstance(data, dict) and {"low", "high"} <= set(data) <= {"low", "high", "log"}:
        values = {end: _number(key, data[end]) for end in ("low", "high")}
        values["log"] = data.get("log", False) is True
        kind = Range
    else:
        raise ConfigError(
            f"search.settings.{key} is {data!r}, expected {{low: 1, high: 4}}, with log: true for"
            " an even draw of exponents, or {choices: [a, b]}."
        )
    try:
        return kind(**values)
    except ConfigError as error:
        raise ConfigError(f"search.settings.{key}: {error}") from error


def _number(key: str, value: Any) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        return float(value)  # YAML reads 1e-4, without a point, as text.
    except (TypeError, ValueError):
        raise ConfigError(f"search.settings.{key} is from {value!r}, expected a number.") from None
