"""Rows of the corpus to batches of tensors."""
