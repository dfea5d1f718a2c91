"""Similar products: an index of vectors in a folder, and what is found in it."""
