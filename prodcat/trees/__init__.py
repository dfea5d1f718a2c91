"""Category trees out of files, and from one tree to another."""

from prodcat.trees.mapping_files import read_mapping
from prodcat.trees.mapping_trees import map_trees
from prodcat.trees.mapping_writing import write_mapping
from prodcat.trees.tree_files import read_tree

__all__ = ["map_trees", "read_mapping", "read_tree", "write_mapping"]
