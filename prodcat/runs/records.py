"""What a run's files say, as records."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prodcat.measures.interval import Interval


@dataclass(frozen=True)
class Cost:
    """What a run took, and what its model takes; None where it was not measured."""

    seconds: float | None = None
    """Of training."""
    epochs: int | None = None
    best_epoch: int | None = None
    model_bytes: int | None = None
    one_product_ms: float | None = None
    products_per_s: float | None = None
    peak_memory_mb: float | None = None


@dataclass(frozen=True)
class Selection:
    """The measures when only some parts of the products are given."""

    name: str
    """Such as ``everything``, ``name only`` or ``no image``."""
    n: int
    """Products that have any of those parts."""
    measures: Mapping[str, Interval]


@dataclass(frozen=True)
class History:
    """What was measured after each epoch."""

    epochs: tuple[int, ...] = ()
    columns: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    """``train_loss``, ``val_macro_f1`` … → a value for each epoch."""


@dataclass(frozen=True)
class SkippedRun:
    """A folder that is not reported, and why."""

    path: str
    """Its last two names."""
    reason: str
