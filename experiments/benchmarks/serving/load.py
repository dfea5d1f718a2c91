"""A light client: connections that stay open, requests that are bytes already."""

import asyncio
import base64
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LONG_S = 60.0


@dataclass
class Load:
    """What came of a load."""

    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    """Of requests that were answered with 200."""
    statuses: dict[int, int] = field(default_factory=dict)
    failed: int = 0
    """Requests without a whole response."""

    @property
    def answered(self) -> int:
        """Requests that were answered with 200."""
        return self.statuses.get(200, 0)

    @property
    def rate(self) -> float:
        """Requests a second that were answered."""
        return self.answered / self.seconds

    def quantile_ms(self, share: float) -> float:
        """Return a quantile of the latencies, in milliseconds."""
        ordered = sorted(self.latencies_s)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def request_bytes(products: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a whole request for the answers to products."""
    shown = []
    for product in products:
        data = dict(product)
        if data.get("image") is not None:
            data["image"] = base64.b64encode(data["image"]).decode()
        shown.append(data)
    body = json.dumps({"products": shown}).encode()
    head = (
        "POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection:
    """One connection to the service; it connects again where it was closed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and return the status and the body of its response."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._reader, self._writer
        assert reader is not None
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            status, lower = int(head[9:12]), head.lower()
            start = lower.index(b"content-length:") + 15
            body = await reader.readexactly(int(lower[start : lower.index(b"\r\n", start)]))
        except BaseException:
            self.close()
            raise
        if b"connection: close" in lower:
            self.close()
        return status, body

    def close(self) -> None:
        """Let go of it."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def closed_loop(
    port: int, requests: Sequence[bytes], clients: int, *, most: int = 0, seconds: float = LONG_S
) -> Load:
    """Let clients ask one request after the other, each when the last was answered.

    Args:
        port: Of the service.
        requests: What they ask, in turn.
        clients: How many.
        most: Requests in all; 0 for as many as the time allows.
        seconds: How long.
    """
    load, place, began = Load(), 0, time.perf_counter()

    async def client() -> None:
        nonlocal place
        connection = Connection(port)
        while (not most or place < most) and time.perf_counter() - began < seconds:
            request = requests[place % len(requests)]
            place += 1
            await _timed(connection, request, load)
        connection.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    load.seconds = time.perf_counter() - began
    return load


async def open_loop(port: int, requests: Sequence[bytes], rate: float, seconds: float) -> Load:
    """Ask at a rate, whether the service keeps up or not."""
    load, free, running = Load(), list[Connection](), set[asyncio.Task[None]]()
    began = time.perf_counter()

    async def ask(request: bytes) -> None:
        connection = free.pop() if free else Connection(port)
        await _timed(connection, request, load)
        free.append(connection)

    number = 0
    while (now := time.perf_counter() - began) < seconds:
        while number < now * rate:
            task = asyncio.create_task(ask(requests[number % len(requests)]))
            running.add(task)
            task.add_done_callback(running.discard)
            number += 1
        await asyncio.sleep(0.002)
    await asyncio.gather(*running)
    load.seconds = time.perf_counter() - began
    for connection in free:
        connection.close()
    return load


async def _timed(connection: Connection, request: bytes, load: Load) -> None:
    began = time.perf_counter()
    try:
        status, _ = await asyncio.wait_for(connection.ask(request), LONG_S)
    except (OSError, EOFError, TimeoutError):
        load.failed += 1
        return
    load.statuses[status] = load.statuses.get(status, 0) + 1
    if status == 200:
        load.latencies_s.append(time.perf_counter() - began)
