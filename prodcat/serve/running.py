"""Runs the service: one process, or several on one socket, until they are told to end."""

import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import IO

from prodcat.errors import ConfigError
from prodcat.files import lock_file
from prodcat.serve.access_log import FINISH_S, log_as_json, logger
from prodcat.serve.app import create_app
from prodcat.serve.metrics import FILE_BYTES, FILES, FOLDER_VARIABLE, forget_process, reserve
from prodcat.serve.models import load
from prodcat.serve.review.room import open_room
from prodcat.serve.server import BACKLOG, make_server
from prodcat.serve.settings import ServeSettings, own_jobs_folder

LOCK = "service.lock"
RESTART_S = LOOK_S = 1.0
QUICK_S = 10.0
"""A process that ends sooner after its start did not fail by chance."""


def serve(settings: ServeSettings, *, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: What, and where.
        on_ready: Is told the address when requests can be sent to it.

    Raises:
        ConfigError: If the address cannot be listened at, or keys or index are wrong.
        ModelError: If the model cannot be used.
    """
    log = log_as_json()
    listening = listen(settings)
    host, port = listening.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    own = None
    if settings.jobs_folder is None:
        own = own_jobs_folder()
        settings = replace(settings, jobs_folder=own)
    lock = None
    try:
        lock = lock_jobs(settings)
        if settings.workers == 1:
            serve_here(settings, listening, ready=lambda: on_ready and on_ready(address))
        else:
            # Whatever is wrong is told once, and here.
            load(settings.model)
            if (room := open_room(settings, None)) is not None:
                room.close()
            if on_ready is not None:
                on_ready(address)
            Parent(settings, listening).run()
    finally:
        listening.close()
        log.finish(FINISH_S)
        if lock is not None:
            lock.close()
        if own is not None:
            from prodcat.serve.jobs.store import JobStore

            JobStore(own, settings.limits).remove_all()


def lock_jobs(settings: ServeSettings) -> IO[bytes]:
    """Take the folder of jobs for this service alone, as long as the file is open.

    Raises:
        ConfigError: If another one has it, which might answer our jobs with its own model.
    """
    folder = settings.jobs_folder
    assert folder is not None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = lock_file(folder / LOCK)
    except OSError as error:
        raise ConfigError(
            f"Jobs cannot be kept in {folder}: {error.strerror or error}. Give another --jobs."
        ) from error
    if lock is None:
        raise ConfigError(
            f"Another service keeps its jobs in {folder}. End it first, or give another --jobs."
        )
    return lock


def listen(settings: ServeSettings) -> socket.socket:
    """Open the socket.

    Raises:
        ConfigError: If the address is not to be had.
    """
    opened = None
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        opened = socket.socket(family, kind, proto)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(BACKLOG)
    except OSError as error:
        if opened is not None:
            opened.close()
        raise ConfigError(
            f"{settings.host}:{settings.port} cannot be listened at: {error.strerror or error}."
            " Give another --host or --port."
        ) from error
    opened.set_inheritable(True)
    return opened


def serve_here(
    settings: ServeSettings,
    listening: socket.socket,
    *,
    ready: Callable[[], object] | None = None,
    tell_others: Callable[[], None] | None = None,
) -> None:
    """Serve in this process."""
    if hasattr(signal, "SIGHUP") and threading.current_thread() is threading.main_thread():
        # Until it is heeded, it must not end the process.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    server = make_server(create_app(settings, tell_others=tell_others), settings)
    if ready is not None:
        ready()
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


class Parent:
    """Keeps several processes, which share one socket, and passes signals on to them.

    Args:
        settings: What they serve.
        listening: The socket.
    """

    def __init__(self, settings: ServeSettings, listening: socket.socket) -> None:
        self._settings, self._listening = settings, listening
        self._children: dict[BaseProcess, float] = {}
        self._ending = self._new_model = False

    def run(self) -> None:
        """Start them, start them again where they fail, and end with them."""
        with tempfile.TemporaryDirectory(prefix="prodcat-metrics-") as folder:
            # Told here, once, and not by each process that is started again and again.
            room = Path(folder) / "room"
            reserve(room, self._settings.workers * len(FILES) * FILE_BYTES)
            room.unlink(missing_ok=True)
            os.environ[FOLDER_VARIABLE] = folder
            handlers = {signal.SIGTERM: self._end, signal.SIGINT: self._end}
            if hasattr(signal, "SIGHUP"):
                handlers[signal.SIGHUP] = self._pass_on
            before = {number: signal.signal(number, handlers[number]) for number in handlers}
            try:
                for _ in range(self._settings.workers):
                    self._start()
                while self._children:
                    self._look()
                    time.sleep(0.1)
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)
                for child in self._children:
                    child.kill()
                del os.environ[FOLDER_VARIABLE]

    def _start(self) -> None:
        # Forked, a process would hold locks that onnxruntime's threads never give back.
        child = get_context("spawn").Process(
            target=_child, args=(self._settings, self._listening, os.getpid())
        )
        child.start()
        self._children[child] = time.monotonic()

    def _look(self) -> None:
        if self._new_model:
            self._new_model = False
            self._send(getattr(signal, "SIGHUP", signal.SIGTERM))
        for child, since in list(self._children.items()):
            if child.is_alive():
                continue
            del self._children[child]
            forget_process(child.pid or 0)
            if self._ending:
                continue
            if time.monotonic() - since < QUICK_S and child.exitcode:
                time.sleep(RESTART_S)
            logger.error("A process ended with %s; another takes its place.", child.exitcode)
            self._start()

    def _end(self, _: int, __: FrameType | None) -> None:
        self._ending = True
        # Else who connects when the others have closed it would wait for nobody.
        self._listening.close()
        self._send(signal.SIGTERM)

    def _pass_on(self, _: int, __: FrameType | None) -> None:
        self._new_model = True

    def _send(self, number: int) -> None:
        for child in list(self._children):
            if child.pid is not None and child.is_alive():
                with suppress(ProcessLookupError):
                    os.kill(child.pid, number)


def _child(settings: ServeSettings, listening: socket.socket, parent: int) -> None:
    """Serve as one of several."""
    log = log_as_json()
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()

    def tell_others() -> None:
        if hasattr(signal, "SIGHUP"):
            os.kill(parent, signal.SIGHUP)

    serve_here(settings, listening, tell_others=tell_others)
    log.finish(FINISH_S)


def _end_with_parent(parent: int) -> None:
    """End as told to when the parent was killed, and can tell nobody."""
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os.kill(os.getpid(), signal.SIGTERM)


def folder_of(path: Path | None) -> Path | None:
    """Return a folder by its whole path, whatever folder a process works in."""
    return None if path is None else path.absolute()
