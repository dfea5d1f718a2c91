"""Layouts of a whole catalogue: of products without a vector, of too few, and of very many."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import numpy as np

from prodcat.arrays import BoolArray, Float32Array, IntArray, blocks
from prodcat.errors import InputError, MissingDependencyError
from prodcat.explore.layouts.methods import (
    COMPONENTS,
    COMPONENTS_OF_FEW,
    FEW,
    FEWEST,
    METHODS,
    SEED,
    check_methods,
    principal_components,
)
from prodcat.explore.map_data import MapLayout
from prodcat.files import whole
from prodcat.wording import percent

FITTED = 60_000
"""Products that t-SNE and UMAP lay out at most; the rest is placed beside its neighbours."""
BESIDE = 3
"""Neighbours that a product is placed between."""

OnMessage = Callable[[str], None]


@dataclass(frozen=True)
class LaidOut:
    """The layouts of one kind of vectors."""

    layouts: tuple[MapLayout, ...]
    notes: tuple[str, ...] = ()
    """What was asked for and is not there, and why."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Name of a layout → how long it took."""


def lay_out(
    vectors: Float32Array,
    present: BoolArray,
    methods: Sequence[str] = tuple(METHODS),
    *,
    of: str = "the given vectors",
    suffix: str = "",
    fitted: int = FITTED,
    folder: Path | None = None,
    on_message: OnMessage | None = None,
) -> LaidOut:
    """Lay products out on a plane, by one or several methods.

    Args:
        vectors: (N, D).
        present: Which products have one, (N,); the others get no place.
        methods: Names of `METHODS`, in the order of the tabs.
        of: What the vectors are of, such as ``names and pictures``.
        suffix: Behind the layouts' names, where there are others of the same method.
        fitted: Products that t-SNE and UMAP lay out at most. Of more, a sample is laid out, and
            each of the others is placed between its nearest three of the sample.
        folder: Where layouts are kept, so that none is computed twice; None for nowhere.
        on_message: Is told before a layout begins what it is.

    Raises:
        InputError: If a method is unknown, a vector is not finite, or no product has one.
    """
    chosen = check_methods(tuple(methods))
    rows = np.flatnonzero(present)
    if not len(rows):
        raise InputError(f"No product has {of}, so there is nothing to lay out.")
    there = np.asarray(vectors[rows], dtype=np.float32)
    if not np.isfinite(there).all():
        raise InputError(f"Vectors of {of} hold NaN or infinite numbers.")
    count = COMPONENTS if len(rows) > FEW else COMPONENTS_OF_FEW
    components, share = principal_components(there, max(2, min(count, *there.shape)))
    plane = float((components[:, :2] ** 2).sum() / max(float((components**2).sum()), 1e-12))
    sample = _sample(len(rows), fitted)
    layouts, notes, seconds = [], [], {}
    for key in chosen:
        method = METHODS[key]
        if key != "pca" and len(rows) < FEWEST:
            notes.append(f"{method.name} takes at least {FEWEST} products; {len(rows)} have {of}.")
            continue
        if on_message is not None and key != "pca":
            on_message(f"{method.name} of {of}, {len(rows):,} products")
        started = time.perf_counter()
        try:
            xy = _kept(key, components, sample, folder)
        except MissingDependencyError as error:
            notes.append(f"{method.name} is left out. {error}")
            continue
        seconds[f"{method.name}{suffix}"] = time.perf_counter() - started
        about = f"{method.name} of {of}. {method.reading}"
        if key == "pca":
            about += f" These two hold {percent(plane * share, digits=0)} of the variance."
        elif len(sample) < len(rows):
            about += (
                f" {len(sample):,} products were laid out, the other {len(rows) - len(sample):,}"
                " are placed between their nearest three of them."
            )
        if without := len(vectors) - len(rows):
            about += f" Products that have none of that, and no place: {without:,}."
        places = np.full((len(vectors), 2), np.nan, dtype=np.float32)
        places[rows] = xy
        layouts.append(MapLayout(f"{method.name}{suffix}", about, places))
    if not layouts:
        layouts += lay_out(vectors, present, ["pca"], of=of, suffix=suffix).layouts
    return LaidOut(tuple(layouts), tuple(notes), seconds)


def _sample(count: int, fitted: int) -> IntArray:
    if count <= fitted:
        return np.arange(count)
    chosen = np.random.default_rng(SEED).choice(count, fitted, replace=False)
    return np.sort(chosen).astype(np.int64)


def _kept(
    key: str, components: Float32Array, sample: IntArray, folder: Path | None
) -> Float32Array:
    """Return places as they were computed before, or compute and keep them."""
    if folder is None or key == "pca":
        return _places(key, components, sample)
    digest = sha256(f"{key} {_versions(key)}".encode())
    digest.update(sample.tobytes())
    digest.update(np.ascontiguousarray(components).tobytes())
    file = folder / f"{key}-{digest.hexdigest()[:32]}.npy"
    with suppress(OSError, ValueError, EOFError):  # none yet, or a broken one
        stored = np.load(file, allow_pickle=False)
        if stored.shape == (len(components), 2) and stored.dtype == np.float32:
            return np.asarray(stored)
    xy = _places(key, components, sample)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with whole(file) as temporary, temporary.open("wb") as stream:
            np.save(stream, xy, allow_pickle=False)
    except OSError as error:
        raise InputError(f"Layouts cannot be kept in {folder}: {error.strerror}.") from error
    return xy


def _versions(key: str) -> str:
    """Return those of the libraries, of which another may lay out otherwise."""
    names = ({"umap": "umap-learn"}.get(name, name) for name in METHODS[key].libraries)
    found = []
    for name in names:
        with suppress(metadata.PackageNotFoundError):
            found.append(f"{name} {metadata.version(name)}")
    return ", ".join(found)


def _places(key: str, components: Float32Array, sample: IntArray) -> Float32Array:
    method = METHODS[key]
    if key == "pca" or len(sample) == len(components):
        return method.fit(components)
    xy = np.empty((len(components), 2), dtype=np.float32)
    xy[sample] = method.fit(components[sample])
    others = np.setdiff1d(np.arange(len(components)), sample)
    xy[others] = place_beside(components[others], components[sample], xy[sample])
    return xy


def place_beside(
    vectors: Float32Array, known: Float32Array, places: Float32Array, *, beside: int = BESIDE
) -> Float32Array:
    """Place products between their nearest ones among those that have a place.

    Args:
        vectors: Of the products to place, (N, D).
        known: Of those that have a place, (M, D).
        places: Theirs, (M, 2).
        beside: How many of the nearest count, the nearer the more.

    Returns:
        Places, (N, 2).

    >>> known, places = np.array([[0.0], [1.0]], "f4"), np.array([[0.0, 0.0], [4.0, 0.0]], "f4")
    >>> place_beside(np.array([[0.25]], "f4"), known, places).round(3).tolist()
    [[1.0, 0.0]]
    """
    beside = min(beside, len(known))
    found = np.empty((len(vectors), 2), dtype=np.float32)
    lengths = (known**2).sum(axis=1)
    for block in blocks(len(vectors), len(known)):
        part = vectors[block]
        squared = (part**2).sum(axis=1)[:, None] - 2 * part @ known.T + lengths
        nearest = np.argpartition(squared, beside - 1, axis=1)[:, :beside]
        distances = np.sqrt(np.maximum(np.take_along_axis(squared, nearest, axis=1), 0))
        weights = 1 / np.maximum(distances, 1e-6)
        weights /= weights.sum(axis=1, keepdims=True)
        found[block] = (weights[..., None] * places[nearest]).sum(axis=1)
    return found
