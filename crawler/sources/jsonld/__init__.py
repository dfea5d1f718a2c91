"""Any site whose product pages state a schema.org product as JSON-LD."""
