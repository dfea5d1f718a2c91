"""Labels that are made wrong on purpose, and what finds them again."""
