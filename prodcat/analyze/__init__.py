"""Compares runs: reads their directories and writes a report; never loads a model."""
