"""How good answers are, and how surely that can be said."""
