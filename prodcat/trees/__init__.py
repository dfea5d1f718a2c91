"""Category trees out of files, and from one tree to another."""

from prodcat.trees.tree_files import read_tree

__all__ = ["read_tree"]
