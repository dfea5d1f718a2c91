"""Google Merchant feeds, as XML or as a table."""
