"""Connections that refuse private addresses when they are made, and end when their time is up.

An address is checked where it cannot change any more: on the socket that is connected,
not on a name that may resolve to something else a moment later.
"""

import socket
import threading
import time
from typing import Any, NamedTuple

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from crawler.errors import FetchError
from crawler.http.addresses import refusal
from crawler.http.incoming import WholeResponse
from crawler.http.names import NAMES

# By so much a deadline may be overrun.
TICK_S = 0.2


class RequestContext(threading.local):
    """What holds for the request that this thread is about to send."""

    allow_private = False
    named: frozenset[str] = frozenset()
    deadline = float("inf")
    timed_out = False


class Watched(NamedTuple):
    """A request that is to end by its deadline."""

    deadline: float
    """By the clock of `time.monotonic`."""
    connection: Any
    context: dict[str, Any]
    """The attributes of the `RequestContext`, as the thread that sent it sees them."""


class Guard:
    """Checks each connection, and cuts off those whose deadline has passed.

    A server that sends a byte a second passes every timeout on single reads, so
    the deadline of a whole request is kept by a thread of its own.
    """

    def __init__(self) -> None:
        self.context = RequestContext()
        self._watched: dict[int, Watched] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    def check(self, address: str) -> None:
        """Refuse an address that this request must not be sent to."""
        context = self.context
        why = refusal(address, allow_private=context.allow_private, named=context.named)
        if why:
            raise FetchError(f"Refused: {why}.", reason="private-address")

    def connect(self, connection: Any) -> socket.socket:
        """Resolve a name and connect to the first of its addresses that answers."""
        host, port = connection._dns_host, connection.port
        try:
            until = min(self.context.deadline, time.monotonic() + connection.timeout)
            infos = NAMES.find(host, port, deadline=until)
        except TimeoutError as error:
            raise ConnectTimeoutError(connection, f"{host} is not known in time") from error
        except (socket.gaierror, UnicodeError) as error:
            gaierror = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(host, connection, gaierror) from error
        # All of them before any is tried: a name with one private address is not to be trusted.
        for info in infos:
            self.check(str(info[4][0]))
        last: OSError = OSError("it has no address")
        for family, kind, protocol, _, address in infos:
            # A name may have any number of addresses, none of which answers.
            left_s = self.context.deadline - time.monotonic()
            if left_s <= 0:
                last = TimeoutError()
                break
            sock = socket.socket(family, kind, protocol)
            try:
                for option in connection.socket_options or ():
                    sock.setsockopt(*option)
                sock.settimeout(min(connection.timeout, left_s))
                sock.connect(address)
            except OSError as error:
                sock.close()
                last = error
                continue
            sock.settimeout(connection.timeout)
            return sock
        if isinstance(last, TimeoutError):
            raise ConnectTimeoutError(connection, f"{host} does not answer") from last
        raise NewConnectionError(connection, str(last)) from last

    def begin(self, connection: Any) -> None:
        """Check a connection that is used again, and watch it from now on."""
        sock = connection.sock
        if sock is not None:
            self.check(str(sock.getpeername()[0]))
        # The attributes as this thread has them: the watching thread would see its own.
        context = self.context.__dict__
        context["timed_out"] = False
        with self._lock:
            # Who had this connection before may not be done with the answer, whose deadline
            # must not cut off this one.
            reused = [i for i, entry in self._watched.items() if entry.connection is connection]
            for ident in reused:
                del self._watched[ident]
            request = Watched(self.context.deadline, connection, context)
            self._watched[threading.get_ident()] = request
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, daemon=True, name="deadlines")
                self._thread.start()

    def was_cut(self) -> bool:
        """Whether the time of this thread's request ran out."""
        return self.context.timed_out

    def end(self) -> bool:
        """Stop watching this thread's connection; say whether its time ran out."""
        with self._lock:
            self._watched.pop(threading.get_ident(), None)
        return self.context.timed_out

    def close(self) -> None:
        """End the watching thread, and whatever is still under way."""
        self._closed.set()
        with self._lock:
            for request in self._watched.values():
                request.context["timed_out"] = True
                cut_off(request.connection)

    def _watch(self) -> None:
        while not self._closed.wait(TICK_S):
            now = time.monotonic()
            with self._lock:
                late = [(i, entry) for i, entry in self._watched.items() if entry.deadline <= now]
                for ident, request in late:
                    request.context["timed_out"] = True
                    if cut_off(request.connection):
                        del self._watched[ident]


def cut_off(connection: Any) -> bool:
    """Wake the thread that reads from a connection, with an end of the stream.

    Returns:
        Whether there was one to end; none yet while it is being made.
    """
    sock = connection.guarded_sock
    if sock is None:
        return False
    try:
        # Not the method of a TLS socket, which would pull its state from under the reader.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        return False
    return True


def build_adapter(guard: Guard, *, connections: int) -> HTTPAdapter:
    """Return an adapter for requests whose connections are guarded."""

    class GuardedResponse(WholeResponse):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, was_cut=guard.was_cut, **kwargs)

    class Guarded:
        """What is the same for both kinds of connections, in front of either."""

        # The socket stays here while a closing answer is read, when `sock` is gone already.
        guarded_sock: socket.socket | None = None
        response_class = GuardedResponse

        def _new_conn(self) -> socket.socket:
            self.guarded_sock = guard.connect(self)
            return self.guarded_sock

        def request(self, *args: Any, **kwargs: Any) -> None:
            guard.begin(self)
            super().request(*args, **kwargs)  # type: ignore[misc]

    class Http(Guarded, HTTPConnection):  # type: ignore[misc]
        pass

    class Https(Guarded, HTTPSConnection):  # type: ignore[misc]
        pass

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = Http

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = Https

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            manager: PoolManager = self.poolmanager
            manager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}

    # No retries here: the fetcher asks again, with the waiting and counting that it takes.
    return Adapter(pool_connections=64, pool_maxsize=connections, max_retries=0)
