"""Run directories: their format, written by training and read by reports."""
