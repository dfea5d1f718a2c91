"""Active learning, simulated: labels that are known are told only when they are asked for."""
