"""Runs the service: one process, or several on one socket, until they are told to end."""

import asyncio
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

import uvicorn

from prodcat.errors import ConfigError, ProdcatError
from prodcat.serve.access_log import FINISH_S, log_as_json, logger
from prodcat.serve.app import ServiceApp, create_app
from prodcat.serve.metrics import FOLDER_VARIABLE, forget_process
from prodcat.serve.models import load
from prodcat.serve.protocol import bounded_protocol
from prodcat.serve.settings import ServeSettings, own_jobs_folder

BACKLOG = 1024
KEEP_ALIVE_S = 30
RESTART_S = 1.0
QUICK_S = 10.0
"""A process that ends sooner after its start did not fail by chance."""


class Server(uvicorn.Server):
    """uvicorn's server, which ends in two steps and takes up a new model when told to.

    Args:
        config: uvicorn's.
        app: The app that it serves.
    """

    def __init__(self, config: uvicorn.Config, app: ServiceApp) -> None:
        super().__init__(config)
        self._service = app.service
        self._ending: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and to heed SIGHUP."""
        self._loop = asyncio.get_running_loop()
        if hasattr(signal, "SIGHUP"):
            with suppress(ValueError, RuntimeError):  # not in the main thread
                self._loop.add_signal_handler(signal.SIGHUP, self._take_up)
        await super().startup(sockets=sockets)
        # One that came before it was heeded: where nothing changed, this is over at once.
        self._take_up()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take whoever the system has let in already, close the door, and let the rest finish."""
        for listening in sockets or []:
            await self._take_in(listening)
        await super().shutdown(sockets)

    async def _take_in(self, listening: socket.socket) -> None:
        """Accept all connections that wait; to whom they belong the door seems open."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(listening.fileno())

        def make_protocol() -> asyncio.Protocol:
            return self.config.http_protocol_class(  # type: ignore[call-arg]
                config=self.config,
                server_state=self.server_state,
                app_state=self.lifespan.state,
                _loop=loop,
            )

        # Until none waits, and then without giving way before it is closed.
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            connection.setblocking(False)
            with suppress(OSError):  # it has left again
                await loop.connect_accepted_socket(make_protocol, connection)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end: first as told by /readyz, then by closing the door, then the rest."""
        if self._ending is not None or self._loop is None:
            super().handle_exit(sig, frame)
            return
        self._service.draining = True
        self._loop.call_soon_threadsafe(self._begin_to_end)

    def _begin_to_end(self) -> None:
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._end())

    async def _end(self) -> None:
        # Who comes meanwhile is still answered, and told to connect anew: a balancer needs a
        # moment to send nobody here any more.
        logger.info("Ending: no more connections in %g s.", self._service.limits.linger_s)
        await asyncio.sleep(self._service.limits.linger_s)
        self.should_exit = True

    def _take_up(self) -> None:
        asyncio.ensure_future(self._try_model())  # noqa: RUF006  (it keeps itself alive)

    async def _try_model(self) -> None:
        try:
            await self._service.take_up_model()
        except ProdcatError as error:
            logger.error("The new model is refused, and the old one stays: %s", error)


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
    try:
        if settings.workers == 1:
            serve_here(settings, listening, ready=lambda: on_ready and on_ready(address))
        else:
            # Whatever is wrong is told once, and here.
            settings.index_folder  # noqa: B018
            load(settings.model)
            if on_ready is not None:
                on_ready(address)
            Parent(settings, listening).run()
    finally:
        listening.close()
        log.finish(FINISH_S)
        if own is not None:
            from prodcat.serve.jobs.store import JobStore

            JobStore(own, settings.limits).remove_all()


def listen(settings: ServeSettings) -> socket.socket:
    """Open the socket.

    Raises:
        ConfigError: If the address is not to be had.
    """
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        opened = socket.socket(family, kind, proto)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(BACKLOG)
    except OSError as error:
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


def make_server(app: ServiceApp, settings: ServeSettings) -> Server:
    """Return the server of an app, with clients held to the limits."""
    config = uvicorn.Config(
        app,
        http=bounded_protocol(settings.limits),
        ws="none",
        loop="asyncio",
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        server_header=False,
        # Behind a proxy its address is what is logged; nothing is decided by it.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=round(settings.limits.drain_s),
    )
    return Server(config, app)


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

    def tell_others() -> None:
        if hasattr(signal, "SIGHUP"):
            os.kill(parent, signal.SIGHUP)

    serve_here(settings, listening, tell_others=tell_others)
    log.finish(FINISH_S)


def folder_of(path: Path | None) -> Path | None:
    """Return a folder by its whole path, whatever folder a process works in."""
    return None if path is None else path.absolute()
