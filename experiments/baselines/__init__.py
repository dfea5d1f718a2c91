"""Simple models to be better than: ``python -m experiments.baselines``."""
