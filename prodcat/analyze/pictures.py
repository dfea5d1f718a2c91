"""Products' pictures for a report: found by hash, opened safely, made small."""

import base64
import logging
from collections.abc import Iterable
from pathlib import Path

from prodcat.errors import ImageError, InputError
from prodcat.inputs.image_store import ImageStore, is_hash
from prodcat.inputs.thumbnails import SIDE_PX, make_thumbnail

logger = logging.getLogger(__name__)


class PictureSource:
    """The pictures beside one or more corpora.

    Args:
        corpora: Paths of corpus files; those that are gone are passed over. Their pictures
            lie in the folder ``images`` beside them.
    """

    def __init__(self, corpora: Iterable[Path | str]) -> None:
        # Corpora of one folder share their pictures.
        folders = dict.fromkeys(Path(corpus).parent / "images" for corpus in corpora)
        self.stores = [ImageStore(folder) for folder in folders if folder.is_dir()]
        self.broken = 0
        """Pictures that could not be opened."""

    def find(self, sha256: str | None) -> Path | None:
        """Return where a picture lies; None where there is none."""
        if not is_hash(sha256):
            return None
        paths = (store.path(str(sha256)) for store in self.stores)
        return next((path for path in paths if path.is_file()), None)

    def thumbnail(self, sha256: str | None, *, side_px: int = SIDE_PX) -> bytes | None:
        """Return a picture as a small JPEG; None where there is none or it cannot be opened.

        Args:
            sha256: Of the picture's bytes; whatever is none gives None.
            side_px: Its longer side at most.
        """
        path = self.find(sha256)
        if path is None:
            return None
        try:
            return make_thumbnail(path, side_px=side_px)
        except (ImageError, InputError) as error:
            self.broken += 1
            logger.warning("A picture is left out: %s", error)
            return None


class Album:
    """Pictures for one page, each once and all of them within a budget.

    Args:
        source: Where pictures come from; None for a page without any.
        max_bytes: What all of them may take together, as written in the page.
    """

    def __init__(self, source: PictureSource | None, *, max_bytes: int) -> None:
        self.source, self.max_bytes = source, max_bytes
        self.size = 0
        self.full = False
        """Whether some were left out for want of room."""
        self.pictures: dict[str, str] = {}
        """Hash → picture as base64."""
        self._tried: set[str] = set()

    def add(self, sha256: str | None) -> None:
        """Take in a picture, if there is one and room for it."""
        if self.source is None or sha256 is None or sha256 in self._tried:
            return
        # Nor a smaller one: each would have to be opened to know its size.
        if self.full:
            return
        # Also of those that fail: one that stands in several places is opened, and told, once.
        self._tried.add(sha256)
        small = self.source.thumbnail(sha256)
        if small is None:
            return
        written = base64.b64encode(small).decode("ascii")
        if self.size + len(written) > self.max_bytes:
            self.full = True
            return
        self.pictures[sha256] = written
        self.size += len(written)
