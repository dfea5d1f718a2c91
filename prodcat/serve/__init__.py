"""The service: the same answers over HTTP, as `prodcat serve` or as an ASGI app.

`prodcat.serve.app.create_app` makes the app; `prodcat.serve.running.serve` runs it.
"""
