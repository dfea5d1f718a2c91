"""The old name of `prodcat.corpus.describe`, for one minor release."""

from prodcat.version import renamed

__getattr__ = renamed("prodcat.corpus_report", "prodcat.corpus.describe")
