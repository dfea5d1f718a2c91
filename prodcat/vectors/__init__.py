"""The vectors of products: what kinds there are, of a batch and of a whole corpus."""
