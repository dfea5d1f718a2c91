"""The old name of `prodcat.bulk.ray.dataset`, for one minor release."""

from prodcat.version import renamed

__getattr__ = renamed("prodcat.inference.ray", "prodcat.bulk.ray.dataset")
