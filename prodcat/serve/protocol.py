"""uvicorn's protocol, with an end to clients that are slow to ask, and slow to take the answer."""

import asyncio
import json
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from prodcat.serve.problems import MEDIA_TYPE, ProblemError
from prodcat.serve.settings import Limits

REST_S = 0.5
"""Time that a connection without a request has, when the service ends, to bring one."""
HEAD_BYTES = 64 << 10
"""Of a request line with its headers; the library would keep whatever comes."""


def bounded_protocol(limits: Limits) -> type[HttpToolsProtocol]:
    """Return a protocol that holds clients to limits.

    Args:
        limits: How long a client may take for the head of a request, and to take an answer, and
            how many may be connected.
    """

    class BoundedProtocol(HttpToolsProtocol):
        """HTTP from clients of whom nothing is known."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self._head: asyncio.TimerHandle | None = None
            self._taking: asyncio.TimerHandle | None = None
            self._in_head = False
            self._head_bytes = 0

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > limits.connections:
                transport.write(too_many())
                transport.close()
                return
            self._await_head()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop("_head")
            self._stop("_taking")
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self.parser is None:  # what still comes of a connection that was cut
                return
            super().data_received(data)
            self._head_bytes = self._head_bytes + len(data) if self._in_head else 0
            if self._head_bytes > HEAD_BYTES:
                self._refuse_head()
            elif self._is_resting():
                # The clock goes on from the first byte: a trickle does not put it back.
                self._await_head()
            else:
                self._stop("_head")

        def on_message_begin(self) -> None:
            self._in_head = True
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._in_head = False
            self._stop("_head")
            super().on_headers_complete()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._stop("_head")

        def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (its text is of the library)
            problem = ProblemError(
                400,
                "no-http",
                "The request is no HTTP that can be read.",
                expected="HTTP/1.1.",
                todo="Let a library make the request.",
            )
            self.transport.write(whole_response(problem))
            self.transport.close()

        def _refuse_head(self) -> None:
            if self._is_resting():
                self.transport.write(whole_response(too_long_head()))
                self.transport.close()
            else:
                # What would be written now became part of the answer before it.
                self.transport.abort()

        def shutdown(self) -> None:
            if self._is_resting():
                # Its request may be on the way: it is still answered, and the last.
                self.loop.call_later(REST_S, self._rest)
            else:
                super().shutdown()

        def _rest(self) -> None:
            if self._is_resting():
                self.transport.close()
            else:
                super().shutdown()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._stop("_taking")
            self._taking = self.loop.call_later(limits.stall_s, self._cut)

        def resume_writing(self) -> None:
            super().resume_writing()
            self._stop("_taking")

        def timeout_keep_alive_handler(self) -> None:
            # Closed, it would wait for ever for a client that takes nothing.
            if self.transport.get_write_buffer_size():
                self.transport.abort()
            else:
                super().timeout_keep_alive_handler()

        def _is_resting(self) -> bool:
            """Tell whether no request is being answered, so that what came is of a next one."""
            return self.cycle is None or self.cycle.response_complete

        def _await_head(self) -> None:
            if self._head is None and not self.transport.is_closing():
                self._head = self.loop.call_later(limits.header_s, self._cut)

        def _stop(self, name: str) -> None:
            timer = getattr(self, name)
            if timer is not None:
                timer.cancel()
                setattr(self, name, None)

        def _cut(self) -> None:
            self.transport.abort()

    return BoundedProtocol


def whole_response(problem: ProblemError) -> bytes:
    """Return a response as bytes, for what has not come as far as the app."""
    body = json.dumps(problem.to_dict()).encode()
    head = (
        STATUS_LINE[problem.status]
        + f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n".encode()
    )
    for name, value in problem.headers.items():
        head += f"{name.lower()}: {value}\r\n".encode()
    return head + b"connection: close\r\n\r\n" + body


def too_many() -> bytes:
    """Return what a client is told when too many are connected."""
    return whole_response(
        ProblemError(
            503,
            "too-many",
            "Too many clients are connected.",
            expected="A moment with fewer.",
            todo="Try again later, and close connections that are not used.",
            headers={"Retry-After": "1"},
        )
    )


def too_long_head() -> ProblemError:
    """Return what a client is told whose headers take too much room."""
    return ProblemError(
        431,
        "long-head",
        f"The head of the request takes more than {HEAD_BYTES:,} bytes.",
        expected="A request line and a few headers.",
        todo="Send what is long in the body.",
    )
