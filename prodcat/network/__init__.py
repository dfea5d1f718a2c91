"""The networks: an encoder for texts, one for pictures, and what joins them."""
