"""What products that look alike have in common: ``python -m experiments.benchmarks.lookalikes``."""
