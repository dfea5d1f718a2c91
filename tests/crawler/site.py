"""A small web site that answers as each test wants, bytes on the wire included."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from crawler.errors import FetchError

Answer = bytes | Callable[[socket.socket, dict[str, str]], None]


def reply(body: bytes = b"", status: int = 200, **headers: str) -> bytes:
    """A whole answer as it is sent; a header given as empty is left out."""
    named = {"Content-Length": str(len(body)), "Content-Type": "text/plain"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Told", *(f"{n}: {v}" for n, v in named.items() if v)]
    return "\r\n".join([*lines, "", ""]).encode() + body


def failure(fetcher, url: str, **options) -> FetchError:
    """What fetching fails with, as it must."""
    with pytest.raises(FetchError) as caught:
        fetcher.get(url, **options)
    return caught.value


def port_of(site: "Site") -> str:
    return site.url.rpartition(":")[2]


def break_off(sent: bytes, ending: str) -> Answer:
    """An answer of which only that is sent; then comes ``close``, ``reset`` or ``silence``."""

    def answer(connection: socket.socket, headers: dict[str, str]) -> None:
        connection.sendall(sent)
        if ending == "close":
            connection.shutdown(socket.SHUT_RDWR)
        elif ending == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.close(connection.detach())
        else:
            connection.recv(1)

    return answer


class Site:
    """Answers each path with its answer, or the next one of a list; 404 for all others."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, Answer | list[Answer]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._socket.getsockname()[1]}"
        self._tls = tls
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    def __enter__(self) -> "Site":
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    @property
    def paths(self) -> list[str]:
        """What was asked for."""
        return [path for path, _ in self.requests]

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            if self._tls:
                connection = self._tls.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines, suppress(OSError):
            while first := lines.readline():
                path = first.decode("latin-1").split(" ")[1]
                headers = {}
                while line := lines.readline().strip():
                    name, _, value = line.decode("latin-1").partition(":")
                    headers[name.lower()] = value.strip()
                self.requests.append((path, headers))
                answer = self.answers.get(path, reply(b"", 404))
                if isinstance(answer, list):
                    answer = answer.pop(0) if len(answer) > 1 else answer[0]
                if isinstance(answer, bytes):
                    connection.sendall(answer)
                else:
                    answer(connection, headers)
