"""A web server that speaks the ShopStyle API over any corpus, pictures and faults included.

``python -m tests.shopstyle_server corpus.db`` starts it by hand.
"""

import asyncio
import contextlib
import json
import math
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate, parsedate_to_datetime
from gzip import compress
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qsl, urlencode

from tests.shopstyle_api import BASE_PATH, Answer, Api, split_target
from tests.shopstyle_corpus import Shop
from tests.shopstyle_faults import Faults, Reply, Step
from tests.shopstyle_log import RateLimit, Request, RequestLog
from tests.shopstyle_options import read_options
from tests.shopstyle_pictures import PICTURE_PATH, Pictures

MAX_HEAD_BYTES = 64 * 1024
COMPRESS_FROM_BYTES = 1024
ALLOWED = "GET, HEAD"
ALLOW_ALL = "User-agent: *\nAllow: /\n"
ABOUT = f"A ShopStyle-compatible API over a corpus. It begins at {BASE_PATH}.\n"


class ShopstyleServer:
    """The server, for use in a ``with`` statement; it runs in a thread of its own."""

    def __init__(
        self,
        corpus_path: Path,
        *,
        faults: Faults | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        rate_limit: int | None = None,
        tree: Path | None = None,
        oddities: float | None = None,
        latency_s: float = 0.0,
    ) -> None:
        """Prepare a server; it listens inside the ``with`` statement.

        Args:
            corpus_path: Whose products are sold. Read once, and again by `reload`.
            faults: What goes wrong, and how often.
            host: The address to listen at.
            port: 0 for any that is free.
            rate_limit: Calls of the API in any minute; pictures are not counted.
            tree: A file like ``categories-2019.json`` to spread the products over.
            oddities: Share of products with odd categories, see `Shop`.
            latency_s: How long every answer takes at least.
        """
        self.corpus_path, self.tree, self.oddities = Path(corpus_path), tree, oddities
        self.host, self.port, self.latency_s = host, port, latency_s
        self.faults = faults or Faults()
        self.rate_limit = RateLimit(rate_limit)
        self.requests = RequestLog()
        self.robots: str | None = ALLOW_ALL
        """Text of ``robots.txt``; None for a server that has none."""
        self._shop = Shop(self.corpus_path, tree_path=tree, oddities=oddities)
        self._attempts: dict[str, int] = {}
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._connections: set[Connection] = set()

    @property
    def origin(self) -> str:
        """Where the server is: scheme, host and port."""
        host = "127.0.0.1" if self.host in ("", "0.0.0.0") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def url(self) -> str:
        """Where the API begins."""
        return self.origin + BASE_PATH

    @property
    def shop(self) -> Shop:
        """What is sold."""
        return self._shop

    def __enter__(self) -> "ShopstyleServer":
        self._thread = threading.Thread(target=self._serve, daemon=True, name="shopstyle-server")
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def reload(self) -> None:
        """Read the corpus again, for a shop that has changed."""
        shop = Shop(self.corpus_path, tree_path=self.tree, oddities=self.oddities)
        self._loop.call_soon_threadsafe(self._open_shop, shop)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), self._loop).result()

    def _open_shop(self, shop: Shop) -> None:
        self._shop = shop
        self.pictures = Pictures(shop.images, shop.pictures)
        self.api = Api(shop, self.origin, self.pictures)
        self.api.spoiled = self.faults.spoil_product

    def _serve(self) -> None:
        try:
            asyncio.run(self._main())
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            server = await self._loop.create_server(
                lambda: Connection(self), self.host, self.port, backlog=1024
            )
        except OSError as error:
            self._failure = error
            return
        self.port = server.sockets[0].getsockname()[1]
        self._open_shop(self._shop)
        self._pool = ThreadPoolExecutor(2, "shopstyle-pictures")
        self._ready.set()
        await self._stop.wait()
        server.close()
        for connection in list(self._connections):
            connection.abort()
        await asyncio.sleep(0)
        self._pool.shutdown()

    async def picture(self, image_id: str, suffix: str) -> bytes | None:
        """The bytes of a picture, made in another thread if that is work."""
        if self.pictures.is_ready(image_id, suffix):
            return self.pictures.file(image_id, suffix)
        return await self._loop.run_in_executor(self._pool, self.pictures.file, image_id, suffix)

    def answer(self, path: str, query: str) -> Answer:
        """Answer whatever is no picture."""
        if path.startswith(f"{BASE_PATH}/"):
            wait_s = self.rate_limit.wait_s(time.monotonic())
            answer = self.api.answer(path, query)
            if not wait_s:
                return answer
            return Answer(answer.kind, too_many(wait_s), 429, names=answer.names)
        if path == "/robots.txt":
            text, status = self.robots, 200
            if text is None:
                text, status = "There is no such page.\n", 404
            return Answer("robots", text.encode(), status, "text/plain;charset=utf-8", ("robots",))
        text, status = (ABOUT, 200) if path == "/" else ("There is no such page.\n", 404)
        return Answer("other", text.encode(), status, "text/plain;charset=utf-8")

    def attempt(self, key: str) -> int:
        """Count a request of a URL."""
        self._attempts[key] = self._attempts.get(key, 0) + 1
        return self._attempts[key]


