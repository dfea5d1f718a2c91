"""PCA, t-SNE and UMAP: from many numbers a product to two.

Jolliffe (2002); van der Maaten and Hinton (2008), as openTSNE computes it (Linderman et al. 2019);
McInnes, Healy and Melville (2018). Seeds are fixed: the same vectors give the same map.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.errors import InputError, require

COMPONENTS = 50
"""Principal components that t-SNE and UMAP start from, of many products: to find neighbours among
them takes most of the time."""
FEW = 10_000
"""Products up to which they start from more."""
COMPONENTS_OF_FEW = 256
"""Which keep some more of the neighbours, at a cost that few products do not show."""
SEED = 0
PERPLEXITY = 30
NEIGHBOURS = 15
FEWEST = 8
"""Products that have neighbours enough for t-SNE and UMAP; fewer are laid out by PCA alone."""
START_SPREAD = 1e-4
"""Of the first axis at t-SNE's start, as Kobak and Berens (2019) advise."""


@dataclass(frozen=True)
class Method:
    """A way to lay products out."""

    name: str
    """On the page."""
    fit: Callable[[Float32Array], Float32Array]
    """From principal components, (N, D), to places, (N, 2)."""
    libraries: tuple[str, ...]
    """What it takes beside numpy."""
    reading: str
    """How to read it."""


def principal_components(vectors: Float32Array, count: int) -> tuple[Float32Array, float]:
    """Return the coordinates along the directions of most variance, largest first.

    Each axis points to where its largest coordinate is, so that equal vectors give equal maps.

    Args:
        vectors: (N, D).
        count: How many are wanted; zeros follow where there are fewer.

    Returns:
        Coordinates, (N, count), and the share of the variance that they hold.

    >>> coordinates, share = principal_components(np.array([[0, 0], [2, 0], [10, 0]], "f4"), 1)
    >>> coordinates.ravel().round(6).tolist(), share
    ([-4.0, -2.0, 6.0], 1.0)
    """
    rows, width = vectors.shape
    coordinates = np.zeros((rows, count), dtype=np.float32)
    if rows == 0 or width == 0:
        return coordinates, 1.0
    centred = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    # Whichever side is shorter: of few products with many pixels, the products.
    if rows < width:
        values, sides = np.linalg.eigh(np.float64(centred @ centred.T))
        axes = centred.T @ sides.astype(np.float32)
        axes /= np.maximum(np.linalg.norm(axes, axis=0), 1e-12)
    else:
        values, axes = np.linalg.eigh(np.float64(centred.T @ centred))
    order = np.argsort(values)[::-1][:count]
    found = (centred @ axes[:, order].astype(np.float32)).astype(np.float32)
    # What is left of the rounding is no direction.
    found[:, values[order] <= 1e-6 * max(values.max(), 1e-12)] = 0.0
    largest = np.abs(found).argmax(axis=0)
    found *= np.where(found[largest, np.arange(found.shape[1])] < 0, -1, 1).astype(np.float32)
    coordinates[:, : found.shape[1]] = found
    total = float(np.maximum(values, 0).sum())
    return coordinates, float(np.maximum(values[order], 0).sum()) / total if total else 1.0


def fit_pca(components: Float32Array) -> Float32Array:
    """Return the first two principal components."""
    return np.ascontiguousarray(components[:, :2])


def fit_tsne(components: Float32Array) -> Float32Array:
    """Lay out by t-SNE, from the first two principal components on.

    Raises:
        MissingDependencyError: If openTSNE is not installed.
    """
    tsne = require("openTSNE", extra="explore")
    rows = len(components)
    start = components[:, :2].astype(np.float64)
    start *= START_SPREAD / max(float(start[:, 0].std()), 1e-12)
    embedding = tsne.TSNE(
        perplexity=min(PERPLEXITY, (rows - 1) / 3),
        initialization=start,
        # openTSNE's own choice for many products; exact where that costs nothing.
        neighbors="exact" if rows <= 2000 else "auto",
        n_jobs=1,
        random_state=SEED,
    ).fit(components)
    return np.asarray(embedding, dtype=np.float32)


def fit_umap(components: Float32Array) -> Float32Array:
    """Lay out by UMAP, from the first two principal components on.

    Raises:
        MissingDependencyError: If umap-learn is not installed.
    """
    with warnings.catch_warnings():
        # It says that it can do without TensorFlow.
        warnings.simplefilter("ignore", ImportWarning)
        umap = require("umap", extra="explore")
    start = components[:, :2] * (10 / max(float(np.abs(components[:, :2]).max()), 1e-12))
    # Where products are equal, they start apart all the same.
    start = start + np.random.default_rng(SEED).normal(0, 1e-4, start.shape)
    with warnings.catch_warnings():
        # Products that are all alike, such as one name a hundred times, are a graph in pieces.
        warnings.filterwarnings("ignore", category=UserWarning, module="umap")
        fitted = umap.UMAP(
            n_neighbors=min(NEIGHBOURS, len(components) - 1),
            min_dist=0.1,
            init=start.astype(np.float32),
            n_jobs=1,
            random_state=SEED,
        ).fit_transform(components)
    return np.asarray(fitted, dtype=np.float32)


METHODS = {
    "umap": Method(
        "UMAP",
        fit_umap,
        ("umap",),
        "Neighbours lie together; distances between far groups say little.",
    ),
    "tsne": Method(
        "t-SNE",
        fit_tsne,
        ("openTSNE",),
        "Neighbours lie together; sizes of groups and distances between them say little.",
    ),
    "pca": Method(
        "PCA",
        fit_pca,
        (),
        "The two directions of most variance; distances are true, but most of them is hidden.",
    ),
}
"""Name in the command → the method, in the order of the page's tabs."""


def check_methods(names: "list[str] | tuple[str, ...]") -> tuple[str, ...]:
    """Return methods each once, as they were given.

    Raises:
        InputError: If one is unknown, or there is none.

    >>> check_methods(["pca", "umap", "pca"])
    ('pca', 'umap')
    """
    unknown = sorted(set(names) - set(METHODS))
    if unknown or not names:
        culprit = repr(unknown[0]) if unknown else "none"
        raise InputError(f"Layouts are {', '.join(METHODS)}, but found {culprit}.")
    return tuple(dict.fromkeys(names))
