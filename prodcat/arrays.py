"""Arrays that callers hand in: checked once, with a message that says what is wrong."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prodcat.errors import InputError

Float64Array = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
UInt8Array = NDArray[np.uint8]
BoolArray = NDArray[np.bool_]

BLOCK_VALUES = 2**21
"""Values worked on at once, so that memory stays flat for thousands of categories."""


def check_logits(logits: ArrayLike) -> Float64Array:
    """Return logits as (N, C) floats, or say what is wrong with them."""
    scores = np.asarray(logits, dtype=np.float64)
    if scores.ndim != 2 or scores.shape[1] == 0:
        raise InputError(f"Expected logits of shape (N, C), found {scores.shape}.")
    broken = np.flatnonzero(~np.isfinite(scores).all(axis=1))
    if len(broken):
        raise InputError(
            f"The logits of {len(broken)} of {len(scores)} products are NaN or infinite,"
            f" first in row {broken[0]}."
        )
    return scores


def check_labels(labels: ArrayLike, *, rows: int, classes: int) -> IntArray:
    """Return labels as (N,) indices from -1 to C - 1, or say what is wrong with them."""
    indices = np.asarray(labels)
    if indices.size == 0:
        indices = indices.astype(np.int64)
    if indices.shape != (rows,) or not np.issubdtype(indices.dtype, np.integer):
        raise InputError(
            f"Expected {rows} whole numbers as labels,"
            f" found {indices.dtype} of shape {indices.shape}."
        )
    indices = indices.astype(np.int64)
    if rows and not -1 <= indices.min() <= indices.max() < classes:
        raise InputError(
            f"Labels run from {indices.min()} to {indices.max()};"
            f" expected 0 to {classes - 1}, or -1 for a category that is no label."
        )
    return indices


def check_confidence(confidence: ArrayLike, correct: ArrayLike) -> tuple[Float64Array, BoolArray]:
    """Return both as arrays of one length, or say what is wrong with them."""
    sure, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=bool)
    if sure.ndim != 1 or sure.shape != right.shape:
        raise InputError(
            "Expected as many confidences as outcomes in two flat arrays,"
            f" found {sure.shape} and {right.shape}."
        )
    if np.isnan(sure).any():
        raise InputError(f"{int(np.isnan(sure).sum())} of {len(sure)} confidences are NaN.")
    return sure, right


def check_accuracy(accuracy: float) -> None:
    """Refuse an accuracy that is no share, such as 95 for 0.95."""
    if not 0 <= accuracy <= 1:
        raise InputError(f"An accuracy is a share from 0 to 1, but found {accuracy}.")


def blocks(rows: int, columns: int) -> Iterator[slice]:
    """Cut rows into slices of at most `BLOCK_VALUES` values."""
    step = max(1, BLOCK_VALUES // max(1, columns))
    return (slice(start, start + step) for start in range(0, rows, step))


def check_probs(probs: ArrayLike, *, classes: int) -> Float64Array:
    """Return probabilities as (N, C) floats, or say what is wrong with them."""
    checked = np.asarray(probs, dtype=np.float64)
    if checked.ndim != 2 or checked.shape[1] != classes:
        raise InputError(f"Expected probabilities of shape (N, {classes}), found {checked.shape}.")
    with np.errstate(invalid="ignore"):
        sums = checked.sum(axis=1)
    broken = np.flatnonzero(~((np.abs(sums - 1) <= 1e-3) & (checked >= 0).all(axis=1)))
    if len(broken):
        raise InputError(
            f"Row {broken[0]} holds no probabilities: they must be 0 or more and sum to 1,"
            f" but sum to {sums[broken[0]]:.6g}."
        )
    return checked


def check_thresholds(thresholds: ArrayLike, *, rows: int) -> Float64Array:
    """Return one threshold for each product, or say what is wrong with them."""
    values = np.asarray(thresholds, dtype=np.float64)
    if values.ndim and values.shape != (rows,):
        raise InputError(f"Expected one threshold or {rows}, found {values.shape}.")
    if not (((values >= 0) & (values <= 1)) | (values == np.inf)).all():
        raise InputError("A threshold is a probability from 0 to 1, or infinite to abstain.")
    return np.broadcast_to(values, rows)
