"""A model from the names of its categories, before any product has a label."""