class Connection(asyncio.Protocol):
    """One connection that is kept open for many requests, answered one after the other."""

    def __init__(self, server: ShopstyleServer) -> None:
        self.server = server
        self.buffer = bytearray()
        self.busy = False
        self.task: asyncio.Task[None] | None = None
        self.writable = asyncio.Event()
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.server._connections.discard(self)
        self.writable.set()
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
        if not self.busy:
            self.next_request()

    def next_request(self) -> None:
        """Take the next request out of what has arrived."""
        self.busy = False
        while not self.busy and not self.transport.is_closing():
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self.buffer) > MAX_HEAD_BYTES:
                    self.transport.close()
                return
            head = self.buffer[:end].decode("latin-1")
            del self.buffer[: end + 4]
            self.handle(head)

    def handle(self, head: str) -> None:
        """Answer one request: at once, or in a task where that takes time."""
        first, *lines = head.split("\r\n")
        words = first.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            self.transport.close()
            return
        method, target, version = words
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        wishes = headers.get("connection", "").lower()
        keep = "close" not in wishes and (version == "HTTP/1.1" or "keep-alive" in wishes)
        call = Exchange(self.server, method, target, headers, keep)
        path, query = split_target(target)
        picture = PICTURE_PATH.fullmatch(path)
        if picture is None:
            self.play(call, call.steps(self.server.answer(path, query)))
        elif self.server.pictures.is_ready(picture[3], picture[4]):
            data = self.server.pictures.file(picture[3], picture[4])
            self.play(call, call.steps(picture_answer(data, picture[3], self.server.shop)))
        else:
            self.busy = True
            self.task = asyncio.ensure_future(self.draw(call, picture[3], picture[4]))

    async def draw(self, call: "Exchange", image_id: str, suffix: str) -> None:
        """Answer with a picture that has to be made first."""
        data = await self.server.picture(image_id, suffix)
        steps = call.steps(picture_answer(data, image_id, self.server.shop))
        self.task = None
        self.play(call, steps)
        if self.task is None and not self.transport.is_closing():
            self.next_request()

    def play(self, call: "Exchange", steps: list[Step]) -> None:
        """Send an answer, step by step where it takes time."""
        if self.transport.is_closing():
            return
        if len(steps) == 1 and steps[0].data and not self.server.latency_s:
            self.transport.write(steps[0].data)
            if not call.keep:
                self.transport.close()
            return
        self.busy = True
        self.task = asyncio.ensure_future(self.play_slowly(call, steps))

    async def play_slowly(self, call: "Exchange", steps: list[Step]) -> None:
        """Send with pauses, cuts and floods."""
        if self.server.latency_s:
            await asyncio.sleep(self.server.latency_s)
        for step in steps:
            if step.wait_s:
                await asyncio.sleep(step.wait_s)
            for _ in range(step.times):
                if self.transport.is_closing():
                    return
                self.transport.write(step.data)
                await self.writable.wait()
            if step.cut:
                step.cut_off(self.transport)
                return
        self.task = None
        if call.keep:
            self.next_request()
        else:
            self.transport.close()


