"""Compares runs: reads their directories and writes a report; never loads a model."""

from prodcat.analyze.reporting import Report, ReportOptions, report

__all__ = ["Report", "ReportOptions", "report"]
