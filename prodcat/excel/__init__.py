"""Workbooks: their sheets, their formats, and what a cell may hold."""
