"""Measures `prodcat map` on reviewed pairs of published trees, and fits what it weighs."""
