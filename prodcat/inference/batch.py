"""The old name of `prodcat.bulk`, for one minor release."""

from prodcat.version import renamed

__getattr__ = renamed("prodcat.inference.batch", "prodcat.bulk")
