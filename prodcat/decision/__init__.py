"""From logits to an answer that keeps a promised accuracy."""
