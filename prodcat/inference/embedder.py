"""From the parts of products to embeddings: each text and each picture once."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import groupby
from typing import Any

import numpy as np

from prodcat.arrays import BoolArray, Float32Array, UInt8Array
from prodcat.embeddings.cache import text_key
from prodcat.inference.encoder_caches import EncoderCaches, Remembered
from prodcat.inference.engine import Engine
from prodcat.inference.parts import Parts
from prodcat.inference.threads import in_batches
from prodcat.inputs.tokens import TextReader

TEXTS_AT_ONCE = 64
PICTURES_AT_ONCE = 16


MapFunction = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]
"""Does work on items and gives the results in order: `map`, or the same by several threads."""


class Embedder:
    """Makes the embeddings of products with a model's encoders.

    Args:
        engine: Runs the encoders.
        reader: Reads texts; None for a model that reads none.
        caches: Embeddings from earlier, to which new ones are added.
        texts_at_once: Texts of one length that go through the network together, at most.
    """

    def __init__(
        self,
        engine: Engine,
        reader: TextReader | None,
        caches: EncoderCaches | None = None,
        *,
        texts_at_once: int = TEXTS_AT_ONCE,
    ) -> None:
        self.engine, self.reader, self.caches = engine, reader, caches or EncoderCaches()
        self.texts_at_once = texts_at_once

    def remembering(self) -> "Embedder":
        """Return the same for a few questions about the same texts, which are embedded once."""
        if self.caches.text is not None:
            return self
        twin = copy(self)
        twin.caches = EncoderCaches(Remembered(), self.caches.image)
        return twin

    def embed(
        self, batch: Sequence[Parts], spread: MapFunction = map
    ) -> tuple[Float32Array | None, Float32Array | None, BoolArray]:
        """Return the embeddings of products.

        Texts of one length go through the network together, so that nothing is padded, and a
        product's embeddings are the same, bit for bit, whatever is embedded beside it.

        Args:
            batch: The products, any of whose parts may be missing.
            spread: Runs of the network at once, if they shall be.

        Returns:
            Of texts and of pictures, (B, D) each, zeros where a product has none, or None
            where the model has no such encoder; and which of (text, image) each product
            has, (B, 2).
        """
        text_rows = [row for row, parts in enumerate(batch) if parts.name or parts.description]
        image_rows = [row for row, parts in enumerate(batch) if parts.has_image]
        present = np.zeros((len(batch), 2), dtype=np.bool_)
        present[text_rows, 0] = True
        present[image_rows, 1] = True
        text = image = None
        # A thread may begin with the pictures before the texts are tokenised.
        with_image = [[batch[row] for row in image_rows]] if image_rows else []
        pictures = spread(self._embed_pictures_once, with_image)
        if self.engine.text is not None:
            text = np.zeros((len(batch), self.engine.text.width), dtype=np.float32)
            texts = [(batch[row].name, batch[row].description) for row in text_rows]
            text[text_rows] = self._embed_texts_once(texts, spread)
        if self.engine.image is not None:
            image = np.zeros((len(batch), self.engine.image.width), dtype=np.float32)
            for vectors in pictures:
                image[image_rows] = vectors
        return text, image, present

    def _embed_texts_once(
        self, texts: Sequence[tuple[str, str]], spread: MapFunction
    ) -> Float32Array:
        cache = self.caches.text
        if cache is None:
            once = list(dict.fromkeys(texts))
            vectors = self._embed_texts(once, spread)
            if len(once) == len(texts):
                return vectors
            return _stacked(dict(zip(once, vectors, strict=True)), texts)
        keys = [text_key(*text) for text in texts]
        by_key = dict(zip(keys, texts, strict=True))
        embeddings = cache.find(by_key)
        if new := [key for key in by_key if key not in embeddings]:
            vectors = self._embed_texts([by_key[key] for key in new], spread)
            embeddings |= dict(zip(new, vectors, strict=True))
            cache.add(new, vectors)
        return _stacked(embeddings, keys)

    def _embed_pictures_once(self, products: Sequence[Parts]) -> Float32Array:
        # Pictures that come decoded have no key: each counts as its own.
        keys: list[Hashable] = [parts.image_key or row for row, parts in enumerate(products)]
        embeddings: dict[Hashable, Float32Array] = {}
        pictures: dict[Hashable, UInt8Array] = {}
        for key, parts in zip(keys, products, strict=True):
            if parts.image_embedding is not None:
                embeddings[key] = parts.image_embedding
            elif parts.pixels is not None:
                pictures.setdefault(key, parts.pixels)
        if new := [key for key in pictures if key not in embeddings]:
            vectors = self._embed_pictures([pictures[key] for key in new])
            embeddings |= dict(zip(new, vectors, strict=True))
            if self.caches.image is not None:
                named = [key for key in new if isinstance(key, str)]
                self.caches.image.add(named, _stacked(embeddings, named))
        return _stacked(embeddings, keys)

    def _embed_texts(self, texts: Sequence[tuple[str, str]], spread: MapFunction) -> Float32Array:
        assert self.reader is not None
        assert self.engine.text is not None
        tokens = self.reader.tokenize(texts)
        embeddings = np.empty((len(texts), self.engine.text.width), dtype=np.float32)
        # One by one the shortest go first: onnxruntime would keep a quarter more memory. At once
        # the longest do: what is left to wait for is short.
        at_once = spread is not map
        order = sorted(range(len(texts)), key=lambda row: len(tokens[row]), reverse=at_once)
        alike = groupby(order, key=lambda row: len(tokens[row]))
        runs = [list(rows) for _, same in alike for rows in in_batches(same, self.texts_at_once)]
        padded = (self.reader.pad([tokens[row] for row in rows]) for rows in runs)
        embedded = (spread if len(runs) > 1 else map)(
            lambda inputs: self.engine.embed_texts(*inputs), padded
        )
        for rows, vectors in zip(runs, embedded, strict=True):
            embeddings[rows] = vectors
        return embeddings

    def _embed_pictures(self, pictures: Sequence[UInt8Array]) -> Float32Array:
        batches = [
            self.engine.embed_images(np.stack(pictures[start : start + PICTURES_AT_ONCE]))
            for start in range(0, len(pictures), PICTURES_AT_ONCE)
        ]
        return np.concatenate(batches)


def _stacked(embeddings: Mapping[Any, Float32Array], keys: Sequence[Hashable]) -> Float32Array:
    return np.stack([embeddings[key] for key in keys]) if keys else np.zeros((0, 1), np.float32)
