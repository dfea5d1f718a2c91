"""How good a model is and what it costs, measured as its users will run it."""
