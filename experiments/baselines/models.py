"""Linear classifiers on TF-IDF: what a sensible user would try before any network."""

import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from experiments.baselines.config import TfidfConfig
from prodcat.arrays import Float32Array
from prodcat.corpus.product_row import ProductRow
from prodcat.decision.scores import Scores
from prodcat.errors import CorpusError
from prodcat.product import Product


class LinearText:
    """TF-IDF of words and characters with a linear classifier; an ``Answerer``."""

    def __init__(self, config: TfidfConfig, categories: int) -> None:
        self.config, self.categories = config, categories
        self.readable = frozenset[str](config.reads)
        self.features = build_features(config)
        self.classifier = build_classifier(config)

    def fit(self, rows: Sequence[ProductRow | Product], labels: Sequence[int]) -> None:
        """Learn from products, (N,), and the index of each one's leaf, (N,).

        Raises:
            CorpusError: If a part that it reads has no word, or all are of one category.
        """
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The max_iter was reached")
            try:
                self.classifier.fit(self.features.fit_transform(rows), np.asarray(labels))
            except ValueError as error:
                raise CorpusError(
                    f"{self.config.kind} cannot learn from these {len(rows)} training products:"
                    f" {error} Set baseline.reads to parts that most products have."
                ) from error

    def score(self, products: Sequence[Product]) -> Scores:
        """Return the logits as scores without further views."""
        return Scores(self.logits(products))

    def logits(self, products: Sequence[Product]) -> Float32Array:
        """Return decision values as logits, (N, C)."""
        if not products:
            return np.zeros((0, self.categories), dtype=np.float32)
        scores = self.classifier.decision_function(self.features.transform(products))
        if scores.ndim == 1:  # of two categories, how much it is the second
            scores = np.stack([-scores, scores], axis=1)
        # A leaf whose training products have no part that is read is never answered.
        found = np.repeat(scores.min(axis=1, keepdims=True), self.categories, axis=1)
        found[:, self.classifier.classes_] = scores
        return found.astype(np.float32)

    @property
    def size(self) -> int:
        """Bytes of its weights, as 32-bit floats, and of its vocabulary."""
        weights = 4 * (self.classifier.coef_.size + self.classifier.intercept_.size)
        return weights + sum(len(name.encode()) for name in self.features.get_feature_names_out())


def build_features(config: TfidfConfig) -> Any:
    """Return the vectorizer of products, unfitted: words part by part, and characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    vectorizers = []
    for part in config.reads:
        shared: dict[str, Any] = {
            "preprocessor": partial(lower_text, part=part),
            "sublinear_tf": True,
            "dtype": np.float32,
            "min_df": config.min_count if part == "description" else 1,
        }
        vectorizers.append(TfidfVectorizer(ngram_range=(1, config.words), **shared))
        # A description has ten times the characters of a name, and costs ten times the time.
        if config.most_characters and part == config.reads[0]:
            runs = (config.least_characters, config.most_characters)
            vectorizers.append(TfidfVectorizer(analyzer="char_wb", ngram_range=runs, **shared))
    return make_union(*vectorizers)


def build_classifier(config: TfidfConfig) -> Any:
    """Return the linear classifier that the settings name, unfitted."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    if config.kind == "tfidf_svc":
        return LinearSVC(C=config.c, random_state=config.seed)
    # Unlike lbfgs, saga keeps one matrix of weights, not twenty; it need not come to its end.
    return LogisticRegression(
        solver="saga", C=config.c, max_iter=config.max_iter, random_state=config.seed
    )


def lower_text(product: ProductRow | Product, part: str) -> str:
    """Return one part of a product in small letters; empty where it has none.

    >>> lower_text(Product(name="Blue Jeans"), "name")
    'blue jeans'
    """
    return str(getattr(product, part) or "").lower()
