"""Category trees."""

from prodcat.taxonomy.migration import migrate
from prodcat.taxonomy.paths import join_path, split_path
from prodcat.taxonomy.tree import Category, Taxonomy

__all__ = ["Category", "Taxonomy", "join_path", "migrate", "split_path"]
