"""What the benchmark of explanations is made of."""
