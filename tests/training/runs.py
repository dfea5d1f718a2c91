"""Settings with which a tiny network learns the toy corpus in seconds."""

from pathlib import Path
from typing import Any

from prodcat.config import RunConfig, config_from_dict


def toy_settings(encoder: Path, **train: Any) -> dict[str, Any]:
    return {
        "text": {"encoder": str(encoder), "max_tokens": 16, "drop": 0.1, "drop_description": 0.1},
        "image": {
            "encoder": "small_cnn",
            "weights": "none",
            "height": 32,
            "width": 24,
            "drop": 0.1,
            "augment": "none",
        },
        "model": {"dim": 32},
        "train": {
            "batch_size": 16,
            "max_epochs": 12,
            "patience": 12,
            "lr": 5e-3,
            "text_lr": 2e-3,
            "image_lr": 3e-3,
            "precision": "32",
            "accelerator": "cpu",
            **train,
        },
        "data": {"workers": 0},
    }


def toy_config(encoder: Path, **train: Any) -> RunConfig:
    return config_from_dict(toy_settings(encoder, **train))
