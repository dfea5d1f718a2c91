"""The server of one process: uvicorn's, which ends without losing a request."""

import asyncio
import signal
import socket
from contextlib import suppress
from types import FrameType

import uvicorn

from prodcat.errors import ProdcatError
from prodcat.serve.access_log import logger
from prodcat.serve.app import ServiceApp
from prodcat.serve.protocol import bounded_protocol
from prodcat.serve.settings import ServeSettings

BACKLOG = 1024
KEEP_ALIVE_S = 30


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
