"""What of a picture is compared: pixels, colours, or what a network sees in it.

Nothing here is taught: networks are taken as they are. Principal components are those of the
training pictures (Pearson 1901); histograms are compared by the roots of their shares, the
affinity of Bhattacharyya 1943.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from experiments.baselines.config import NearestConfig
from prodcat.arrays import Float32Array, UInt8Array
from prodcat.config import ImageConfig
from prodcat.embeddings.cache import EmbeddingCache
from prodcat.errors import ModelError, RunError
from prodcat.inference.predictor import Predictor
from prodcat.inputs.images import fit_image, open_image
from prodcat.modeldir.format import IMAGE_ONNX
from prodcat.product import Product
from prodcat.runs.directory import RunDir

AT_ONCE = 64
KEPT_AT_ONCE = 1024
"""Pictures whose vectors are kept together: so much work a kill can cost."""
LEVELS = 12
"""Bins of each of red, green and blue."""
PAPER = 245
"""From this on in red, green and blue a pixel is the white that products lie on."""
LEAST_INK = 0.02
"""Share of other pixels below which a picture is taken whole: the product itself is white."""


class Features(Protocol):
    """Whatever makes vectors of the pictures of products."""

    @property
    def size(self) -> int:
        """Bytes of what it needs for that."""

    def fit(self, products: Sequence[Product]) -> Float32Array:
        """Return the vectors of the training products, (N, D), and learn from them what it may.

        Raises:
            ImageError: If a picture cannot be read; the next method likewise.
        """

    def embed(self, products: Sequence[Product]) -> Float32Array:
        """Return the vectors of other products, (M, D)."""


class Pixels:
    """All values of a picture, or its principal components."""

    def __init__(self, height: int, width: int, *, grey: bool, components: int) -> None:
        self.height, self.width, self.grey, self.components = height, width, grey, components
        self.mean = np.zeros(0, dtype=np.float32)
        self.axes: Float32Array | None = None

    @property
    def size(self) -> int:
        """Bytes of the mean picture and of the components."""
        return self.mean.nbytes + (0 if self.axes is None else self.axes.nbytes)

    def fit(self, products: Sequence[Product]) -> Float32Array:
        """Learn the mean, and the components if there are to be any."""
        values = self._values(products)
        self.mean = values.mean(axis=0)
        values -= self.mean
        if self.components:
            # Of pixel by pixel, not picture by picture: there are fewer of those.
            _, axes = np.linalg.eigh((values.T @ values).astype(np.float64))
            self.axes = axes[:, ::-1][:, : self.components].astype(np.float32)
        return self._turned(values)

    def embed(self, products: Sequence[Product]) -> Float32Array:
        """Return what differs from the mean, in the same components."""
        return self._turned(self._values(products) - self.mean)

    def _turned(self, values: Float32Array) -> Float32Array:
        turned: Float32Array = values if self.axes is None else values @ self.axes
        return turned

    def _values(self, products: Sequence[Product]) -> Float32Array:
        found = [
            (pixels.mean(axis=1) if self.grey else pixels).reshape(len(pixels), -1)
            for pixels in read_pictures(products, self.height, self.width)
        ]
        width = self.height * self.width * (1 if self.grey else 3)
        values = np.concatenate([np.zeros((0, width)), *found]).astype(np.float32)
        values /= 255
        return values


class Colours:
    """Roots of the shares of colours, coarse and blurred, without the paper."""

    size = 0

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = height, width

    def fit(self, products: Sequence[Product]) -> Float32Array:
        """Return the same as `embed`: nothing is learnt."""
        return self.embed(products)

    def embed(self, products: Sequence[Product]) -> Float32Array:
        """Return a vector for each picture, (M, 1728)."""
        found = [
            colour_shares(picture)
            for pixels in read_pictures(products, self.height, self.width)
            for picture in pixels
        ]
        return np.sqrt(np.array(found, dtype=np.float32).reshape(-1, LEVELS**3))


class Network:
    """The last layer but one of a network, by torch."""

    def __init__(self, config: ImageConfig, seed: int, cache: Path) -> None:
        import torch

        from prodcat.network.image_encoder import build_image_encoder

        torch.manual_seed(seed)
        self.config, self.cache = config, cache
        self.network = build_image_encoder(config).eval()

    @property
    def size(self) -> int:
        """Bytes of its weights."""
        return sum(4 * weight.numel() for weight in self.network.parameters())

    def fit(self, products: Sequence[Product]) -> Float32Array:
        """Return the same as `embed`, kept for other runs and for going on."""
        from prodcat.batches.embedded import fingerprint_encoder

        size = self.config
        # As a frozen encoder's are, so that a run of one finds them there.
        settings = f"image {size.height} {size.width} {size.fit}"
        name = fingerprint_encoder(self.network, settings)
        with closing(EmbeddingCache(self.cache, name, self.network.dim)) as cache:
            by_key = {picture_key(product): product for product in products}
            missing = cache.missing(by_key)
            for start in range(0, len(missing), KEPT_AT_ONCE):
                keys = missing[start : start + KEPT_AT_ONCE]
                cache.add(keys, self.embed([by_key[key] for key in keys]))
            return cache.read([picture_key(product) for product in products])

    def embed(self, products: Sequence[Product]) -> Float32Array:
        """Return a vector for each picture, (M, width of that layer)."""
        import torch

        found = [np.zeros((0, self.network.dim), dtype=np.float32)]
        for pixels in read_pictures(products, self.config.height, self.config.width):
            with torch.inference_mode():
                found.append(self.network(torch.from_numpy(pixels)).float().numpy())
        return np.concatenate(found)


class ModelPictures:
    """The picture encoder of a model directory, without what it is fused with."""

    def __init__(self, model: Path | None, cache: Path) -> None:
        self.folder, self.cache = model, cache
        # Without a cache: what it takes is measured.
        self.predictor = Predictor.load(model)
        if "image" not in self.predictor.readable:
            raise ModelError(
                f"{self.predictor.model.folder} reads no pictures. Name a model that does."
            )

    @property
    def size(self) -> int:
        """Bytes of the encoder's file."""
        model = self.predictor.model
        return sum((model.folder / n).stat().st_size for n in model.needed if n == IMAGE_ONNX)

    def fit(self, products: Sequence[Product]) -> Float32Array:
        """Return the same as `embed`, kept for other runs and for going on."""
        return _embed(Predictor.load(self.folder, cache=self.cache), products)

    def embed(self, products: Sequence[Product]) -> Float32Array:
        """Return a vector for each picture, (M, width of the encoder)."""
        return _embed(self.predictor, products)


