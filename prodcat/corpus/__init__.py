"""The corpus: products in one SQLite file, with their pictures beside it."""

from prodcat.corpus.describe import describe_corpus
from prodcat.corpus.new_product import AS_STORED, NewProduct
from prodcat.corpus.product_row import ProductRow
from prodcat.corpus.store import Corpus, UpsertCounts

__all__ = ["AS_STORED", "Corpus", "NewProduct", "ProductRow", "UpsertCounts", "describe_corpus"]
