"""Embeddings kept on disk by content hash and encoder, so that none is computed twice.

Nothing in the cache is ever stale: another text, picture, encoder or picture size is another
key or another file. Nothing that was damaged is used: each embedding has a checksum of its own,
and one that it does not bear out is computed anew.
"""

import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from prodcat.errors import InputError

# Below the least number of variables that SQLite is built with.
KEYS_AT_ONCE = 500
WAIT_S = 60.0
CHECKSUM_BYTES = 4
DAMAGED = ("malformed", "not a database", "no such", "has no column")
"""What SQLite says of a file that is none of ours, or not any more."""

logger = logging.getLogger(__name__)


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
        with self._told():
            folder.mkdir(parents=True, exist_ok=True)
            try:
                self._open()
            except sqlite3.DatabaseError as error:
                self._renew(error)

    def _open(self) -> None:
        from sqlite_utils import Database  # which loads pandas; a prediction needs neither

        # One connection for all threads: the lock lets one at a time use it.
        connection = sqlite3.connect(self.file, timeout=WAIT_S, check_same_thread=False)
        self.db = Database(connection)
        self.db.enable_wal()
        self.db.table("embeddings").create(
            {"key": str, "vector": bytes}, pk="key", if_not_exists=True
        )

    def _renew(self, error: sqlite3.DatabaseError) -> None:
        """Begin anew in place of a damaged file; other errors, such as a full disk, are told."""
        if not any(sign in str(error) for sign in DAMAGED):
            raise error
        logger.warning("The embeddings in %s are damaged (%s); made anew.", self.file, error)
        self.db.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        self._open()

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
        found, damaged = {}, []
        for key, stored in self._select(keys):
            vector = self._checked(key, stored)
            if vector is None:
                damaged.append((key, stored))
            else:
                found[key] = vector
        if damaged:
            with self._told():
                # Out of the way of the one that is made anew, unless another process has made it.
                self.db.conn.executemany(
                    "delete from embeddings where key = ? and vector is ?", damaged
                )
                self.db.conn.commit()
        return found

    def _checked(self, key: Any, stored: Any) -> NDArray[np.float32] | None:
        """Return a stored embedding; None where it is not what was written."""
        if not isinstance(stored, bytes) or len(stored) != 4 * self.dim + CHECKSUM_BYTES:
            return None
        content, checksum = stored[:-CHECKSUM_BYTES], stored[-CHECKSUM_BYTES:]
        if _checksum(key, content) != checksum:
            return None
        return np.frombuffer(content, dtype=np.float32)

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Return those of *keys* that are not cached yet, each once, in order."""
        distinct = list(dict.fromkeys(keys))
        stored = self.find(distinct)
        return [key for key in distinct if key not in stored]

    def _select(self, keys: Iterable[str]) -> list[tuple[Any, ...]]:
        distinct = list(dict.fromkeys(keys))
        rows: list[tuple[Any, ...]] = []
        with self._told():
            for start in range(0, len(distinct), KEYS_AT_ONCE):
                group = distinct[start : start + KEYS_AT_ONCE]
                marks = ",".join("?" * len(group))
                query = f"select key, vector from embeddings where key in ({marks})"  # noqa: S608
                try:
                    rows += self.db.execute(query, group).fetchall()
                except sqlite3.DatabaseError as error:
                    self._renew(error)
        return rows

    def add(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep the embeddings of *keys*, (N, dim); what is there already stays."""
        with self._told():
            self.db.table("embeddings").insert_all(
                (
                    {"key": key, "vector": _with_checksum(key, vector)}
                    for key, vector in zip(keys, vectors, strict=True)
                ),
                ignore=True,  # two processes may embed the same at once
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


def _with_checksum(key: str, vector: NDArray[Any]) -> bytes:
    content = vector.astype(np.float32).tobytes()
    return content + _checksum(key, content)


def _checksum(key: str, content: bytes) -> bytes:
    return crc32(content, crc32(str(key).encode())).to_bytes(CHECKSUM_BYTES, "little")


def text_key(name: str, description: str) -> str:
    """Key of a product's text; empty where there is none."""
    if not (name or description):
        return ""
    return sha256(f"{name}\0{description}".encode(errors="surrogatepass")).hexdigest()
