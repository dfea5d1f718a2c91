"""Files of answers: Parquet, CSV, JSON lines and Excel."""
