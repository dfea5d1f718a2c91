"""Embeddings of texts and pictures, kept by content."""
