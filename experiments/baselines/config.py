"""The settings of a baseline: the kind of model, what it reads, and which products train it.

The file has the section ``data`` of every run, and a section ``baseline`` in place of
``text``, ``image``, ``model`` and ``train``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from prodcat.config import DataConfig
from prodcat.errors import ConfigError
from prodcat.settings import build_section, read_settings

Reads = tuple[Literal["name", "description"], ...]


@dataclass(frozen=True)
class TfidfConfig:
    """A linear classifier on weighted words and runs of characters."""

    kind: Literal["tfidf_svc", "tfidf_logreg"]
    reads: Reads = ("name",)
    words: int = 2
    """Longest run of words that is a feature, of each part."""
    least_characters: int = 3
    most_characters: int = 5
    """Shortest and longest run of characters that is a feature, of the first part; 0 for none."""
    min_count: int = 2
    """Words of the description that fewer training products have are left out."""
    c: float = 1.0
    """Inverse strength of the regularization."""
    max_iter: int = 30
    """Most rounds of logistic regression through the products."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_reads(self.reads)
        for key in ("words", "min_count", "max_iter"):
            if getattr(self, key) < 1:
                raise ConfigError(f"baseline.{key} ({getattr(self, key)}) must be 1 or more.")
        if self.most_characters and not 1 <= self.least_characters <= self.most_characters:
            raise ConfigError(
                f"baseline.least_characters ({self.least_characters}) must be from 1 to"
                f" baseline.most_characters ({self.most_characters})."
            )
        if self.c <= 0:
            raise ConfigError(f"baseline.c ({self.c}) must be above 0.")


@dataclass(frozen=True)
class BagOfWordsConfig:
    """A network of one hidden layer on which words there are: the earlier project's."""

    kind: Literal["bag_of_words"]
    reads: Reads = ("name", "description")
    words: int = 20_000
    """The most frequent words of the training products; others are not seen."""
    hidden: int = 100
    lr: float = 1e-3
    batch_size: int = 64
    max_epochs: int = 20
    patience: int = 3
    """Epochs without a better validation macro-F1 before stopping early."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_reads(self.reads)
        for key in ("words", "hidden", "batch_size", "max_epochs", "patience"):
            if getattr(self, key) < 1:
                raise ConfigError(f"baseline.{key} ({getattr(self, key)}) must be 1 or more.")
        if self.lr <= 0:
            raise ConfigError(f"baseline.lr ({self.lr}) must be above 0.")


@dataclass(frozen=True)
class LateFusionConfig:
    """The mean of the probabilities of other runs, each by the parts that it reads."""

    kind: Literal["late_fusion"]
    runs: tuple[str, ...] = ("text_only", "image_only")
    """Names of run directories beside this one, finished, on the same products."""
    seed: int = 0

    def __post_init__(self) -> None:
        if len(self.runs) < 2 or len(set(self.runs)) < len(self.runs):
            raise ConfigError(
                f"baseline.runs is {list(self.runs)}; name two or more different runs."
            )
        check_names(self.runs)


@dataclass(frozen=True)
class NearestConfig:
    """The training products whose pictures are most alike, by features that are not taught."""

    kind: Literal["nearest"]
    features: tuple[Literal["pixels", "colours", "network", "run", "model"], ...] = ("network",)
    """What of a picture is compared: ``pixels``, a histogram of its ``colours``, the last layer
    of a ``network`` of torchvision, or of the picture encoder of a ``run`` or of a ``model``.
    Several are laid side by side, each of length 1."""
    neighbours: int = 6
    """Training products that are found, and whose categories are the answer."""
    sharpness: float = 20.0
    """How much more the nearest count: each by the exponential of its cosine times this."""
    height: int = 96
    width: int = 72
    """Size at which pictures are compared; a run's or a model's encoder has its own."""
    grey: bool = False
    """Compare ``pixels`` without their colour."""
    components: int = 0
    """Principal components of the ``pixels`` that are kept, 0 for the pixels themselves."""
    encoder: str = "mobilenet_v2"
    weights: str = "torchvision"
    """The ``network``, as in the section image of a network's run; ``none`` for random weights."""
    runs: tuple[str, ...] = ()
    """The name of a finished network's run that lies beside this one, for ``run``."""
    model: str = "bundled"
    """A model directory, ``bundled`` for that which comes with prodcat."""
    within: tuple[str, ...] = ()
    """Paths of categories, such as ``Women > Dresses``, within which neighbours are looked for as
    well, among the category's own products."""
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.features or len(set(self.features)) < len(self.features):
            raise ConfigError(
                f"baseline.features is {list(self.features)}; name one or more, each once."
            )
        for key, least in (("neighbours", 1), ("height", 16), ("width", 16), ("components", 0)):
            if getattr(self, key) < least:
                raise ConfigError(f"baseline.{key} ({getattr(self, key)}) must be {least} or more.")
        if self.sharpness < 0:
            raise ConfigError(f"baseline.sharpness ({self.sharpness}) must not be negative.")
        if ("run" in self.features) != (len(self.runs) == 1):
            raise ConfigError(
                f"baseline.runs is {list(self.runs)}; name one run for the features 'run', and"
                " none without them."
            )
        check_names(self.runs)


