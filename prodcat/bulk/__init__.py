"""Answers for whole tables, on this machine or on a cluster."""

from prodcat.bulk.answering import CategorizeOptions
from prodcat.bulk.categorizing import CategorizeResult, categorize

__all__ = ["CategorizeOptions", "CategorizeResult", "categorize"]
