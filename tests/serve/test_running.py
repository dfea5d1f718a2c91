"""The service as processes that are started, told and ended as an operator does it."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from experiments.benchmarks.serving.load import Connection, Load, closed_loop, request_bytes
from prodcat.errors import ConfigError
from prodcat.inference.predictor import Predictor
from prodcat.serve.running import lock_jobs, serve
from prodcat.serve.settings import ServeSettings
from tests.conftest import REPOSITORY
from tests.model_files import build_model_dir, encoded
from tests.serve.serving import KEY
from tests.serve.test_models import changed

pytestmark = pytest.mark.slow
REQUESTS = [
    request_bytes([{"name": name, "image": encoded(colour)}])
    for name in ("boots", "sandals", "bag", "jeans")
    for colour in ("red", "blue", "green")
]


@contextmanager
def started(*options):
    """Run `prodcat serve` at a port of its choice; nobody reads its log after the first line."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "prodcat", "serve", "--port", "0", *map(str, options)],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        for line in process.stderr:
            if line.startswith("Serving at"):
                port = int(line.rpartition(":")[2])
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


async def under_load(port, meanwhile, *, clients=16, seconds=4.0, requests=REQUESTS):
    """Do something while clients ask; return the load and their answers' models."""
    load, models, stop = Load(), set(), False

    async def client(number):
        connection = Connection(port)
        while not stop:
            try:
                status, body = await connection.ask(requests[number % len(requests)])
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
    await asyncio.sleep(seconds / 4)
    await asyncio.to_thread(meanwhile)
    await asyncio.wait(running, timeout=seconds)
    stop = True
    await asyncio.gather(*running)
    return load, models


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_under_load_loses_no_request_and_ends_well(tmp_path, workers):
    model = build_model_dir(tmp_path / "model")
    with started("--model", model, "--workers", workers) as (process, port):
        if workers > 1:
            time.sleep(4)  # until both answer
        load, _ = asyncio.run(
            under_load(port, lambda: process.send_signal(signal.SIGTERM), seconds=8)
        )
        assert process.wait(timeout=30) == 0
    assert load.failed == 0
    assert load.answered > 50
    assert set(load.statuses) <= {200, 429}


def test_a_new_model_under_load_is_taken_up_and_loses_no_request(tmp_path):
    model = build_model_dir(tmp_path / "model")
    new = Predictor.load(changed(build_model_dir(tmp_path / "new"))).fingerprint
    old = Predictor.load(model).fingerprint

    def replace_it():
        shutil.rmtree(model)
        shutil.copytree(tmp_path / "new", model)
        process.send_signal(signal.SIGHUP)

    with started("--model", model) as (process, port):
        load, models = asyncio.run(under_load(port, replace_it))
        assert get(port, "/v1/model")["fingerprint"] == new
    assert load.failed == 0
    assert set(load.statuses) <= {200, 429}
    assert models == {old, new}


def test_a_wrong_model_under_load_is_refused_and_the_old_one_answers_on(tmp_path):
    model = build_model_dir(tmp_path / "model")
    old = Predictor.load(model).fingerprint
    (tmp_path / "keys").write_text(KEY)
    problems = []

    def break_it():
        (model / "head.onnx").write_bytes(b"broken")
        changed(model)
        (model / "text.onnx").write_bytes(b"broken")
        try:
            get(port, "/v1/model", KEY, "POST")
        except urllib.error.HTTPError as error:
            problems.append(json.loads(error.read()))

    keyed = [
        r.replace(b"\r\n", f"\r\nAuthorization: Bearer {KEY}\r\n".encode(), 1) for r in REQUESTS
    ]
    with started("--model", model, "--key-file", tmp_path / "keys") as (_, port):
        load, models = asyncio.run(under_load(port, break_it, requests=keyed))
    assert [problem["status"] for problem in problems] == [409]
    assert load.failed == 0
    assert models == {old}


def test_a_model_taken_up_by_one_process_is_taken_up_by_all(tmp_path):
    model = build_model_dir(tmp_path / "model")
    (tmp_path / "keys").write_text(KEY)
    with started("--model", model, "--key-file", tmp_path / "keys", "--workers", 2) as (_, port):
        time.sleep(4)
        changed(model)
        new = Predictor.load(model).fingerprint
        assert get(port, "/v1/model", KEY, "POST")["changed"]
        until = time.monotonic() + 20
        while time.monotonic() < until:
            seen = {get(port, "/v1/model", KEY)["fingerprint"] for _ in range(20)}
            if seen == {new}:
                break
        assert seen == {new}


def test_several_processes_give_the_same_answers_bit_for_bit(tmp_path):
    model = build_model_dir(tmp_path / "model")

    async def answers(port):
        # A connection of its own for each, so that any process may get it, and in batches.
        async def one(request):
            connection = Connection(port)
            _, body = await connection.ask(request)
            connection.close()
            return json.loads(body)["answers"]

        return await asyncio.gather(*(one(request) for request in REQUESTS * 4))

    with started("--model", model, "--workers", 2) as (_, port):
        time.sleep(4)
        several = asyncio.run(answers(port))
    predictor = Predictor.load(model)
    alone = []
    for name in ("boots", "sandals", "bag", "jeans"):
        for colour in ("red", "blue", "green"):
            alone.append(predictor.predict(name, image=encoded(colour)).to_dict())
    for place, (answer,) in enumerate(several):
        expected = alone[place % len(alone)]
        assert {name: answer[name] for name in expected} == json.loads(json.dumps(expected))


def test_processes_end_with_their_parent_even_where_it_is_killed(tmp_path):
    model = build_model_dir(tmp_path / "model")
    with started("--model", model, "--workers", 2) as (process, port):
        time.sleep(4)
        process.kill()
        process.wait()
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                get(port, "/healthz")
            except OSError:
                return
            time.sleep(0.2)
    raise AssertionError("They answer on.")


def test_a_process_that_dies_is_replaced(tmp_path):
    model = build_model_dir(tmp_path / "model")
    with started("--model", model, "--workers", 2) as (process, port):
        time.sleep(4)
        children = subprocess.run(
            ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True
        ).stdout.split()
        os.kill(int(children[-1]), signal.SIGKILL)
        time.sleep(1)
        wait_for(port)
        load = asyncio.run(closed_loop(port, REQUESTS, 4, most=50))
        assert load.answered == 50
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_no_two_services_share_a_folder_of_jobs(tmp_path):
    settings = ServeSettings(port=0, jobs_folder=tmp_path / "jobs")
    first = lock_jobs(settings)
    with pytest.raises(ConfigError, match="Another service"):
        serve(settings)
    first.close()
    lock_jobs(settings).close()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--host", "0.0.0.0"], "there are no keys"),
        (["--model", "/nowhere"], "No model"),
        (["--corpus", "shop.db"], "There is no index"),
        (["--key-file", "/nowhere"], "cannot be read"),
        (["--host", "203.0.113.7", "--key-file", "KEYS"], "cannot be listened at"),
    ],
)
def test_what_cannot_be_served_is_told_in_a_line(tmp_path, options, told):
    (tmp_path / "keys").write_text(KEY)
    options = [str(tmp_path / "keys") if word == "KEYS" else word for word in options]
    done = subprocess.run(
        [sys.executable, "-m", "prodcat", "serve", "--port", "0", *options],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        timeout=60,
    )
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
