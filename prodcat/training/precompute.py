"""Run frozen encoders once over all products, and keep what they say."""

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from prodcat.batches.dataset import ProductDataset
from prodcat.batches.embedded import EmbeddedDataset, fingerprint_encoder, text_keys
from prodcat.batches.withholding import PartDropout
from prodcat.config import RunConfig
from prodcat.embeddings.cache import EmbeddingCache
from prodcat.inputs.tokens import TextReader
from prodcat.network.classifier import ProductClassifier

logger = logging.getLogger(__name__)

EMBED_AT_ONCE = 64


def embed_sides(
    classifier: ProductClassifier,
    sides: Mapping[str, ProductDataset],
    reader: TextReader | None,
    config: RunConfig,
    cache_folder: Path,
) -> dict[str, EmbeddedDataset]:
    """Embed the products of each side, as far as they are not in the cache yet.

    An interrupted call goes on where it stopped. Pictures that cannot be read count as absent.

    Args:
        classifier: Holds the encoders; frozen, so they are in evaluation mode.
        sides: Training and validation products.
        reader: Reads texts for the text encoder; None where there is none.
        config: Settings of the run.
        cache_folder: Where the caches of all encoders lie.
    """
    texts = _embed_texts(classifier, sides, reader, config, cache_folder)
    images, readable = _embed_images(classifier, sides, config, cache_folder)
    return {
        side: EmbeddedDataset(
            texts[side],
            images[side],
            torch.tensor(
                [
                    [
                        bool(row.name) and reader is not None,
                        bool(row.description) and reader is not None,
                        row.image_sha256 in readable,
                    ]
                    for row in products.rows
                ]
            ),
            products.labels,
            products.dropout if side == "train" else PartDropout(),
        )
        for side, products in sides.items()
    }


def _embed_texts(
    classifier: ProductClassifier,
    sides: Mapping[str, ProductDataset],
    reader: TextReader | None,
    config: RunConfig,
    cache_folder: Path,
) -> dict[str, Tensor]:
    encoder = classifier.text_encoder
    if encoder is None or reader is None:
        return {side: torch.zeros(len(products), 3, 1) for side, products in sides.items()}
    settings = f"text {config.text.max_tokens} {config.text.pooling}"
    if config.text.description != "always":
        settings += f" description {config.text.description}"
    cache = EmbeddingCache(cache_folder, fingerprint_encoder(encoder, settings), encoder.dim)
    try:
        texts: dict[str, tuple[str, str]] = {}
        for products in sides.values():
            for row in products.rows:
                both, name, description = text_keys(row)
                texts |= {both: (row.name, row.description), name: (row.name, "")}
                texts[description] = ("", row.description)
        texts.pop("", None)  # the key of a product without that text
        missing = cache.missing(texts)
        cached = len(texts) - len(missing)
        if missing:
            logger.info(f"Embedding {len(missing):,} texts; {cached:,} are known.")
        # Texts of one length together waste no time on padding.
        missing.sort(key=lambda key: sum(map(len, texts[key])))
        for keys in _progress(missing, "texts"):
            ids, mask = reader.encode(*zip(*(texts[key] for key in keys), strict=True))
            with torch.inference_mode():
                vectors = encoder(torch.from_numpy(ids), torch.from_numpy(mask))
            cache.add(keys, vectors.float().numpy())
        return {
            side: torch.from_numpy(_read_variants(cache, products))
            for side, products in sides.items()
        }
    finally:
        cache.close()


def _read_variants(cache: EmbeddingCache, products: ProductDataset) -> NDArray[np.float32]:
    keys = [key for row in products.rows for key in text_keys(row)]
    return cache.read(keys).reshape(len(products), 3, cache.dim)


def _embed_images(
    classifier: ProductClassifier,
    sides: Mapping[str, ProductDataset],
    config: RunConfig,
    cache_folder: Path,
) -> tuple[dict[str, Tensor], set[str]]:
    """Return the embeddings of each side, (N, D), and which pictures there are."""
    encoder = classifier.image_encoder
    if encoder is None:
        return {side: torch.zeros(len(products), 1) for side, products in sides.items()}, set()
    size = config.image
    settings = f"image {size.height} {size.width} {size.fit}"
    cache = EmbeddingCache(cache_folder, fingerprint_encoder(encoder, settings), encoder.dim)
    try:
        keys = {
            side: [row.image_sha256 or "" for row in products.rows]
            for side, products in sides.items()
        }
        readable = {key for hashes in keys.values() for key in hashes if key}
        missing = cache.missing(sorted(readable))
        if missing:
            logger.info(f"Embedding {len(missing):,} pictures; the others are known.")
        # Any side will do: a picture is read by its hash, whichever side its product is on.
        products = next(iter(sides.values()))
        for hashes in _progress(missing, "pictures"):
            # Cached as they are, without the training's changes.
            opened = {key: _read_plain(products, key) for key in hashes}
            pictures = {key: pixels for key, pixels in opened.items() if pixels is not None}
            readable -= opened.keys() - pictures.keys()
            if pictures:
                with torch.inference_mode():
                    vectors = encoder(torch.stack(list(pictures.values())))
                cache.add(list(pictures), vectors.float().numpy())
        return {
            side: torch.from_numpy(cache.read([key if key in readable else "" for key in hashes]))
            for side, hashes in keys.items()
        }, readable
    finally:
        cache.close()


def _read_plain(products: ProductDataset, image_sha256: str) -> Tensor | None:
    augmentation, products.augmentation = products.augmentation, None
    try:
        return products.read_picture(image_sha256)
    finally:
        products.augmentation = augmentation


def _progress(keys: Sequence[str], unit: str) -> Iterator[list[str]]:
    """Yield *keys* in batches, with a progress bar on a terminal."""
    from rich.progress import Progress

    with Progress(transient=True, disable=not sys.stderr.isatty()) as bar:
        job = bar.add_task(f"Embedding {unit}", total=len(keys))
        for start in range(0, len(keys), EMBED_AT_ONCE):
            yield list(keys[start : start + EMBED_AT_ONCE])
            bar.advance(job, EMBED_AT_ONCE)
