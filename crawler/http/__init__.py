"""Fetching: polite, limited, and safe from hostile answers."""
