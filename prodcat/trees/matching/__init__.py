"""Finds for each category of a tree its counterparts in another."""

from prodcat.trees.matching.matching import match_trees

__all__ = ["match_trees"]
