"""What a training needs from elsewhere, looked for before anything else is done."""

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

from prodcat.config import RunConfig
from prodcat.errors import ConfigError, ModelNotFoundError
from prodcat.modeldir.format import MODEL_JSON, model_folder

HUB = "https://huggingface.co"
PATIENCE_S = 3.0
"""For the hub to take a connection: offline the error comes at once, and not after retries."""


def check_sources(config: RunConfig) -> None:
    """Refuse settings that name what is not there, files first, and the hub last.

    Raises:
        ConfigError: If a file of weights is not there, or a text encoder is neither here nor can
            be asked for.
        ModelNotFoundError: If a model to start from, or a teacher, is not there.
    """
    if config.model.encoders != "none":
        return  # they were read when the settings were completed
    weights = config.image.weights
    is_file = config.image.encoder != "none" and weights not in ("none", "torchvision")
    if is_file and not Path(weights).is_file():
        raise ConfigError(f"image.weights is {weights!r}, but there is no such file.")
    for setting, folders in (
        ("model.start", () if config.model.start == "none" else (config.model.start,)),
        ("distill.teachers", config.distill.teachers),
    ):
        for folder in folders:
            if not (model_folder(folder) / MODEL_JSON).is_file():
                raise ModelNotFoundError(f"{setting} names {folder}, but there is no model.")
    encoder = config.text.encoder
    if encoder == "none" or Path(encoder).is_dir() or _is_path(encoder) or _is_kept(encoder):
        return
    _check_hub(encoder)


def _is_path(encoder: str) -> bool:
    return encoder.startswith((".", "/", "~")) or encoder.count("/") > 1


def _is_kept(encoder: str) -> bool:
    """Whether the hub's own cache has the encoder from an earlier time."""
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(encoder, "config.json"), str)


def _check_hub(encoder: str) -> None:
    hub = urlsplit(os.environ.get("HF_ENDPOINT") or HUB)
    told = (
        f"text.encoder is {encoder!r}, which is no folder here, and the hub cannot be asked for"
        " it: {reason}. Give a folder with config.json, model.safetensors and tokenizer.json."
    )
    if os.environ.get("HF_HUB_OFFLINE", "") not in ("", "0"):
        raise ConfigError(told.format(reason="HF_HUB_OFFLINE is set"))
    if os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy"):
        return  # whether it can be reached is the proxy's to say
    port = hub.port or (443 if hub.scheme == "https" else 80)
    try:
        socket.create_connection((hub.hostname or "", port), timeout=PATIENCE_S).close()
    except OSError as error:
        raise ConfigError(told.format(reason=error.strerror or "no answer")) from error
