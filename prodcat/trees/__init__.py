"""Category trees out of files, and from one tree to another."""

from prodcat.trees.mapping_files import read_mapping, write_mapping
from prodcat.trees.tree_files import read_tree

__all__ = ["read_mapping", "read_tree", "write_mapping"]
