"""Places for products on a plane, so that what is alike lies together."""
