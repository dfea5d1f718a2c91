"""The caches of a model's encoders, in a folder that models share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from prodcat.arrays import Float32Array
from prodcat.embeddings.cache import EmbeddingCache
from prodcat.inference.engine import Engine
from prodcat.modeldir.format import IMAGE_ONNX, TEXT_ONNX, TOKENIZER
from prodcat.modeldir.reading import ModelDir


class Keeper(Protocol):
    """Keeps the embeddings of one encoder, such as an `EmbeddingCache`."""

    def find(self, keys: Iterable[str]) -> dict[str, Float32Array]:
        """Return the embeddings of those keys that are known, (D,) each."""

    def add(self, keys: Sequence[str], vectors: Any) -> None:
        """Keep more."""


class Remembered:
    """Embeddings of one explanation or one batch, in memory; a cache would be full of scraps."""

    def __init__(self) -> None:
        self._kept: dict[str, Float32Array] = {}

    def find(self, keys: Iterable[str]) -> dict[str, Float32Array]:
        """Return those that are known."""
        return {key: self._kept[key] for key in keys if key in self._kept}

    def add(self, keys: Sequence[str], vectors: Any) -> None:
        """Keep more."""
        self._kept |= dict(zip(keys, vectors, strict=True))


@dataclass(frozen=True)
class EncoderCaches:
    """Where the embeddings of texts and of pictures are kept; None where they are not."""

    text: Keeper | None = None
    image: Keeper | None = None

    @classmethod
    def open(cls, folder: Path, model: ModelDir, engine: Engine) -> "EncoderCaches":
        """Open the caches of a model's encoders, which models with the same encoders share.

        Raises:
            InputError: If they cannot be kept there.
        """
        text = image = None
        device = [] if engine.device == "cpu" else [engine.device]  # others round otherwise
        if model.text is not None and engine.text is not None:
            files = [model.files[name]["sha256"] for name in (TEXT_ONNX, TOKENIZER)]
            encoder = _name("text", *files, model.text.max_tokens, *device)
            text = EmbeddingCache(folder, encoder, engine.text.width)
        if model.image is not None and engine.image is not None:
            size = model.image
            files = [model.files[IMAGE_ONNX]["sha256"]]
            encoder = _name("image", *files, size.height, size.width, size.fit, *device)
            image = EmbeddingCache(folder, encoder, engine.image.width)
        return cls(text, image)


def _name(kind: str, *shaped_by: object) -> str:
    return f"{kind}-{sha256(repr(shaped_by).encode()).hexdigest()[:16]}"
