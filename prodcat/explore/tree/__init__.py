"""The tree as the data sees it, held against the shop's own."""
