"""Rows of the corpus to labelled sides: train, validation and test."""
