"""Embeddings of frozen encoders, computed once and cached by content hash and encoder.

Nothing in the cache is ever stale: another text, picture, encoder or picture size is another
key or another file.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray
from sqlite_utils import Database
from torch import Tensor, nn
from torch.utils.data import Dataset

from prodcat.corpus import ProductRow
from prodcat.data.dataset import PartDropout

# Below the least number of variables that SQLite is built with.
ASK_AT_ONCE = 500


class EmbeddedBatch(TypedDict):
    """Several products as embeddings of frozen encoders."""

    text: Tensor
    """(B, width of the text encoder)."""
    image: Tensor
    """(B, width of the image encoder)."""
    present: Tensor
    """Which of (text, image) each product has, (B, 2) bool."""
    label: Tensor
    """Index of the true leaf, (B,) int64."""


class EmbeddingCache:
    """A SQLite file of the embeddings that one encoder has made."""

    def __init__(self, folder: Path, encoder: str, dim: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.dim = dim
        self.db = Database(folder / f"{encoder}.db")
        self.db.enable_wal()
        self.db.table("embeddings").create(
            {"key": str, "vector": bytes}, pk="key", if_not_exists=True
        )

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Return those of *keys* that are not cached yet, each once, in order."""
        wanted = list(dict.fromkeys(keys))
        have: set[str] = set()
        for some in _chunks(wanted):
            marks = ",".join("?" * len(some))
            have.update(
                row[0]
                for row in self.db.execute(
                    f"select key from embeddings where key in ({marks})",  # noqa: S608
                    some,
                )
            )
        return [key for key in wanted if key not in have]

    def add(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep the embeddings of *keys*, (N, dim)."""
        self.db.table("embeddings").insert_all(
            (
                {"key": key, "vector": vector.astype(np.float32).tobytes()}
                for key, vector in zip(keys, vectors, strict=True)
            ),
            ignore=True,
            batch_size=1000,
        )

    def read(self, keys: Sequence[str]) -> NDArray[np.float32]:
        """Return the embeddings of *keys*, (N, dim); zeros for an empty key."""
        found: dict[str, bytes] = {}
        for some in _chunks(list(dict.fromkeys(keys))):
            marks = ",".join("?" * len(some))
            found.update(
                self.db.execute(
                    f"select key, vector from embeddings where key in ({marks})",  # noqa: S608
                    some,
                ).fetchall()
            )
        table = np.zeros((len(keys), self.dim), dtype=np.float32)
        for i, key in enumerate(keys):
            if key:
                table[i] = np.frombuffer(found[key], dtype=np.float32)
        return table

    def close(self) -> None:
        """Close the file."""
        self.db.close()


class EmbeddedDataset(Dataset[EmbeddedBatch]):
    """The products of one side of the split, by their cached embeddings.

    Args:
        text: Embeddings of name with description, of the name and of the description alone,
            (N, 3, D).
        image: Embeddings of the pictures, (N, D).
        have: Which of (name, description, image) each product has, (N, 3) bool.
        labels: Index of each product's leaf, (N,).
        dropout: How often parts are withheld.
    """

    def __init__(
        self,
        text: Tensor,
        image: Tensor,
        have: Tensor,
        labels: Sequence[int],
        dropout: PartDropout | None = None,
    ) -> None:
        self.text, self.image, self.have = text, image, have
        self.labels = labels
        self.dropout = dropout or PartDropout()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> EmbeddedBatch:
        name, description, image = self.have[index].tolist()
        name, description, image = self.dropout.draw((name, description, image))
        variant = 0 if name and description else (1 if name else 2)
        return EmbeddedBatch(
            text=self.text[index, variant],
            image=self.image[index],
            present=torch.tensor([name or description, image]),
            label=torch.tensor(self.labels[index]),
        )


def text_keys(row: ProductRow) -> tuple[str, str, str]:
    """Keys of name with description, name alone, description alone; empty where there is none."""
    both = (row.name, row.description)
    return (_text_key(*both), _text_key(row.name, ""), _text_key("", row.description))


def _text_key(name: str, description: str) -> str:
    if not (name or description):
        return ""
    return sha256(f"{name}\0{description}".encode()).hexdigest()


def fingerprint_encoder(encoder: nn.Module, settings: str) -> str:
    """Short hash of an encoder's weights and of the *settings* that shape what it reads."""
    digest = sha256(settings.encode())
    for name, tensor in sorted(encoder.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _chunks(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), ASK_AT_ONCE):
        yield keys[start : start + ASK_AT_ONCE]
