"""Connections of the ShopStyle-compatible server: HTTP/1.1, kept open, read by hand for speed."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.shopstyle.replies import Step

MAX_HEAD_BYTES = 64 * 1024
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class HttpRequest:
    """One request, read from its head."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    """Their names in lower case."""
    keep: bool = True
    """Whether the connection stays open for another."""
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Sending:
    """What is sent in answer to a request."""

    steps: list[Step]
    keep: bool

    @property
    def is_plain(self) -> bool:
        """Whether it is sent at once and changes nothing else."""
        (first, *more) = self.steps
        return not (more or first.wait_s or first.cut or first.times != 1)


Respond = Callable[[HttpRequest], Sending | Awaitable[Sending]]
"""Answers a request: at once, or later where that takes work."""


def read_head(head: str) -> HttpRequest | None:
    """Read the head of a request; None if it is none of HTTP/1.

    >>> read_head("GET /a HTTP/1.1\\r\\nHost: b").headers
    {'host': 'b'}
    """
    first, *lines = head.split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[1] or not words[2].startswith("HTTP/1."):
        return None
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    wishes = headers.get("connection", "").lower()
    keep = "close" not in wishes and (words[2] != "HTTP/1.0" or "keep-alive" in wishes)
    return HttpRequest(words[0], words[1], headers, keep)


class Connection(asyncio.Protocol):
    """One connection, whose requests are answered one after the other."""

    def __init__(self, respond: Respond, connections: set["Connection"], latency_s: float) -> None:
        self.respond, self.connections, self.latency_s = respond, connections, latency_s
        self.buffer = bytearray()
        self.task: asyncio.Task[None] | None = None
        self.writable = asyncio.Event()
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.connections.discard(self)
        if self.task is not None:
            self.task.cancel()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def abort(self) -> None:
        """Close at once, whatever is still to be sent."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.task is None:
            self.answer_next()

    def answer_next(self) -> None:
        """Answer what has arrived; a request that takes time lets the others wait."""
        while self.task is None and not self.transport.is_closing():
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0 and len(self.buffer) <= MAX_HEAD_BYTES:
                return
            request = read_head(self.buffer[:end].decode("latin-1")) if end >= 0 else None
            del self.buffer[: end + 4]
            if request is None:
                self.transport.write(BAD_REQUEST)
                self.transport.close()
                return
            sending = self.respond(request)
            if isinstance(sending, Sending) and sending.is_plain and not self.latency_s:
                self.transport.write(sending.steps[0].data)
                if not sending.keep:
                    self.transport.close()
            else:
                self.task = asyncio.ensure_future(self.send(sending))

    async def send(self, sending: Sending | Awaitable[Sending]) -> None:
        """Send with waits, cuts and floods, then go on with the next request."""
        try:
            await self.send_steps(sending if isinstance(sending, Sending) else await sending)
        except Exception:
            # Nobody waits for this task, and the client must not either.
            self.abort()
            raise
        self.task = None
        self.answer_next()

    async def send_steps(self, sending: Sending) -> None:
        """Send step by step."""
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        for step in sending.steps:
            await asyncio.sleep(step.wait_s)
            for _ in range(step.times):
                if self.transport.is_closing():
                    return  # the client has gone, in the middle of a flood perhaps
                self.transport.write(step.data)
                await self.writable.wait()
            if step.cut:
                step.cut_off(self.transport)
        if not sending.keep:
            self.transport.close()
