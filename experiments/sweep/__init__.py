"""Several runs that differ in a few settings: ``python -m experiments.sweep``."""
