"""Settings by name, for whoever does not want to know them: how long may it take?"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prodcat.config import RunConfig, load_config
from prodcat.errors import ConfigError

DEFAULT = "default"
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "fast": {
        # Of a small shop the validation products decide what can be promised at all, and a linear
        # classifier needs fewer to learn from.
        "data": {"val_share": 0.2},
        "model": {"encoders": "bundled"},
        "train": {"lr": 5.0e-3, "max_epochs": 20, "patience": 5, "weight_decay": 0.0},
        # Sellers of many kinds of things put into the description what the name leaves out; and
        # a second look costs as much again.
        "export": {"name_view": 0.0, "keep_weights": False},
    },
    DEFAULT: {},
    # As experiments/small_shop.yaml: more and shorter steps, and pictures of twice the area.
    "best": {
        "image": {"height": 160, "width": 160},
        "train": {"batch_size": 32, "max_epochs": 25, "patience": 8, "image_lr": 3.0e-4},
    },
}
"""Name → what it sets otherwise than the defaults. docs/how-to/train-from-a-table.md has what
each takes and reaches."""


def load_preset(
    name: str = DEFAULT, path: Path | None = None, overrides: Sequence[str] = ()
) -> RunConfig:
    """Return the settings of a preset, changed by a file's and then by single ones.

    Args:
        name: One of `PRESETS`.
        path: A YAML file with some of the settings; the others keep the preset's.
        overrides: Single changes such as ``"train.lr=1e-3"``, applied in order.

    Raises:
        ConfigError: If there is no such preset, a setting is unknown, or its value does not fit.

    >>> load_preset("fast", overrides=["model.words=64"]).model.words
    64
    >>> load_preset("quick")
    Traceback (most recent call last):
    prodcat.errors.ConfigError: Unknown preset 'quick'. Choose one of: fast, default, best.
    """
    if name not in PRESETS:
        raise ConfigError(f"Unknown preset {name!r}. Choose one of: {', '.join(PRESETS)}.")
    return load_config(path, overrides, base=PRESETS[name])
