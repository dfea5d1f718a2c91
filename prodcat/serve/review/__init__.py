"""The queue over HTTP: one desk for each process, and what its requests look like."""
