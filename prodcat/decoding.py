"""The old name of `prodcat.decision.decoding`, for one minor release."""

from prodcat.version import renamed

__getattr__ = renamed("prodcat.decoding", "prodcat.decision.decoding")
