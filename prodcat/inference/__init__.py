"""Using a trained model; nothing here needs torch but the export."""
