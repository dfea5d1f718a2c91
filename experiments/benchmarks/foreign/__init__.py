"""Products of kinds that a tree has no place for: made by leaving out branches, and scored."""
