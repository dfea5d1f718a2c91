"""Texts and pictures as they come, to what an encoder reads; the same for training and for use."""
