"""The corpus: products in one SQLite file, with their pictures beside it."""

from prodcat.corpus.describe import describe_corpus
from prodcat.corpus.store import Corpus, ProductRow, UpsertCounts

__all__ = ["Corpus", "ProductRow", "UpsertCounts", "describe_corpus"]
