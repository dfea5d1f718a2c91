"""Learn from what people decided, and hold the new model against the one that is in place."""
