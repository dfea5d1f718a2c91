"""Pictures as files named by the hash of their content."""

import re
from hashlib import sha256
from pathlib import Path

from prodcat.errors import CorpusError, ImageError, InputError
from prodcat.files import write_whole
from prodcat.inputs.plain_files import open_plain

MOST_BYTES = 1 << 28
"""Of a picture, whatever its own limits are; a file that is no picture may have any size."""


class ImageStore:
    """Pictures as files named by the hash of their content: equal ones are kept once.

    The suffix is always ``.jpg``, so that the path follows from the hash alone;
    the content keeps its own format.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def put(self, data: bytes) -> str:
        """Keep an encoded picture and return the SHA-256 of its bytes.

        Raises:
            CorpusError: If it cannot be written.
        """
        digest = sha256(data).hexdigest()
        path = self.path(digest)
        try:
            # The size tells a file that a power cut left half written.
            if path.exists() and path.stat().st_size == len(data):
                return digest
            path.parent.mkdir(parents=True, exist_ok=True)
            # Without waiting for the disk: a crawl brings a hundred pictures a second. All begin in
            # one folder, where the rest of a killed process is found again: in the folder of a
            # picture that is there, nobody would look.
            write_whole(path, data, folder=self.root, sync=False)
        except OSError as error:
            raise CorpusError(f"Cannot keep a picture in {self.root}: {error.strerror}.") from error
        return digest

    def path(self, sha256: str) -> Path:
        """Return where the picture of that hash is, or would be.

        Raises:
            InputError: If it is not a hash, which could lead out of the folder.
        """
        if not is_hash(sha256):
            raise InputError(f"{sha256!r:.80} is not the SHA-256 of a picture: 64 hex digits.")
        # Two levels of 256 folders each, so that none is large even with millions of pictures.
        return self.root / sha256[:2] / sha256[2:4] / f"{sha256}.jpg"

    def contained(self, sha256: object) -> Path | None:
        """Return where the picture of that hash is, or would be, within the folder.

        None of what is no hash, and of a link that leads out: whose file it is, is not told.
        """
        if not is_hash(sha256):
            return None
        path = self.path(str(sha256))
        return path if path.resolve().is_relative_to(self.root.resolve()) else None

    def read(self, sha256: str) -> bytes:
        """Return the encoded picture.

        Raises:
            ImageError: If it is not there, no plain file, or leads out of the folder.
        """
        path = self.path(sha256)
        if self.contained(sha256) is None:
            raise ImageError(f"Picture {path} cannot be read: it leads out of its folder.")
        try:
            with open_plain(path) as stream:
                return stream.read(MOST_BYTES)
        except OSError as error:
            raise ImageError(f"Picture {path} cannot be read: {error.strerror}.") from error

    def __contains__(self, sha256: object) -> bool:
        return is_hash(sha256) and self.path(str(sha256)).is_file()


def is_hash(value: object) -> bool:
    """Say whether it is a SHA-256 in lower-case hex."""
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None
