"""The vectors of a corpus as they lie on disk: arrays of 16 bits, mapped and not read.

A folder holds ``vectors.json``, which names a state of the corpus and of what made the vectors,
and for that state an array of each kind, the ids in its order, and which product has what.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import BoolArray
from prodcat.corpus.product_row import ProductRow
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError, InputError
from prodcat.product import PathLike
from prodcat.vectors.kinds import KINDS

FORMAT = 1
VECTORS_JSON = "vectors.json"
LOCK = "vectors.lock"
MAX_JSON_BYTES = 1 << 20
MAX_IDS_BYTES = 1 << 32
HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, eq=False)
class CorpusVectors:
    """The vectors of a corpus, and what they are of."""

    folder: Path
    ids: list[str]
    """Of the products, (N,), in order."""
    by_kind: Mapping[str, NDArray[np.float16]]
    """(N, D) of each kind: rows of unit length but for rounding, zeros where a product lacks what
    it takes. Mapped from the disk."""
    present: Mapping[str, BoolArray]
    """Which products have one, (N,) of each kind."""
    digest: str
    """Hash of the products and of what made the vectors."""
    maker: str
    """`VectorMaker.fingerprint` of what made them."""
    unread: int
    """Products of which not everything could be read."""
    problems: tuple[tuple[str, str], ...]
    """Id of the first of them, and what is wrong."""
    corpus: Path | None = field(default=None)
    """The corpus; None where it was not told."""

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def rows(self) -> list[ProductRow]:
        """The products, in order, as the corpus has them now.

        Raises:
            CorpusError: If the corpus was not told, or lacks one of the products.
        """
        if self.corpus is None:
            raise CorpusError(f"Which corpus the vectors in {self.folder} are of was not told.")
        with Corpus.open(self.corpus, read_only=True) as corpus:
            wanted = set(self.ids)
            rows = {row.id: row for row in corpus.rows() if row.id in wanted}
        if gone := len(self.ids) - len(rows):
            raise CorpusError(
                f"{self.corpus} lacks {gone:,} of the {len(self.ids):,} products whose vectors are"
                f" in {self.folder}. Embed it again."
            )
        return [rows[product_id] for product_id in self.ids]

    def of_corpus(self, corpus: PathLike) -> "CorpusVectors":
        """Return the same, with the corpus that they are of."""
        return replace(self, corpus=Path(corpus))

    def without(self) -> dict[str, int]:
        """Return how many products have no vector of each kind."""
        return {kind: int((~has).sum()) for kind, has in self.present.items()}

    def facts(self) -> dict[str, Any]:
        """Return what there is as plain data, for people and for ``--json``."""
        return {
            "folder": str(self.folder),
            "products": len(self),
            "widths": {kind: rows.shape[1] for kind, rows in self.by_kind.items()},
            "without": self.without(),
            "unread": self.unread,
            "problems": [list(problem) for problem in self.problems],
        }


def open_vectors(folder: PathLike) -> CorpusVectors:
    """Open what `prodcat.vectors.corpus.embed_corpus` wrote; the arrays are not read yet.

    Raises:
        InputError: If there are none, or they are broken.
    """
    folder = Path(folder)
    file = folder / VECTORS_JSON
    data = _read_json(file, MAX_JSON_BYTES)
    try:
        if data["format"] != FORMAT:
            raise InputError(
                f"{file} has the format {data['format']!r:.40}; this prodcat reads {FORMAT}. Embed"
                " the corpus again."
            )
        digest, count = str(data["digest"]), int(data["products"])
        widths = {str(kind): int(width) for kind, width in data["kinds"].items()}
        if len(digest) != 64 or not HEX.issuperset(digest) or not set(widths) <= set(KINDS):
            raise ValueError("its digest or its kinds are none")
        ids = _read_json(ids_file(folder, digest), MAX_IDS_BYTES)
        if len(ids) != count or not all(isinstance(product_id, str) for product_id in ids):
            raise ValueError(f"there are {len(ids)} ids for {count} products")
        by_kind = {
            kind: _map(array_file(folder, digest, kind), (count, width))
            for kind, width in widths.items()
        }
        present = np.load(present_file(folder, digest), allow_pickle=False)
        if present.shape != (count, len(widths)) or present.dtype != np.bool_:
            raise ValueError("what is present does not fit")
        return CorpusVectors(
            folder,
            ids,
            by_kind,
            {kind: present[:, column] for column, kind in enumerate(widths)},
            digest,
            str(data["maker"]),
            int(data["unread"]),
            tuple((str(key), str(problem)) for key, problem in data["problems"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError, OSError, EOFError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"The vectors in {folder} are broken: {type(error).__name__} {error}. Remove the folder"
            " and embed the corpus again."
        ) from error


def array_file(folder: Path, digest: str, kind: str) -> Path:
    """Return where the vectors of a kind lie."""
    return folder / f"{kind}-{digest[:16]}.npy"


def present_file(folder: Path, digest: str) -> Path:
    """Return where it lies which product has what."""
    return folder / f"present-{digest[:16]}.npy"


def ids_file(folder: Path, digest: str) -> Path:
    """Return where the ids lie."""
    return folder / f"ids-{digest[:16]}.json"


def remove_others(folder: Path, digest: str) -> None:
    """Remove the files of states before; one that is still open stays readable where it is open."""
    own = digest[:16]
    for beginning, suffix in [*((kind, "npy") for kind in (*KINDS, "present")), ("ids", "json")]:
        for file in folder.glob(f"{beginning}-{'[0-9a-f]' * 16}.{suffix}"):
            if not file.stem.endswith(own):
                with suppress(OSError):  # on Windows an open file cannot be removed
                    file.unlink()


def _map(file: Path, shape: tuple[int, int]) -> NDArray[np.float16]:
    array = np.load(file, mmap_mode="r", allow_pickle=False)
    if array.shape != shape or array.dtype != np.float16:
        raise ValueError(f"{file.name} holds {array.dtype} of {array.shape}, expected {shape}")
    return array


def _read_json(file: Path, max_bytes: int) -> Any:
    try:
        if file.stat().st_size > max_bytes:
            raise InputError(f"{file} has more than {max_bytes:,} bytes and is not read.")
        return json.loads(file.read_bytes())
    except OSError as error:
        raise InputError(
            f"No vectors in {file.parent}: {file.name} cannot be read ({error.strerror}). Make them"
            " with `prodcat embed`."
        ) from error
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{file} is not JSON: {error}. Embed the corpus again.") from error
