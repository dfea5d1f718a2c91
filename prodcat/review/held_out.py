"""What is known of each product without its own label: folds, and answers out of fold."""

from collections.abc import Callable, Hashable, Iterator, Sequence

import numpy as np

from prodcat.arrays import Float32Array, IntArray
from prodcat.errors import require

FOLDS = 5
SMOOTHING = 0.1
"""Added to the count of each word in each category."""
TEMPERATURE = 2.0
"""Words of a name are not independent, so that naive Bayes is too sure of what they say."""
LEAST_PRODUCTS = 2
"""In which a word has to be, to say anything of another one."""
FLOOR = -30.0
"""For a category of which the other folds have no product."""

Answers = Callable[[IntArray, IntArray, Float32Array | None], Iterator[Float32Array]]
"""From labels and folds, both (N,), and the products' weights to the logarithms of probabilities,
fold by fold: what another kind of evidence says of products that it has not learnt from."""


def split_folds(groups: Sequence[Hashable], *, folds: int = FOLDS, seed: int = 0) -> IntArray:
    """Put products into folds, those of one group into one.

    Args:
        groups: Of each product; None for one that is alone.
        folds: How many.
        seed: Another one draws others.

    Returns:
        The fold of each product, from 0, (N,). The largest groups are dealt out first, so that
        the folds are of about one size.

    >>> split_folds(["a", "a", "b", None], folds=2).tolist() in ([0, 0, 1, 1], [1, 1, 0, 0])
    True
    """
    members: dict[Hashable, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault((place,) if group is None else group, []).append(place)
    listed = list(members.values())
    order = np.random.default_rng(seed).permutation(len(listed))
    sizes = np.zeros(folds, dtype=np.int64)
    result = np.zeros(len(groups), dtype=np.int64)
    for number in sorted(order, key=lambda number: -len(listed[number])):
        fold = int(sizes.argmin())
        result[listed[number]] = fold
        sizes[fold] += len(listed[number])
    return result


def answer_by_words(
    texts: Sequence[str],
    labels: IntArray,
    folds: IntArray,
    *,
    classes: int,
    weights: Float32Array | None = None,
) -> Iterator[Float32Array]:
    """Answer the products of each fold by the words of the others: multinomial naive Bayes.

    It is sure where a word says everything, of rare categories too, and knows nothing else, and
    so errs where embeddings do not.

    Args:
        texts: Such as names, (N,).
        labels: Index of the category, -1 for none, (N,).
        folds: Of each product, from 0, (N,).
        classes: How many categories there are.
        weights: How much each product counts, (N,); None for 1.

    Yields:
        Of each fold the logarithms of its products' probabilities, (N of the fold, C).
    """
    counting = require("sklearn.feature_extraction.text", extra="train")
    bayes = require("sklearn.naive_bayes", extra="train")
    vectorizer = counting.CountVectorizer(
        ngram_range=(1, 2),
        min_df=LEAST_PRODUCTS,
        binary=True,
        dtype=np.float32,
        token_pattern=r"\w+",  # noqa: S106
    )
    try:
        words = vectorizer.fit_transform(texts)
    except ValueError:  # no word is in two products
        words = np.zeros((len(texts), 1), dtype=np.float32)
    for fold in range(int(folds.max(initial=0)) + 1):
        known, held_out = (folds != fold) & (labels >= 0), folds == fold
        model = bayes.MultinomialNB(alpha=SMOOTHING)
        given = None if weights is None else weights[known]
        model.fit(words[known], labels[known], sample_weight=given)
        joint = model.predict_joint_log_proba(words[held_out]) / TEMPERATURE
        logs = np.full((int(held_out.sum()), classes), FLOOR, dtype=np.float32)
        logs[:, model.classes_] = normalized(joint)
        yield logs


def normalized(logs: Float32Array) -> Float32Array:
    """Return logarithms of probabilities that sum to 1, (N, C), of such that are off by a factor.

    >>> np.exp(normalized(np.log(np.array([[1.0, 3.0]])))).round(2).tolist()
    [[0.25, 0.75]]
    """
    shifted = logs - logs.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), np.float32)
