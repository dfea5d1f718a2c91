"""API keys: read from a file, compared in a time that tells nothing of them."""

import hashlib
import hmac
import logging
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path

from prodcat.errors import ConfigError

logger = logging.getLogger(__name__)

LEAST = 16
"""Characters of a key; shorter ones can be guessed."""
MOST_BYTES = 1 << 20
NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,40}):\s+(\S+)")


class Keys:
    """Keys that open the service, each with a name for the access log.

    Args:
        keys: Name and key.

    >>> keys = Keys([("shop", "0123456789abcdef")])
    >>> keys.name_of("0123456789abcdef"), keys.name_of("0123456789abcdeF")
    ('shop', None)
    """

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        self._digests = [(name, _digest(key)) for name, key in keys]

    def __len__(self) -> int:
        return len(self._digests)

    def name_of(self, key: str) -> str | None:
        """Return the name of a key; None for one that is none of ours."""
        # Hashes are of one length whatever was given, and all are looked at whichever fits.
        given, found = _digest(key), None
        for name, digest in self._digests:
            if hmac.compare_digest(given, digest):
                found = name
        return found


def read_keys(file: Path | None) -> Keys:
    r"""Read a file with a key in each line, ``NAME: KEY`` or the key alone; ``#`` begins a comment.

    Raises:
        ConfigError: If it cannot be read, has no key, or one that is too short.
    """
    if file is None:
        return Keys([])
    try:
        with file.open("rb") as stream:
            text = stream.read(MOST_BYTES).decode("utf-8")
            mode = os.fstat(stream.fileno()).st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The keys in {file} cannot be read: {error}. Give a file of text, a key in each line."
        ) from error
    # A group may be the service's own, and is not told.
    if os.name == "posix" and mode & stat.S_IROTH:
        logger.warning("Everybody on this machine can read the keys in %s: chmod o= it.", file)
    keys = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        named = NAMED.fullmatch(line)
        name, key = (named[1], named[2]) if named else (f"key-{number}", line)
        if len(key) < LEAST or not key.isascii() or not key.isprintable() or " " in key:
            raise ConfigError(
                f"Line {number} of {file} is no key: expected {LEAST} or more letters, digits and"
                " signs without a space. Such as what `openssl rand -hex 32` prints."
            )
        keys.append((name, key))
    if not keys:
        raise ConfigError(f"There is no key in {file}; give one in each line.")
    return Keys(keys)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
