"""A corpus from live shops: ``python -m crawler SOURCE corpus.db``."""