class Exchange:
    """One request on its way to an answer."""

    def __init__(
        self, server: ShopstyleServer, method: str, target: str, headers: dict[str, str], keep: bool
    ) -> None:
        self.server, self.method, self.target = server, method, target
        self.headers, self.keep = headers, keep
        self.at = time.monotonic()

    def steps(self, answer: Answer) -> list[Step]:
        """Turn an answer into what is sent, with a fault if it is its turn."""
        reply = self.reply(answer)
        attempt = self.server.attempt(key := without_pid(self.target))
        fault = self.server.faults.choose(key, attempt, answer)
        steps = self.server.faults.steps(fault, reply, answer) if fault else [Step(reply.encode())]
        self.keep = self.keep and reply.keep
        status = answer.status if not fault else self.server.faults.status(fault, answer.status)
        self.server.requests.add(
            Request(self.at, answer.kind, self.method, self.target, status, fault, attempt)
        )
        return steps

    def reply(self, answer: Answer) -> Reply:
        """Dress an answer in status and headers."""
        if self.method not in ("GET", "HEAD"):
            body = {"errorCode": 405, "errorName": "MethodNotAllowed"}
            body["errorMessage"] = f"This is read with {ALLOWED} only."
            reply = Reply(405, json.dumps(body).encode(), {"Allow": ALLOWED})
            # A body that may follow is not read, so the connection cannot go on.
            reply.keep = False
            return reply
        body = answer.body
        headers = {"Content-Type": answer.content_type}
        if answer.status == 429:
            headers["Retry-After"] = str(json.loads(body)["retryAfter"])
        is_text = answer.kind != "image"
        if answer.status == 200 and answer.kind != "robots":
            digest = blake2b(body, digest_size=12).hexdigest()
            headers["ETag"] = f'W/"{digest}"' if is_text else f'"{digest}"'
            modified = self.server.shop.modified
            headers["Last-Modified"] = formatdate(modified.timestamp(), usegmt=True)
            if self.is_unchanged(headers["ETag"]):
                return Reply(304, b"", headers, keep=self.keep, head_only=True)
        if is_text:
            headers["Vary"] = "Accept-Encoding"
            if len(body) >= COMPRESS_FROM_BYTES and accepts_gzip(self.headers):
                body = compress(body, 1, mtime=0)
                headers["Content-Encoding"] = "gzip"
        return Reply(answer.status, body, headers, keep=self.keep, head_only=self.method == "HEAD")

    def is_unchanged(self, etag: str) -> bool:
        """Whether the client has it already; an ETag counts before a date."""
        if "if-none-match" in self.headers:
            known = [tag.strip() for tag in self.headers["if-none-match"].split(",")]
            return "*" in known or etag.removeprefix("W/") in {t.removeprefix("W/") for t in known}
        since = self.headers.get("if-modified-since")
        if not since:
            return False
        try:
            return self.server.shop.modified <= parsedate_to_datetime(since)
        except (ValueError, TypeError):
            return False


def picture_answer(data: bytes | None, image_id: str, shop: Shop) -> Answer:
    """Answer with a picture, or that there is none."""
    owners = tuple(str(owner) for owner in shop.owners.get(image_id, ()))
    names = ("image", image_id, *owners)
    if data is None:
        body = b"There is no such picture.\n"
        return Answer("image", body, 404, "text/plain;charset=utf-8", names)
    return Answer("image", data, 200, "image/jpeg", names)


def too_many(wait_s: float) -> bytes:
    """The body for callers that are too fast."""
    body = {
        "errorCode": 429,
        "errorName": "RateLimitExceeded",
        "errorMessage": "Too many requests in the last minute.",
        "retryAfter": max(1, math.ceil(wait_s)),
    }
    return json.dumps(body).encode()


def accepts_gzip(headers: dict[str, str]) -> bool:
    """Whether the client reads gzip."""
    for offer in headers.get("accept-encoding", "").split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() in ("gzip", "*") and weight.replace(" ", "") not in ("q=0", "q=0.0"):
            return True
    return False


def without_pid(target: str) -> str:
    """The target as it is counted: faults do not depend on who asks."""
    path, query = split_target(target)
    if "pid=" not in query:
        return f"{path}?{query}" if query else path
    return f"{path}?{urlencode([(n, v) for n, v in parse_qsl(query) if n != 'pid'])}"


def main(arguments: list[str] | None = None) -> None:
    """Serve a corpus until interrupted."""
    options = read_options(arguments)
    faults = Faults(options.faults, dict(options.fault), dict(options.pin), options.seed)
    server = ShopstyleServer(
        options.corpus,
        faults=faults,
        host=options.host,
        port=options.port,
        rate_limit=options.per_minute,
        tree=options.tree,
        oddities=options.oddities,
        latency_s=options.latency_ms / 1000,
    )
    with server, contextlib.suppress(KeyboardInterrupt):
        shop = server.shop
        print(f"{len(shop.listings):,} products, {len(shop.tree.nodes) - 1:,} categories", end=" ")
        print(f"({len(shop.tree.leaves):,} leaves). The API begins at")
        print(f"    {server.url}")
        print(f"Try: curl '{server.url}/products?pid=demo&limit=1'. End with Ctrl-C.", flush=True)
        while True:
            time.sleep(3600)
    counts = ", ".join(f"{count:,} {kind}" for kind, count in server.requests.counts.most_common())
    print(f"\nAnswered: {counts or 'nothing'}.")


if __name__ == "__main__":
    main(sys.argv[1:])
