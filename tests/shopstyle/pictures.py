"""The pictures of the ShopStyle-compatible server: eight names, five files, made on demand."""

import io
import re
from collections import OrderedDict
from threading import Lock

from PIL import Image

from prodcat.errors import ImageError
from prodcat.inputs.image_store import ImageStore
from prodcat.inputs.images import open_image

BOXES = {
    "Small": (32, 40),
    "IPhoneSmall": (100, 125),
    "Medium": (112, 140),
    "Large": (164, 205),
    "IPhone": (288, 360),
    "XLarge": (328, 410),
    "Best": (720, 900),
    "Original": None,
}
"""The box of each name, as the API states it."""
FILES = {
    "_small": (32, 40),
    "_medium": (112, 140),
    "": (288, 360),
    "_xlarge": (328, 410),
    "_best": (720, 900),
}
"""The box that the file with that suffix really fills."""
SUFFIXES = {
    "Small": "_small",
    "IPhoneSmall": "_medium",
    "Medium": "_medium",
    "Large": "",
    "IPhone": "",
    "XLarge": "_xlarge",
    "Best": "_best",
    "Original": "_best",
}
PICTURE_PATH = re.compile(
    r"/(?:sim|pim|xim)/([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{28})"
    r"(_small|_medium|_xlarge|_best|)/[^/]*\.jpg"
)


def fit_size(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """Shrink a size into a box; one that fits stays as it is.

    >>> fit_size((600, 800), (328, 410))
    (308, 410)
    """
    scale = min(1.0, box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


class Pictures:
    """The files, from the pictures of a corpus."""

    def __init__(
        self, store: ImageStore, hashes: dict[str, str], cache_bytes: int = 1 << 26
    ) -> None:
        self._store, self._hashes, self._cache_bytes = store, hashes, cache_bytes
        self._cache: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._cached = 0
        self._sizes: dict[str, tuple[int, int]] = {}
        self._lock = Lock()

    def size(self, image_id: str) -> tuple[int, int] | None:
        """Pixels of the picture that came with the product; None if it cannot be read."""
        if image_id not in self._sizes:
            try:
                with Image.open(self._store.path(self._hashes[image_id])) as image:
                    turned = image.getexif().get(0x0112, 1) >= 5
                    self._sizes[image_id] = image.size[::-1] if turned else image.size
            except (KeyError, OSError):
                return None
        return self._sizes[image_id]

    def file(self, image_id: str, suffix: str) -> bytes | None:
        """The bytes behind a picture's URL; None if there is no such picture."""
        key = image_id, suffix
        with self._lock:
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
        if image_id not in self._hashes or suffix not in FILES:
            return None
        try:
            data = self._render(image_id, FILES[suffix])
        except OSError:
            return None
        with self._lock:
            if key not in self._cache:
                self._cache[key] = data
                self._cached += len(data)
            while self._cached > self._cache_bytes and len(self._cache) > 1:
                self._cached -= len(self._cache.popitem(last=False)[1])
        return data

    def is_ready(self, image_id: str, suffix: str) -> bool:
        """Whether the file can be had without work worth a thread."""
        size = self.size(image_id)
        if size is None or suffix not in FILES or (image_id, suffix) in self._cache:
            return True
        return fit_size(size, FILES[suffix]) == size

    def _render(self, image_id: str, box: tuple[int, int]) -> bytes:
        path = self._store.path(self._hashes[image_id])
        data = path.read_bytes()
        size = self.size(image_id)
        # The shop's own bytes where they fit, so that a crawl brings back what the corpus had.
        if size is not None and data[:2] == b"\xff\xd8" and fit_size(size, box) == size:
            return data
        try:
            image = open_image(data, size_hint=box)
        except ImageError:
            return data
        out = io.BytesIO()
        target = fit_size(size or image.size, box)
        image.resize(target, Image.Resampling.BICUBIC, reducing_gap=2.0).save(
            out, "JPEG", quality=85
        )
        return out.getvalue()
