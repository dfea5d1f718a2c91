"""The products' pictures made small while they are at hand, never more than there is room for."""

from pathlib import Path

from prodcat.errors import InputError
from prodcat.inputs.thumbnails import make_thumbnail

FEW = 200
"""Products up to which their pictures are shown where nobody asks for them."""
MAX_PICTURES = 10_000
"""Of a few kilobytes each."""


class Thumbnails:
    """Makes pictures small for as many products as they are wanted for.

    Args:
        wanted: Whether they are; None for where there are few products.
    """

    def __init__(self, wanted: bool | None) -> None:
        self.is_open = wanted is not False
        """Whether more are taken."""
        self.only_few = wanted is None

    def make(self, image: bytes | Path | None) -> bytes | None:
        """Return a picture as a small JPEG; None where there is none, or it cannot be read."""
        if not self.is_open or image is None:
            return None
        try:
            return make_thumbnail(image)
        except InputError:  # what reads it for the model says so
            return None

    def close_at(self, products: int) -> bool:
        """Take no more once there are many products; tell whether those made are to go, too."""
        if self.is_open and products > (FEW if self.only_few else MAX_PICTURES):
            self.is_open = False
            return self.only_few
        return False
