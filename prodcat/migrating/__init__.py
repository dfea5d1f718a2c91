"""A shop goes over to another category tree, with its labels, decisions, queue and model."""
