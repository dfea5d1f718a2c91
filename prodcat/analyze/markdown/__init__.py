"""The report as Markdown with drawn charts."""
