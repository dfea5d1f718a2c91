"""Fitting a model on a corpus, into a run directory."""
