"""The command ``prodcat``."""

from prodcat.cli.commands import main

__all__ = ["main"]
