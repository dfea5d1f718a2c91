"""The old name of `prodcat.bulk.ray`, for one minor release."""

from prodcat.version import renamed

__getattr__ = renamed("prodcat.inference.ray", "prodcat.bulk.ray")
