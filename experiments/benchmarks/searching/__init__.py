"""Parts of the benchmark of the search index."""
