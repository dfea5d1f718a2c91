"""A trained network to the graphs of a model directory."""
