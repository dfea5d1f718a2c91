"""A catalogue as a map: its products where they are alike, and what is said of them."""
