"""ShopStyle's product search, and whatever answers like it."""