BASELINES: dict[str, type[TfidfConfig | BagOfWordsConfig | LateFusionConfig | NearestConfig]] = {
    "tfidf_svc": TfidfConfig,
    "tfidf_logreg": TfidfConfig,
    "bag_of_words": BagOfWordsConfig,
    "late_fusion": LateFusionConfig,
    "nearest": NearestConfig,
}


@dataclass(frozen=True)
class BaselineConfig:
    """All the settings of one baseline's run."""

    baseline: TfidfConfig | BagOfWordsConfig | LateFusionConfig | NearestConfig
    data: DataConfig = field(default_factory=DataConfig)


def load_baseline(path: Path | None = None, overrides: Sequence[str] = ()) -> BaselineConfig:
    """Read a baseline's settings.

    Args:
        path: A YAML file.
        overrides: Single changes such as ``"baseline.c=10"``, applied in order.

    Raises:
        ConfigError: If a setting is unknown or its value does not fit.
    """
    return baseline_from_dict(read_settings(path, overrides))


def baseline_from_dict(data: Mapping[str, Any]) -> BaselineConfig:
    """Build the settings from nested plain data, as YAML gives them.

    >>> baseline_from_dict({"baseline": {"kind": "tfidf_svc"}}).baseline.reads
    ('name',)
    >>> baseline_from_dict({"baseline": {"kind": "tfidf"}})
    Traceback (most recent call last):
    prodcat.errors.ConfigError: baseline.kind is 'tfidf'. Choose one of: tfidf_svc, \
tfidf_logreg, bag_of_words, late_fusion, nearest.
    """
    if not isinstance(data, Mapping):
        raise ConfigError(f"Settings are sections such as 'baseline: {{...}}', not {data!r}.")
    if unknown := [key for key in data if key not in ("baseline", "data")]:
        raise ConfigError(
            f"Unknown setting {unknown[0]}. A baseline has the sections baseline and data."
        )
    section = data.get("baseline")
    if not isinstance(section, Mapping):
        raise ConfigError("These are no settings of a baseline: the section baseline is missing.")
    kind = section.get("kind")
    if not isinstance(kind, str) or kind not in BASELINES:
        raise ConfigError(f"baseline.kind is {kind!r}. Choose one of: {', '.join(BASELINES)}.")
    return BaselineConfig(
        baseline=build_section(BASELINES[kind], section, "baseline."),
        data=build_section(DataConfig, data.get("data") or {}, "data."),
    )


def check_reads(reads: Reads) -> None:
    """Check that a baseline reads something.

    Raises:
        ConfigError: If not, or if it reads a part twice.
    """
    if not reads or len(set(reads)) < len(reads):
        raise ConfigError(
            f"baseline.reads is {list(reads)}; expected [name], [description] or both."
        )


def check_names(runs: Sequence[str]) -> None:
    """Check that runs which a baseline needs lie beside it.

    Raises:
        ConfigError: If one is no name of a folder.
    """
    if odd := [name for name in runs if Path(name).name != name or name in ("", "..")]:
        raise ConfigError(
            f"baseline.runs names {odd[0]!r}; give the name of a run directory that lies"
            " beside this run's."
        )