def _embed(predictor: Predictor, products: Sequence[Product]) -> Float32Array:
    vectors = predictor.embed([Product(image=product.image) for product in products]).image
    assert vectors is not None
    return vectors


def build_features(config: NearestConfig, runs: Path, cache: Path) -> list[Features]:
    """Return what the settings name.

    Args:
        config: Settings.
        runs: Where the run lies whose encoder is taken, if any is.
        cache: Folder where what networks say of the training products' pictures is kept.

    Raises:
        ConfigError: If there is no such network.
        ModelError: If there is no such model, or it reads no pictures.
        RunError: If the run is not finished.
    """
    build: dict[str, Any] = {
        "pixels": lambda: Pixels(
            config.height, config.width, grey=config.grey, components=config.components
        ),
        "colours": lambda: Colours(config.height, config.width),
        "network": lambda: Network(
            ImageConfig(config.encoder, config.weights, config.height, config.width),
            config.seed,
            cache,
        ),
        "run": lambda: ModelPictures(_model_of_run(runs / config.runs[0]), cache),
        "model": lambda: ModelPictures(
            None if config.model == "bundled" else Path(config.model), cache
        ),
    }
    return [build[name]() for name in config.features]


def _model_of_run(folder: Path) -> Path:
    run = RunDir(folder)
    if not run.finished or not run.model.is_dir():
        raise RunError(
            f"{run.root} is no finished run with a model, whose encoder could be taken. Train it"
            " first, or name another with --set 'baseline.runs=[...]'."
        )
    return run.model


def read_pictures(products: Sequence[Product], height: int, width: int) -> Iterator[UInt8Array]:
    """Give the pictures of products batch by batch, (B, 3, height, width) each.

    Raises:
        ImageError: If one cannot be read.
    """
    for start in range(0, len(products), AT_ONCE):
        opened = []
        for product in products[start : start + AT_ONCE]:
            assert product.image is not None
            picture = open_image(product.image, size_hint=(width, height))
            opened.append(fit_image(picture, height=height, width=width))
        yield np.stack(opened)


def picture_key(product: Product) -> str:
    """Return the hash of a product's picture, which names its file in a corpus."""
    assert isinstance(product.image, Path)
    return product.image.stem


def colour_shares(picture: UInt8Array) -> Float32Array:
    """Return which share of a picture has which colour, (1728,), summing to 1.

    Each colour counts for its neighbours, too, so that a shade more is not another one.

    Args:
        picture: RGB, (3, H, W).
    """
    pixels = picture.reshape(3, -1)
    ink = pixels.min(axis=0) < PAPER
    if ink.mean() >= LEAST_INK:
        pixels = pixels[:, ink]
    bins = pixels.astype(np.int64) * LEVELS // 256
    places = (bins[0] * LEVELS + bins[1]) * LEVELS + bins[2]
    counts = np.bincount(places, minlength=LEVELS**3).reshape((LEVELS,) * 3).astype(np.float64)
    for axis in range(3):
        # At the ends what would go beyond stays.
        padded = np.pad(counts, [(1, 1) if a == axis else (0, 0) for a in range(3)], "edge")
        before, after = (np.take(padded, range(i, i + LEVELS), axis=axis) for i in (0, 2))
        counts = (before + 2 * counts + after) / 4
    return (counts / counts.sum()).ravel().astype(np.float32)
