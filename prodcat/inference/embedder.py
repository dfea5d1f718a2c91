"""From the parts of products to embeddings: each text and each picture once."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import TypeVar

import numpy as np

from prodcat.inference.engine import BoolArray, Engine, FloatArray, UInt8Array
from prodcat.inference.parts import Parts
from prodcat.text import TextReader

TEXTS_AT_ONCE = 64
PICTURES_AT_ONCE = 16

Item = TypeVar("Item")


class Embedder:
    """Makes the embeddings of products with a model's encoders.

    Args:
        engine: Runs the encoders.
        reader: Reads texts; None for a model that reads none.
    """

    def __init__(self, engine: Engine, reader: TextReader | None) -> None:
        self.engine, self.reader = engine, reader

    def embed(
        self, batch: Sequence[Parts]
    ) -> tuple[FloatArray | None, FloatArray | None, BoolArray]:
        """Return the embeddings of products.

        Texts of one length go through the network together, so that nothing is padded, and a
        product's embeddings are the same, bit for bit, whatever is embedded beside it.

        Args:
            batch: The products, any of whose parts may be missing.

        Returns:
            Of texts and of pictures, (B, D) each, zeros where a product has none, or None
            where the model has no such encoder; and which of (text, image) each product
            has, (B, 2).
        """
        text_rows = [row for row, parts in enumerate(batch) if parts.name or parts.description]
        image_rows = [row for row, parts in enumerate(batch) if parts.pixels is not None]
        present = np.zeros((len(batch), 2), dtype=np.bool_)
        present[text_rows, 0] = True
        present[image_rows, 1] = True
        text = image = None
        if self.engine.text is not None:
            text = np.zeros((len(batch), self.engine.text.width), dtype=np.float32)
            texts = [(batch[row].name, batch[row].description) for row in text_rows]
            text[text_rows] = _once(texts, texts, self._embed_texts)
        if self.engine.image is not None:
            image = np.zeros((len(batch), self.engine.image.width), dtype=np.float32)
            pictures = [parts.pixels for parts in batch if parts.pixels is not None]
            # Pictures that come decoded have no key: each counts as its own.
            keys: list[Hashable] = [batch[row].image_key or row for row in image_rows]
            image[image_rows] = _once(keys, pictures, self._embed_pictures)
        return text, image, present

    def _embed_texts(self, texts: Sequence[tuple[str, str]]) -> FloatArray:
        assert self.reader is not None
        assert self.engine.text is not None
        tokens = self.reader.tokenize(texts)
        found = np.empty((len(texts), self.engine.text.width), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda row: len(tokens[row]))
        for _, same in groupby(order, key=lambda row: len(tokens[row])):
            for rows in _batched(same, TEXTS_AT_ONCE):
                ids, mask = self.reader.pad([tokens[row] for row in rows])
                found[list(rows)] = self.engine.embed_texts(ids, mask)
        return found

    def _embed_pictures(self, pictures: Sequence[UInt8Array]) -> FloatArray:
        batches = [
            self.engine.embed_images(np.stack(pictures[start : start + PICTURES_AT_ONCE]))
            for start in range(0, len(pictures), PICTURES_AT_ONCE)
        ]
        return np.concatenate(batches)


def _once(
    keys: Sequence[Hashable],
    items: Sequence[Item],
    embed: Callable[[list[Item]], FloatArray],
) -> FloatArray:
    """Embed the items, those of the same key once, (N, D)."""
    if not items:
        return np.zeros((0, 1), dtype=np.float32)
    first = dict(zip(reversed(keys), reversed(items), strict=True))
    place = {key: row for row, key in enumerate(first)}
    return embed(list(first.values()))[[place[key] for key in keys]]


def _batched(rows: Iterable[int], size: int) -> Iterator[tuple[int, ...]]:
    rows = iter(rows)
    while batch := tuple(islice(rows, size)):
        yield batch
