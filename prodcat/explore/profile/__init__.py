"""A profile of the products: how many of what, what is missing, and how large things are."""
