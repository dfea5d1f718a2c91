"""Ways of answering that the benchmarks of speed compare."""
