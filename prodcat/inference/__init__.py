"""Using a trained model, without torch."""
