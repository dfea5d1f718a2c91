"""The gate before the app: who may come in, with how much, how fast, and what is noted of it."""

import asyncio
import re
import time
import uuid
from collections.abc import Iterable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prodcat.serve.access_log import log_request
from prodcat.serve.batching import FullError
from prodcat.serve.problems import ProblemError, too_busy, too_large
from prodcat.serve.service import Service

PUBLIC = ("/healthz", "/readyz", "/openapi.json")
"""What is told without a key, beside the page's own files."""
GUARDED = re.compile(r"/v1(/|$)|/metrics$")
QUEUED = ("/v1/predict",)
LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class Gate:
    """Lets requests in to the app, and notes what became of them.

    Args:
        app: What answers.
        service: What it serves.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app, self.service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        passage = Passage(self.service, scope, receive, send)
        with self.service.metrics.open_requests.track_inprogress():
            await passage.through(self.app)


class Passage:
    """One request on its way through the gate."""

    def __init__(self, service: Service, scope: Scope, receive: Receive, send: Send) -> None:
        self.service, self.scope = service, scope
        self._receive, self._send = receive, send
        self.began = time.perf_counter()
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        given = self.headers.get(b"x-request-id", b"").decode("latin-1")
        self.id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        self.bytes_in = self.bytes_out = self.status = 0
        self.body_ended = False
        self.key: str | None = None
        self.limit = service.limits.body_bytes
        self.in_memory = True
        """Whether its body is kept in memory until there is an answer."""

    async def through(self, app: ASGIApp) -> None:
        """Hand the request on, or say why not."""
        # What the app notes of the request, for its line in the log.
        self.scope["prodcat"] = noted = {"id": self.id}
        try:
            self._check()
            await app(self.scope, self.receive, self.send)
        except ProblemError as problem:
            await self._refuse(problem)
        except asyncio.CancelledError:
            raise
        finally:
            if self.in_memory:
                self.service.bodies_bytes -= self.bytes_in
            self._note(noted)

    def _check(self) -> None:
        path, method = self.scope["path"], self.scope["method"]
        self._check_origin()
        self.key = self._check_key(path)
        if method == "POST" and path == "/v1/jobs":
            self.limit, self.in_memory = self.service.limits.table_bytes, False
        length = self.headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self.limit:
            raise self._over()
        if method == "POST" and path in QUEUED:
            try:
                self.service.batcher.check_room()
            except FullError as full:
                raise too_busy(full.wait_s, f"{self.service.batcher.in_hand} products") from full

    def _check_origin(self) -> None:
        """Keep out pages of other sites, which a browser would send here with no key."""
        host = self.headers.get(b"host", b"").decode("latin-1").lower()
        name = host.rpartition(":")[0] if re.search(r":\d*$", host) else host
        if not self.service.keys and name not in LOOPBACK_NAMES | self.service.names:
            raise ProblemError(
                403,
                "other-host",
                f"The request is for {host[:100] or 'no host'}, not for this service.",
                expected=f"One of: {', '.join(sorted(LOOPBACK_NAMES | self.service.names))}.",
                todo="Call it by one of these, start it with --name, or with keys.",
            )
        origin = self.headers.get(b"origin")
        if origin is not None and origin.decode("latin-1").lower().partition("://")[2] != host:
            raise ProblemError(
                403,
                "other-origin",
                "The request comes from a page of another site.",
                expected="Requests of this service's own page, or of none.",
                todo="Call the service from your server, not from a page of it.",
            )

    def _check_key(self, path: str) -> str | None:
        if not self.service.keys or not GUARDED.match(path):
            return None
        scheme, _, key = self.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        name = self.service.keys.name_of(key.strip()) if scheme.lower() == "bearer" else None
        if name is None:
            raise ProblemError(
                401,
                "no-key",
                "The key is not one of this service's." if key else "There is no key.",
                expected="The header Authorization: Bearer KEY.",
                todo="Send a key of the service's key file.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return name

    async def receive(self) -> Message:
        """Give the next of the body, which must come, and come fast enough."""
        if self.body_ended:
            return await self._receive()
        limits = self.service.limits
        try:
            async with asyncio.timeout(limits.stall_s):
                message = await self._receive()
        except TimeoutError:
            raise self._slow() from None
        if message["type"] == "http.request":
            came = len(message.get("body", b""))
            self.bytes_in += came
            if self.in_memory:
                self.service.bodies_bytes += came
            self.body_ended = not message.get("more_body", False)
            if self.bytes_in > self.limit:
                raise self._over()
            if self.service.bodies_bytes > limits.bodies_bytes:
                raise too_busy(1.0, "Requests with as much as there is room for")
            seconds = time.perf_counter() - self.began
            least = seconds * limits.least_bytes_s if seconds > limits.stall_s else 0.0
            if not self.body_ended and self.bytes_in < least:
                raise self._slow()
        return message

    async def send(self, message: Message) -> None:
        """Pass a message on, with the headers that every response has."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": list(self._with_ours(message.get("headers", ())))}
        elif message["type"] == "http.response.body":
            self.bytes_out += len(message.get("body", b""))
        await self._send(message)

    def _with_ours(self, headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
        given = {name for name, _ in headers}
        yield from headers
        yield from (pair for pair in HEADERS if pair[0] not in given)
        yield b"x-request-id", self.id.encode()
        if self.service.draining or not self._may_stay():
            yield b"connection", b"close"

    def _may_stay(self) -> bool:
        """Tell whether the rest of the body, which is passed over, is worth waiting for."""
        if self.body_ended:
            return True
        length = self.headers.get(b"content-length", b"")
        if b"transfer-encoding" not in self.headers and not length:
            return True
        return length.isdigit() and int(length) <= self.service.limits.body_bytes

    async def _refuse(self, problem: ProblemError) -> None:
        self.service.metrics.refused.labels(problem.kind).inc()
        if self.status:  # the response has begun, and cannot be taken back
            raise problem
        self.scope["prodcat"]["problem"] = problem.kind
        problem.more.setdefault("request", self.id)
        await problem.response()(self.scope, self.receive, self.send)

    def _over(self) -> ProblemError:
        return too_large(
            f"The body takes more than {self.limit:,} bytes.",
            f"At most {self.limit:,} bytes.",
            "Send fewer products at once, or smaller pictures; of a table, cut it into several.",
        )

    def _slow(self) -> ProblemError:
        return ProblemError(
            408,
            "too-slow",
            f"Of the body {self.bytes_in:,} bytes came, and then nothing or too little.",
            expected=f"At least {self.service.limits.least_bytes_s:,} bytes a second.",
            todo="Send it again over a better connection.",
            headers={"Connection": "close"},
        )

    def _note(self, noted: dict[str, Any]) -> None:
        seconds = time.perf_counter() - self.began
        route = getattr(self.scope.get("route"), "path", None) or "other"
        method = self.scope["method"] if route != "other" else "other"
        metrics = self.service.metrics
        metrics.requests.labels(route, method, str(self.status or 499)).inc()
        metrics.seconds.labels(route).observe(seconds)
        client = self.scope.get("client")
        log_request(
            {
                **noted,
                "client": client[0] if client else None,
                "key": self.key,
                "method": self.scope["method"][:20],
                "route": route,
                # 499: the client left before there was a response.
                "status": self.status or 499,
                "bytes_in": self.bytes_in,
                "bytes_out": self.bytes_out,
                "ms": round(1000 * seconds, 2),
            }
        )
