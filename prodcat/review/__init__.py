"""Products that deserve a look, and where people decide about them.

`prodcat.review.suspicion.Suspicion` says why a product does; `prodcat.review.queue` hands them out,
one to each person, and keeps what is decided.
"""
