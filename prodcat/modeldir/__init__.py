"""A model directory: its format, written and read; plain data, never pickles."""
