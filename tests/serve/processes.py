"""The service as processes of their own, asked and told by tests."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

from experiments.benchmarks.serving.load import Connection, Load, request_bytes
from prodcat.inference.predictor import Predictor
from tests.conftest import REPOSITORY
from tests.model_files import build_model_dir, encoded
from tests.serve.serving import KEY
from tests.serve.test_models import changed

REQUESTS = [
    request_bytes([{"name": name, "image": encoded(colour)}])
    for name in ("boots", "sandals", "bag", "jeans")
    for colour in ("red", "blue", "green")
]
KEYED = [
    request.replace(b"\r\n", f"\r\nAuthorization: Bearer {KEY}\r\n".encode(), 1)
    for request in REQUESTS
]


@contextmanager
def started(*options, workers=1):
    """Run `prodcat serve` at a port of its choice; nobody reads its log once all have begun."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    words = ["--port", "0", "--workers", workers, *options]
    process = subprocess.Popen(
        [sys.executable, "-m", "prodcat", "serve", *map(str, words)],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    port, loaded = None, 0
    try:
        for line in process.stderr:
            if line.startswith("Serving at"):
                port = int(line.rpartition(":")[2])
            loaded += '"message": "Model ' in line
            if port is not None and loaded >= workers:
                break
        else:
            raise AssertionError(process.wait())
        wait_for(port)
        yield process, port
    finally:
        if process.poll() is None:
            process.kill()
        process.stderr.close()
        process.wait()


def wait_for(port, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            get(port, "/readyz")
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("It does not begin to answer.")


def get(port, path, key=None, method="GET"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    if key is not None:
        request.add_header("Authorization", f"Bearer {key}")
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read())


async def under_load(port, meanwhile, *, until, clients=12, seconds=60.0):
    """Do something while clients ask, and go on until something holds of the load and its models.

    Returns:
        The load, and the models of its answers.
    """
    load, models, stop = Load(), set(), False

    async def client(number):
        connection = Connection(port)
        while not stop:
            try:
                status, body = await connection.ask(KEYED[number % len(KEYED)])
            except ConnectionRefusedError:
                return  # nobody listens any more: this one was not accepted
            except (OSError, EOFError):
                load.failed += 1
                continue
            load.statuses[status] = load.statuses.get(status, 0) + 1
            if status == 200:
                models.add(json.loads(body)["model"])
            number += 1
        connection.close()

    running = [asyncio.create_task(client(number)) for number in range(clients)]
    began = time.monotonic()
    while load.answered < 30 and time.monotonic() - began < seconds:
        await asyncio.sleep(0.02)
    await asyncio.to_thread(meanwhile)
    before = load.answered
    while time.monotonic() - began < seconds and not all(task.done() for task in running):
        if load.answered > before + 30 and until(models):
            break
        await asyncio.sleep(0.02)
    stop = True
    await asyncio.gather(*running)
    return load, models


def put_model(folder, *, other=False):
    """Put one of two models in a folder's place."""
    shutil.rmtree(folder, ignore_errors=True)
    build_model_dir(folder)
    if other:
        changed(folder)
    return Predictor.load(folder).fingerprint
