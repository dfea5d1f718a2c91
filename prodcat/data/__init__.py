"""From the rows of a corpus to batches of tensors."""
