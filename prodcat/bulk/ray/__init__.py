"""The same on a Ray cluster."""

from prodcat.bulk.ray.corpus_engine import embed_on_ray
from prodcat.bulk.ray.dataset import categorize
from prodcat.bulk.ray.embedding import embed
from prodcat.bulk.ray.engine import on_ray

__all__ = ["categorize", "embed", "embed_on_ray", "on_ray"]
