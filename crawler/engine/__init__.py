"""One crawl: a frontier of tasks, workers that do them, a writer that keeps what they found."""
