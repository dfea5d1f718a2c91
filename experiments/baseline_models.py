"""Linear classifiers on TF-IDF: what a sensible user would try before any network."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.baseline_config import Reads, TfidfConfig
from prodcat.corpus import ProductRow
from prodcat.product import Product

FloatArray = NDArray[np.float32]


class LinearText:
    """TF-IDF of words and characters with a linear classifier; an ``Answerer``."""

    def __init__(self, config: TfidfConfig, categories: int) -> None:
        self.config, self.categories = config, categories
        self.readable = frozenset[str](config.reads)
        self.features = build_features(config)
        self.classifier = build_classifier(config)

    def fit(self, rows: Sequence[ProductRow | Product], labels: Sequence[int]) -> None:
        """Learn from products, (N,), and the index of each one's leaf, (N,)."""
        texts = [text_of(row, self.config.reads) for row in rows]
        self.classifier.fit(self.features.fit_transform(texts), np.asarray(labels))

    def logits(self, products: Sequence[Product]) -> FloatArray:
        """Return decision values as logits, (N, C)."""
        if not products:
            return np.zeros((0, self.categories), dtype=np.float32)
        texts = [text_of(product, self.config.reads) for product in products]
        scores = self.classifier.decision_function(self.features.transform(texts))
        if scores.ndim == 1:  # of two categories, how much it is the second
            scores = np.stack([-scores, scores], axis=1)
        # A leaf whose training products have no part that is read is never answered.
        found = np.repeat(scores.min(axis=1, keepdims=True), self.categories, axis=1)
        found[:, self.classifier.classes_] = scores
        return found.astype(np.float32)

    @property
    def size(self) -> int:
        """Bytes of its weights, as 32-bit floats, and of its vocabulary."""
        weights = sum(4 * array.size for array in weights_of(self.classifier))
        return weights + sum(len(name.encode()) for name in self.features.get_feature_names_out())


def build_features(config: TfidfConfig) -> Any:
    """Return the vectorizer of words and characters, unfitted."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    shared = {"sublinear_tf": True, "min_df": config.min_count, "dtype": np.float32}
    parts = [TfidfVectorizer(ngram_range=(1, config.words), **shared)]
    if config.most_characters:
        runs = (config.least_characters, config.most_characters)
        parts.append(TfidfVectorizer(analyzer="char_wb", ngram_range=runs, **shared))
    return make_union(*parts)


def build_classifier(config: TfidfConfig) -> Any:
    """Return the linear classifier that the settings name, unfitted."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import LinearSVC

    if config.kind == "tfidf_svc":
        return LinearSVC(C=config.c, random_state=config.seed)
    # One category against the rest, by coordinates of the dual: the softmax of all together
    # takes a dense matrix of categories times features, many times over.
    return OneVsRestClassifier(
        LogisticRegression(solver="liblinear", dual=True, C=config.c, random_state=config.seed)
    )


def weights_of(classifier: Any) -> list[NDArray[Any]]:
    """Return the weights of a fitted linear classifier."""
    parts = getattr(classifier, "estimators_", [classifier])
    return [array for part in parts for array in (part.coef_, part.intercept_)]


def text_of(product: ProductRow | Product, reads: Reads) -> str:
    r"""Return what a model reads of a product, as one text.

    >>> text_of(Product(name="Blue jeans", description="Of cotton."), ("name", "description"))
    'Blue jeans\nOf cotton.'
    """
    return "\n".join(str(text) for part in reads if (text := getattr(product, part)))
