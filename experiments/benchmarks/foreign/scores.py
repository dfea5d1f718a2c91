"""How novel a product is: scores that are the higher, the less it is like what was learnt.

From logits: the highest of them (Hendrycks et al. 2022, arXiv:1911.11132), their energy (Liu et
al. 2020, arXiv:2010.03759), their norm, and the softmax's maximum (Hendrycks and Gimpel 2017,
arXiv:1610.02136) and entropy. From embeddings: the distance to the nearest category's mean (Lee
et al. 2018, arXiv:1807.03888), and to the nearest products (Sun et al. 2022, arXiv:2204.06507).
"""

from collections.abc import Callable

import numpy as np

from experiments.baselines.neighbours import nearest, unit
from prodcat.arrays import Float64Array, IntArray
from prodcat.decision.temperature import softmax

NEIGHBOURS = 10
Score = Callable[[Float64Array], Float64Array]


def max_logit(logits: Float64Array) -> Float64Array:
    """Return the highest logit, negated.

    >>> max_logit(np.array([[1.0, 3.0], [0.0, -1.0]])).tolist()
    [-3.0, 0.0]
    """
    return -logits.max(axis=1) + 0.0  # no negative zero


def energy(logits: Float64Array) -> Float64Array:
    """Return the logarithm of the sum of exponentials, negated.

    >>> energy(np.log([[1.0, 3.0], [0.5, 0.5]])).round(3).tolist()
    [-1.386, 0.0]
    """
    top = logits.max(axis=1)
    return -(top + np.log(np.exp(logits - top[:, None]).sum(axis=1))) + 0.0


def norm(logits: Float64Array) -> Float64Array:
    """Return the length of the logits around their mean, negated.

    >>> norm(np.array([[3.0, -3.0, 3.0, -3.0], [5.0, 5.0, 5.0, 5.0]])).tolist()
    [-6.0, 0.0]
    """
    return -np.linalg.norm(logits - logits.mean(axis=1, keepdims=True), axis=1) + 0.0


def max_probability(logits: Float64Array) -> Float64Array:
    """Return the highest probability, negated.

    >>> max_probability(np.log([[1.0, 3.0]])).tolist()
    [-0.75]
    """
    return -softmax(logits).max(axis=1)


def entropy(logits: Float64Array) -> Float64Array:
    """Return the entropy of the probabilities, in bits.

    >>> entropy(np.log([[1.0, 1.0], [1.0, 7.0]])).round(3).tolist()
    [1.0, 0.544]
    """
    probs = softmax(logits)
    return -(probs * np.log2(np.maximum(probs, np.finfo(float).tiny))).sum(axis=1)


OF_LOGITS: dict[str, Score] = {
    "highest logit": max_logit,
    "energy": energy,
    "norm of logits": norm,
    "highest probability": max_probability,
    "entropy": entropy,
}


def fit_mahalanobis(embeddings: Float64Array, labels: IntArray) -> Score:
    """Return the squared distance to the nearest category's mean, in the spread they share.

    The covariance is that around the means, shrunk after Ledoit and Wolf: embeddings may have more
    dimensions than there are products.

    Args:
        embeddings: Of the training products, (N, D).
        labels: Index of each one's leaf, (N,).
    """
    from sklearn.covariance import ledoit_wolf

    leaves, places = np.unique(labels, return_inverse=True)
    means = np.stack([embeddings[labels == leaf].mean(axis=0) for leaf in leaves])
    covariance, _ = ledoit_wolf(embeddings - means[places], assume_centered=True)
    values, vectors = np.linalg.eigh(covariance)
    whiten = vectors / np.sqrt(np.maximum(values, 1e-9))
    centres = means @ whiten

    def distance(others: Float64Array) -> Float64Array:
        white = others @ whiten
        squares = (white**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1)
        return (squares - 2 * white @ centres.T).min(axis=1)

    return distance


def fit_neighbours(embeddings: Float64Array, count: int = NEIGHBOURS) -> Score:
    """Return the cosine distance to the nearest but *count* - 1 of the training products, (N, D).

    >>> known = np.array([[1.0, 0.0], [0.0, 2.0]])
    >>> fit_neighbours(known, 1)(np.array([[3.0, 0.0], [1.0, 1.0]])).round(3).tolist()
    [0.0, 0.293]
    """
    known = unit(embeddings)

    def distance(others: Float64Array) -> Float64Array:
        _, cosines = nearest(known, unit(others), count)
        return 1.0 - cosines[:, -1]

    return distance
