"""Pretrained networks that turn a text or a picture into an embedding."""
