"""From products to their vectors, several kinds at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from prodcat.arrays import BoolArray, Float32Array
from prodcat.embeddings.cache import EmbeddingCache
from prodcat.errors import InputError
from prodcat.inference.cores import count_cores
from prodcat.inference.embedder import Embedder
from prodcat.inference.encoder_caches import EncoderCaches
from prodcat.inference.engine import Engine
from prodcat.inference.parts import PartReader, Parts, as_product, is_missing
from prodcat.inference.threads import Threads
from prodcat.inputs.text import clean_or_absent
from prodcat.modeldir.format import HEAD_ONNX, IMAGE_ONNX, TEXT_ONNX, TOKENIZER
from prodcat.modeldir.reading import ModelDir, read_model_dir
from prodcat.product import PathLike, Product
from prodcat.vectors.colour_words import colours_of_names
from prodcat.vectors.fused import join_kind
from prodcat.vectors.kinds import KINDS, check_kinds
from prodcat.vectors.look import LOOK_VERSION, LOOK_WIDTH, LookReader
from prodcat.vectors.unit import unit_rows

VERSION = 1
"""Changes with every other vector that is made otherwise."""


@dataclass(frozen=True, eq=False)
class ProductVectors:
    """The vectors of a batch of products."""

    by_kind: Mapping[str, Float32Array]
    """(N, D) of each kind: rows of unit length, zeros where a product lacks what it takes."""
    present: Mapping[str, BoolArray]
    """Which products have one, (N,) of each kind."""
    errors: tuple[tuple[InputError, ...], ...]
    """Why parts that were given are not used, of each product."""


class VectorMaker:
    """Makes the vectors of products; safe to use from several threads at once.

    Args:
        model: The model directory, whose encoders and head are used.
        kinds: See `load`.
        threads: See `load`.
        cache: See `load`.
        device: See `load`.
    """

    def __init__(
        self,
        model: ModelDir,
        kinds: Sequence[str] | None = None,
        *,
        threads: int | None = None,
        cache: PathLike | None = None,
        device: str = "cpu",
    ) -> None:
        model.verify()
        self.model = model
        self.cache = None if cache is None else Path(cache)
        self.kinds = kinds_of(model) if kinds is None else check_kinds(kinds, kinds_of(model))
        self._threads = threads
        self.workers = Threads(count_cores() if threads is None else 1)
        self._engine = Engine(model, 1 if threads is None else threads, device)
        caches, looks = EncoderCaches(), None
        if cache is not None:
            caches = EncoderCaches.open(Path(cache), model, self._engine)
            looks = EmbeddingCache(Path(cache), f"look-{LOOK_VERSION}", LOOK_WIDTH)
        self._reader = PartReader(model, caches.image)
        self._embedder = Embedder(self._engine, self._reader.text_reader, caches)
        self._looks = LookReader(self._reader.limits, looks)

    @classmethod
    def load(
        cls,
        model: PathLike | None = None,
        *,
        kinds: Sequence[str] | None = None,
        threads: int | None = None,
        cache: PathLike | None = None,
        device: str = "cpu",
    ) -> "VectorMaker":
        """Load a model.

        Args:
            model: A run, or a model directory; None for the model that comes with prodcat.
            kinds: Which vectors to make; None for all that the model has.
            threads: Threads that work together on each run of the network. None for one, and
                for all cores to share a batch of products.
            cache: Folder in which to keep the embeddings of texts and pictures, so that none
                is computed twice, also by other models with the same encoders.
            device: ``cpu``, or ``cuda`` for a GPU, through onnxruntime-gpu.

        Raises:
            ModelNotFoundError: If there is no model, or a file of it is missing.
            ModelError: If a file was altered, or cannot be used.
            InputError: If the model has no such kind of vectors, or *cache* cannot be used.
        """
        return cls(read_model_dir(model), kinds, threads=threads, cache=cache, device=device)

    def with_cache(self, cache: PathLike) -> "VectorMaker":
        """Return the same with a cache.

        Raises:
            InputError: If it cannot be used.
        """
        return VectorMaker(
            self.model, self.kinds, threads=self._threads, cache=cache, device=self.device
        )

    @property
    def device(self) -> str:
        """What the networks run on."""
        return self._engine.device

    @cached_property
    def fingerprint(self) -> str:
        """Hash of all that a vector depends on; a model that is only calibrated anew keeps it."""
        names = (TEXT_ONNX, TOKENIZER, IMAGE_ONNX, HEAD_ONNX)
        files = [self.model.files[name]["sha256"] for name in names if name in self.model.needed]
        shaped_by = (
            *(files, self.model.text, self.model.image, self._engine.device),
            *(self.kinds, VERSION, LOOK_VERSION),
        )
        return sha256(repr(shaped_by).encode()).hexdigest()

    @cached_property
    def widths(self) -> Mapping[str, int]:
        """Numbers of a vector, of each kind."""
        return {kind: rows.shape[1] for kind, rows in self.make([]).by_kind.items()}

    def open(self) -> None:
        """Load all graphs now instead of with the first product.

        Raises:
            ModelError: If one cannot be used.
        """
        for graph in (self._engine.text, self._engine.image, self._engine.head):
            if graph is not None:
                graph.open()

    def make(self, products: Sequence[Product | Mapping[str, Any]]) -> ProductVectors:
        """Return the vectors of a batch of products; one that cannot be read stops nothing."""
        held = [self._reader.hold(product) for product in products]
        batch = [self._reader.read(product) for product in held]
        errors = [list(parts.errors) for parts in batch]
        rows: dict[str, Float32Array] = {}
        has: dict[str, BoolArray] = {}
        if {"fused", "text", "picture"} & set(self.kinds):
            text, image, present = self._embedder.embed(batch)
            if text is not None:
                rows["text"], has["text"] = text, present[:, 0]
            if image is not None:
                rows["picture"], has["picture"] = image, present[:, 1]
            if "fused" in self.kinds:
                rows["fused"] = self._fuse(batch, text, image, present)
                has["fused"] = present[:, 0] | present[:, 1]
        if "colour" in self.kinds:
            rows["colour"] = colours_of_names([name_of(product) for product in held])
            has["colour"] = np.linalg.norm(rows["colour"], axis=1) > 0
        if "look" in self.kinds:
            rows["look"], has["look"] = self._look(held, batch, errors)
        return ProductVectors(
            {k: unit_rows(np.where(has[k][:, None], rows[k], 0.0)) for k in self.kinds},
            {k: has[k] for k in self.kinds},
            tuple(map(tuple, errors)),
        )

    def _fuse(
        self,
        batch: Sequence[Parts],
        text: Float32Array | None,
        image: Float32Array | None,
        present: BoolArray,
    ) -> Float32Array:
        joined, logits = self._head(text, image, present)
        # What the model says of the names alone is added, as it is to its answers.
        rows = [
            row for row, parts in enumerate(batch) if "name" in parts.used and len(parts.used) > 1
        ]
        if rows and self.model.name_view > 0:
            names = [Parts(batch[row].name, "", None) for row in rows]
            of_names, logits_of_names = self._head(*self._embedder.embed(names))
            joined[rows] += self.model.name_view * of_names
            logits[rows] += self.model.name_view * logits_of_names
        return join_kind(joined, logits)

    def _head(
        self, text: Float32Array | None, image: Float32Array | None, present: BoolArray
    ) -> tuple[Float32Array, Float32Array]:
        """Return joined vectors and scores of the leaves."""
        if self._engine.fuses:
            logits, joined = self._engine.score_and_fuse(text, image, present)
            return joined, logits
        logits = self._engine.score(text, image, present)
        # A linear or an older model joins the parts nowhere but in its scores of the leaves; what
        # they have in common says nothing of a product.
        return logits - logits.mean(axis=1, keepdims=True), logits

    def _look(
        self,
        products: Sequence[Product | Mapping[str, Any]],
        batch: Sequence[Parts],
        errors: Sequence[list[InputError]],
    ) -> tuple[Float32Array, BoolArray]:
        looks = np.zeros((len(products), LOOK_WIDTH), dtype=np.float32)
        has = np.zeros(len(products), dtype=np.bool_)
        for row, (given, parts) in enumerate(zip(products, batch, strict=True)):
            # What the model could not decode is told already, and would fail once more.
            if self.model.image is not None and not parts.has_image:
                continue
            try:
                product = as_product(given)
                if not is_missing(product.image):
                    looks[row], has[row] = self._looks.read(product.image), True
            except InputError as error:
                if error.args not in [known.args for known in errors[row]]:
                    errors[row].append(error)
        return looks, has


def name_of(given: Product | Mapping[str, Any]) -> str:
    """Return a product's name; empty where it has none that can be read."""
    try:
        return clean_or_absent(as_product(given).name)
    except InputError:  # told by the reader of its parts already
        return ""


def kinds_of(model: ModelDir) -> tuple[str, ...]:
    """Return the kinds of vectors that a model can make, in the order of `KINDS`."""
    lacking = {"text"} if model.text is None else set()
    lacking |= {"picture"} if model.image is None else set()
    return tuple(kind for kind in KINDS if kind not in lacking)
