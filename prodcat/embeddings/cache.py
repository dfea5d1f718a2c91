"""Embeddings kept on disk by content hash and encoder, so that none is computed twice.

Nothing in the cache is ever stale: another text, picture, encoder or picture size is another
key or another file.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.errors import InputError

# Below the least number of variables that SQLite is built with.
KEYS_AT_ONCE = 500
WAIT_S = 60.0


class EmbeddingCache:
    """A SQLite file of the embeddings that one encoder has made.

    Threads and processes may share it.

    Args:
        folder: Where the files of all encoders lie; made if it is not there.
        encoder: Name of the encoder's file, such as a hash of its weights.
        dim: Numbers of an embedding.

    Raises:
        InputError: If the folder cannot be written, or the file is none of SQLite; each method
            likewise, if the disk is full, or the file is in use for too long.
    """

    def __init__(self, folder: Path, encoder: str, dim: int) -> None:
        self.dim = dim
        self.file = folder / f"{encoder}.db"
        self._lock = threading.Lock()
        from sqlite_utils import Database  # which loads pandas; a prediction needs neither

        with self._told():
            folder.mkdir(parents=True, exist_ok=True)
            # One connection for all threads: the lock lets one at a time use it.
            connection = sqlite3.connect(self.file, timeout=WAIT_S, check_same_thread=False)
            self.db = Database(connection)
            self.db.enable_wal()
            self.db.table("embeddings").create(
                {"key": str, "vector": bytes}, pk="key", if_not_exists=True
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        except (OSError, sqlite3.Error) as error:
            raise InputError(
                f"Embeddings cannot be kept in {self.file}: {error}. Make room, name another"
                " folder, or remove the file: it holds nothing that cannot be computed again."
            ) from error

    def find(self, keys: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """Return the embeddings of those keys that are known, (dim,) each."""
        rows = self._select("key, vector", keys)
        return {key: np.frombuffer(vector, dtype=np.float32) for key, vector in rows}

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Return those of *keys* that are not cached yet, each once, in order."""
        distinct = list(dict.fromkeys(keys))
        stored = {key for (key,) in self._select("key", distinct)}
        return [key for key in distinct if key not in stored]

    def _select(self, columns: str, keys: Iterable[str]) -> list[tuple[Any, ...]]:
        distinct = list(dict.fromkeys(keys))
        rows: list[tuple[Any, ...]] = []
        with self._told():
            for start in range(0, len(distinct), KEYS_AT_ONCE):
                group = distinct[start : start + KEYS_AT_ONCE]
                marks = ",".join("?" * len(group))
                query = f"select {columns} from embeddings where key in ({marks})"  # noqa: S608
                rows += self.db.execute(query, group).fetchall()
        return rows

    def add(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep the embeddings of *keys*, (N, dim)."""
        with self._told():
            self.db.table("embeddings").insert_all(
                (
                    {"key": key, "vector": vector.astype(np.float32).tobytes()}
                    for key, vector in zip(keys, vectors, strict=True)
                ),
                # Two processes may embed the same at once, and either's numbers will do.
                ignore=True,
                batch_size=1000,
            )

    def read(self, keys: Sequence[str]) -> NDArray[np.float32]:
        """Return the embeddings of *keys*, (N, dim); zeros for an empty key."""
        embeddings = self.find(keys)
        table = np.zeros((len(keys), self.dim), dtype=np.float32)
        for i, key in enumerate(keys):
            if key:
                table[i] = embeddings[key]
        return table

    def close(self) -> None:
        """Close the file."""
        self.db.close()


def text_key(name: str, description: str) -> str:
    """Key of a product's text; empty where there is none."""
    if not (name or description):
        return ""
    return sha256(f"{name}\0{description}".encode(errors="surrogatepass")).hexdigest()
