"""Names of hosts, looked up within a deadline.

The system's own function takes none: with a name server that is silent it returns after half a
minute, whatever a request may take. So it runs in a thread, which is waited for no longer than
there is time. Lookups that nobody waits for any more end when the system gives them up; there are
never more than `MAX_LOOKUPS` at once, of which further names wait for one to end.
"""

import queue
import socket
import threading
import time
from concurrent.futures import Future
from typing import Any

MAX_LOOKUPS = 32

Found = list[tuple[Any, ...]]
"""As `socket.getaddrinfo` returns it."""


class Names:
    """Looks names up, in threads that end with the process."""

    def __init__(self, *, most: int = MAX_LOOKUPS) -> None:
        self._most = most
        self._wanted: queue.SimpleQueue[tuple[str, int, Future[Found]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = self._pending = 0

    def find(self, host: str, port: int, *, deadline: float) -> Found:
        """Return the addresses of a host.

        Args:
            host: Its name.
            port: Where it is to be connected to.
            deadline: Until when to wait, by the clock of `time.monotonic`.

        Raises:
            TimeoutError: If they are not known by then.
            socket.gaierror: If it has none.
            UnicodeError: If it is no name.
        """
        future: Future[Found] = Future()
        with self._lock:
            self._pending += 1
            # Not more than are wanted, and none that would wait beside one that has nothing to do.
            if self._threads < min(self._most, self._pending):
                self._threads += 1
                # Not of a pool, which Python waits for when it ends.
                threading.Thread(target=self._look_up, daemon=True, name="names").start()
        self._wanted.put((host, port, future))
        wait_s = None if deadline == float("inf") else max(0.0, deadline - time.monotonic())
        try:
            return future.result(wait_s)
        finally:
            # Where it was not begun, it need not be.
            future.cancel()

    def _look_up(self) -> None:
        while True:
            host, port, future = self._wanted.get()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
                except BaseException as error:
                    future.set_exception(error)
            with self._lock:
                self._pending -= 1


NAMES = Names()
"""Of this process: however many fetchers it has, its lookups that hang are few."""
