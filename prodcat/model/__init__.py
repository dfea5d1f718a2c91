"""The network between the encoders and the answer, and its losses."""
