"""A web server that speaks the ShopStyle API over any corpus, pictures and faults included.

``python -m tests.shopstyle_server corpus.db`` starts it by hand.
"""

import asyncio
import contextlib
import json
import math
import signal
import sys
import threading
import time
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from tests.shopstyle.api import Api
from tests.shopstyle.calls import BASE_PATH, LOOP_PATH, Answer, split_target, without_pid
from tests.shopstyle.connection import Connection, HttpRequest, Sending
from tests.shopstyle.fault_kinds import KINDS, FaultSettings
from tests.shopstyle.faults import Faults
from tests.shopstyle.log import RateLimit, Request, RequestLog
from tests.shopstyle.options import read_options
from tests.shopstyle.pictures import PICTURE_PATH, Pictures
from tests.shopstyle.replies import Step, dress
from tests.shopstyle.shop import Shop

__all__ = ["FaultSettings", "Faults", "ShopstyleServer"]

ALLOW_ALL = "User-agent: *\nAllow: /\n"
ABOUT = f"A ShopStyle-compatible API over a corpus. It begins at {BASE_PATH}.\n"
NO_PAGE = "There is no such page.\n"


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
        self.shop = Shop(self.corpus_path, tree_path=tree, oddities=oddities)
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
        self.shop = shop
        self.pictures = Pictures(shop.images, shop.pictures)
        self.api = Api(shop, self.origin, self.pictures, self.faults.spoil)

    def _serve(self) -> None:
        try:
            asyncio.run(self._main())
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()

        def connect() -> Connection:
            return Connection(self.respond, self._connections, self.latency_s)

        try:
            server = await self._loop.create_server(connect, self.host, self.port, backlog=1024)
        except OSError as error:
            self._failure = error
            return
        self.port = server.sockets[0].getsockname()[1]
        self._open_shop(self.shop)
        with ThreadPoolExecutor(2, "shopstyle-pictures") as self._pool:
            self._ready.set()
            await self._stop.wait()
            server.close()
            for connection in list(self._connections):
                connection.abort()
            # The connections hear of their end in the next round.
            await asyncio.sleep(0)

    def respond(self, request: HttpRequest) -> Sending | Awaitable[Sending]:
        """Answer a request: at once, or later if a picture has to be made first."""
        path, query = split_target(request.target)
        picture = PICTURE_PATH.fullmatch(path)
        if picture is None:
            return self._prepare(request, self._answer(path, query))
        image_id, suffix = picture[3], picture[4]
        if self.pictures.is_ready(image_id, suffix):
            return self._prepare(request, self._show(image_id, suffix))
        return self._draw(request, image_id, suffix)

    async def _draw(self, request: HttpRequest, image_id: str, suffix: str) -> Sending:
        answer = await self._loop.run_in_executor(self._pool, self._show, image_id, suffix)
        return self._prepare(request, answer)

    def _show(self, image_id: str, suffix: str) -> Answer:
        names = ("image", image_id, *map(str, self.shop.owners.get(image_id, ())))
        data = self.pictures.file(image_id, suffix)
        if data is None:
            return Answer("image", NO_PAGE.encode(), 404, "text/plain;charset=utf-8", names)
        return Answer("image", data, 200, "image/jpeg", names)

    def _answer(self, path: str, query: str) -> Answer:
        if path.startswith(f"{BASE_PATH}/"):
            answer = self.api.answer(path, query)
            wait_s = self.rate_limit.wait_s(time.monotonic())
            return too_many(answer, wait_s) if wait_s else answer
        if path.startswith("/loop/"):
            other = LOOP_PATH if path != LOOP_PATH else "/loop/2"
            return Answer("other", b"", 302, headers=(("Location", other),))
        kind = "robots" if path == "/robots.txt" else "other"
        text = self.robots if kind == "robots" else ABOUT if path == "/" else None
        status, body = (404, NO_PAGE.encode()) if text is None else (200, text.encode())
        return Answer(kind, body, status, "text/plain;charset=utf-8", (kind,))

    def _prepare(self, request: HttpRequest, answer: Answer) -> Sending:
        """Dress an answer, spoil it if it is its turn, and note it."""
        key = without_pid(request.target)
        attempt = self._attempts[key] = self._attempts.get(key, 0) + 1
        reply = dress(
            answer, request.method, request.headers, self.shop.modified, keep=request.keep
        )
        fault = self.faults.choose(key, attempt, answer, head_only=reply.head_only)
        if fault:
            steps = KINDS[fault](self.faults.settings, reply, answer)
        else:
            steps = [Step(reply.encode())]
        status = int(steps[0].data[9:12])
        self.requests.add(
            Request(request.at, answer.kind, request.method, request.target, status, fault, attempt)
        )
        return Sending(steps, reply.keep)


def too_many(answer: Answer, wait_s: float) -> Answer:
    """What those hear that are too fast."""
    body = {
        "errorCode": 429,
        "errorName": "RateLimitExceeded",
        "errorMessage": "Too many requests in the last minute.",
    }
    wait = ("Retry-After", str(math.ceil(wait_s)))
    text = json.dumps(body).encode()
    return Answer(answer.kind, text, 429, names=answer.names, headers=(wait,))


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
    if options.robots is not None:
        server.robots = options.robots.read_text("utf-8")
    # Also where a shell has started it in the background, and so with interrupts ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
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
