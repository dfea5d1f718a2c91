"""How an answer of the ShopStyle-compatible server is dressed and sent over HTTP."""

import json
import socket
import struct
from asyncio import Transport
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import formatdate, parsedate_to_datetime
from gzip import compress
from hashlib import blake2b
from http import HTTPStatus
from time import time

from tests.shopstyle.calls import Answer

COMPRESS_FROM_BYTES = 1024
ALLOWED = "GET, HEAD"


@dataclass
class Reply:
    """Status, headers and body, before they are sent."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    keep: bool = True
    head_only: bool = False
    length: int | None = None
    """The length to claim; that of the body if None, and none at all if negative."""

    def head(self) -> bytes:
        """The status line and the headers."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"Date: {formatdate(time(), usegmt=True)}", "Server: shopstyle-compatible"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        length = len(self.body) if self.length is None else self.length
        if length >= 0 and self.status != 304:
            lines.append(f"Content-Length: {length}")
        lines.append(f"Connection: {'keep-alive' if self.keep else 'close'}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def encode(self) -> bytes:
        """All that is sent."""
        return self.head() if self.head_only else self.head() + self.body


@dataclass(frozen=True)
class Step:
    """One step of sending: wait, send so many times, cut the connection."""

    data: bytes = b""
    wait_s: float = 0.0
    times: int = 1
    cut: str = ""
    """``close`` or ``reset`` the connection afterwards."""

    def cut_off(self, transport: Transport) -> None:
        """End the connection as `cut` says."""
        if self.cut == "reset":
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()


def dress(
    answer: Answer,
    method: str,
    request_headers: Mapping[str, str],
    modified: datetime,
    *,
    keep: bool,
) -> Reply:
    """Dress an answer in status and headers.

    Args:
        answer: What to say.
        method: Of the request.
        request_headers: The headers of the request, their names in lower case.
        modified: When the shop last changed.
        keep: Whether the connection goes on.
    """
    if method not in ALLOWED.split(", "):
        error = {"errorCode": 405, "errorName": "MethodNotAllowed"}
        error["errorMessage"] = f"This is read with {ALLOWED} only."
        # A body that may follow is not read, so the connection cannot go on.
        return Reply(405, json.dumps(error).encode(), {"Allow": ALLOWED}, keep=False)
    body = answer.body
    headers = {"Content-Type": answer.content_type} | dict(answer.headers)
    is_text = answer.kind != "image"
    if answer.status == 200 and answer.kind != "robots":
        digest = blake2b(body, digest_size=12).hexdigest()
        # Compressed or not, the text is the same, but not its bytes: a weak ETag.
        headers["ETag"] = f'W/"{digest}"' if is_text else f'"{digest}"'
        headers["Last-Modified"] = formatdate(modified.timestamp(), usegmt=True)
        if is_unchanged(request_headers, headers["ETag"], modified):
            return Reply(304, b"", headers, keep, head_only=True)
    if is_text:
        headers["Vary"] = "Accept-Encoding"
        if len(body) >= COMPRESS_FROM_BYTES and accepts_gzip(request_headers):
            body = compress(body, 1, mtime=0)
            headers["Content-Encoding"] = "gzip"
    return Reply(answer.status, body, headers, keep, head_only=method == "HEAD")


def is_unchanged(request_headers: Mapping[str, str], etag: str, modified: datetime) -> bool:
    """Whether the client has it already; an ETag counts before a date."""
    if "if-none-match" in request_headers:
        etags = [
            tag.strip().removeprefix("W/") for tag in request_headers["if-none-match"].split(",")
        ]
        return "*" in etags or etag.removeprefix("W/") in etags
    try:
        return modified <= parsedate_to_datetime(request_headers["if-modified-since"])
    except (KeyError, ValueError, TypeError):
        return False


def accepts_gzip(request_headers: Mapping[str, str]) -> bool:
    """Whether the client reads gzip."""
    for offer in request_headers.get("accept-encoding", "").split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0")
    return False
