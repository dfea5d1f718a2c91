"""Answers as they come over a connection: one that is cut off is never taken for a whole one.

http.client takes the end of a connection for the end of whatever it reads just then: of
headers, whose missing Content-Length it then does not miss, of trailers, or of a body.
"""

import http.client
import io
import re
import socket
import ssl
from collections.abc import Callable
from typing import Any

from crawler.errors import FetchError

# Also behind a bare carriage return, which http.client does not take for the end of a line.
FRAMING = re.compile(rb"(?:^|\r)[ \t]*(content-length|transfer-encoding)[ \t]*:", re.IGNORECASE)
"""What says where a body ends, in a line of the head."""


class Incoming(io.RawIOBase):
    """The bytes of an answer, and whether their end is one."""

    def __init__(self, raw: io.RawIOBase, was_cut: Callable[[], bool]) -> None:
        super().__init__()
        self._raw, self._was_cut = raw, was_cut
        self.has_begun = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read some bytes; none at the end."""
        try:
            count = self._raw.readinto(buffer)
        except (ConnectionError, ssl.SSLEOFError) as error:
            if self.has_begun:
                raise cut_short() from error
            count = 0
        if not count and self._was_cut():
            raise TimeoutError("The connection was closed at its deadline.")
        self.has_begun = self.has_begun or bool(count)
        return count

    def close(self) -> None:
        """Close what is read from."""
        self._raw.close()
        super().close()


class Lines(io.BufferedReader):
    """Reads lines that have an end: of the status, headers, sizes of chunks and trailers."""

    def __init__(self, incoming: Incoming) -> None:
        super().__init__(incoming)
        self._incoming = incoming
        self.framing: set[str] = set()
        """The headers that say where a body ends, as they came."""

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read one line, or as much of it as is asked for."""
        line = super().readline(size)
        is_whole = line.endswith(b"\n") or len(line) == size
        # Where not a byte came there was no answer, and http.client says so.
        if not is_whole and self._incoming.has_begun:
            raise cut_short()
        self.framing.update(name.decode().lower() for name in FRAMING.findall(line))
        return line


class WholeResponse(http.client.HTTPResponse):
    """An answer whose end is known, as far as the server says where it is.

    Args:
        sock: What to read it from.
        was_cut: Says whether we closed the connection, so that its end is none of the answer.
    """

    def __init__(
        self, sock: socket.socket, *args: Any, was_cut: Callable[[], bool], **kwargs: Any
    ) -> None:
        super().__init__(sock, *args, **kwargs)
        if isinstance(sock, ssl.SSLSocket):
            # RFC 9112, 9.8: an answer without a length is whole only where TLS was closed, too.
            sock.suppress_ragged_eofs = False  # type: ignore[attr-defined]
        self.fp = self._lines = Lines(Incoming(self.fp.detach(), was_cut))

    def begin(self) -> None:
        """Read status and headers, and make sure that they say what http.client makes of them."""
        super().begin()
        coding = self.headers.get("Transfer-Encoding", "").strip().lower()
        if not self.chunked and coding not in ("", "identity"):
            raise FetchError(
                f"The answer is sent as {coding!r:.40}, which we did not ask for.",
                reason="bad-encoding",
            )
        # After a line that is no header, what follows is not read as headers.
        if any(name not in self.headers for name in self._lines.framing):
            raise FetchError(
                "The answer's headers are malformed, so where it ends is not known.",
                reason="bad-encoding",
                retryable=True,
            )
        # We never ask for a part, and would store it as the whole.
        if self.status == http.HTTPStatus.PARTIAL_CONTENT:
            raise cut_short("is a part, which we did not ask for")


def cut_short(what: str = "broke off") -> FetchError:
    """Say that an answer is not whole."""
    return FetchError(f"The answer {what}.", reason="truncated", retryable=True)
