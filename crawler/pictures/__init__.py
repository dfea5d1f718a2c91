"""Pictures whose addresses came from a table and not from a crawl."""
