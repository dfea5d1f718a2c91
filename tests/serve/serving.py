"""A service on a port of this machine, as long as a block lasts."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests

from prodcat.serve.app import ServiceApp, create_app
from prodcat.serve.running import listen
from prodcat.serve.server import Server, make_server
from prodcat.serve.settings import Limits, ServeSettings

KEY = "a-key-that-nobody-guesses"


@dataclass
class Served:
    """A service that runs in a thread of this process."""

    url: str
    port: int
    app: ServiceApp
    server: Server

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send one request on a connection of its own."""
        return requests.request(method, self.url + path, timeout=30, **options)

    def predict(self, *products: dict[str, Any], **more: Any) -> requests.Response:
        return self.ask("POST", "/v1/predict", json={"products": list(products), **more})


@contextmanager
def served(model: Path | None, *, limits: Limits | None = None, **options: Any) -> Iterator[Served]:
    """Serve a model."""
    chosen = replace(limits or Limits(), linger_s=0.0)
    settings = ServeSettings(model=model, port=0, limits=chosen, **options)
    app = create_app(settings)
    listening = listen(settings)
    server = make_server(app, settings)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    port = listening.getsockname()[1]
    try:
        yield Served(f"http://127.0.0.1:{port}", port, app, server)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
