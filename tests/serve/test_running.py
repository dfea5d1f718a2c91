"""The service as processes that are started, told and ended as an operator does it."""

import asyncio
import io
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error

import pytest

from experiments.benchmarks.serving.load import Connection, closed_loop
from prodcat.errors import ConfigError
from prodcat.inference.predictor import Predictor
from prodcat.serve.access_log import Patient
from prodcat.serve.running import listen, lock_jobs, serve
from prodcat.serve.settings import ServeSettings
from tests.cli.running import run
from tests.model_files import encoded
from tests.serve.processes import KEYED, get, put_model, started, under_load
from tests.serve.serving import KEY
from tests.serve.test_models import changed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    file = tmp_path_factory.mktemp("keys") / "keys"
    file.write_text(KEY)
    return file


@pytest.fixture(scope="module")
def one(tmp_path_factory, keys):
    """A service of one process: the process, its port and the folder of its model."""
    model = tmp_path_factory.mktemp("one") / "model"
    put_model(model)
    with started("--model", model, "--key-file", keys) as (process, port):
        yield process, port, model


@pytest.fixture(scope="module")
def two(tmp_path_factory, keys):
    """The same of two processes."""
    model = tmp_path_factory.mktemp("two") / "model"
    put_model(model)
    with started("--model", model, "--key-file", keys, workers=2) as (process, port):
        yield process, port, model


def test_a_new_model_under_load_is_taken_up_and_loses_no_request(one):
    process, port, model = one
    old = get(port, "/v1/model", KEY)["fingerprint"]
    new = []

    def replace_it():
        new.append(put_model(model, other=True))
        process.send_signal(signal.SIGHUP)

    load, models = asyncio.run(under_load(port, replace_it, until=lambda models: len(models) > 1))
    assert load.failed == 0
    assert set(load.statuses) == {200}
    assert models == {old, *new}


def test_a_wrong_model_under_load_is_refused_and_the_old_one_answers_on(one):
    _, port, model = one
    old = get(port, "/v1/model", KEY)["fingerprint"]
    problems = []

    def break_it():
        put_model(model)
        (model / "head.onnx").write_bytes(b"broken")
        changed(model)
        (model / "text.onnx").write_bytes(b"broken")
        try:
            get(port, "/v1/model", KEY, "POST")
        except urllib.error.HTTPError as error:
            problems.append(json.loads(error.read()))

    load, models = asyncio.run(under_load(port, break_it, until=bool))
    assert [problem["status"] for problem in problems] == [409]
    assert str(model) not in json.dumps(problems)
    assert load.failed == 0
    assert models == {old}


def test_a_model_that_is_gone_leaves_the_old_one_to_answer(one):
    process, port, model = one
    old = get(port, "/v1/model", KEY)["fingerprint"]

    def remove_it():
        shutil.rmtree(model)
        process.send_signal(signal.SIGHUP)

    load, models = asyncio.run(under_load(port, remove_it, until=bool))
    assert (load.failed, models) == (0, {old})


def test_several_processes_give_the_same_answers_bit_for_bit(two):
    _, port, model = two

    async def answers():
        # A connection of its own for each, so that any process may get it, and in batches.
        async def ask(request):
            connection = Connection(port)
            _, body = await connection.ask(request)
            connection.close()
            return json.loads(body)["answers"]

        return await asyncio.gather(*(ask(request) for request in KEYED * 4))

    several = asyncio.run(answers())
    predictor = Predictor.load(model)
    alone = []
    for name in ("boots", "sandals", "bag", "jeans"):
        for colour in ("red", "blue", "green"):
            alone.append(predictor.predict(name, image=encoded(colour)).to_dict())
    for place, (answer,) in enumerate(several):
        expected = alone[place % len(alone)]
        assert {name: answer[name] for name in expected} == json.loads(json.dumps(expected))


def test_a_model_taken_up_by_one_process_is_taken_up_by_all(two):
    _, port, model = two
    new = put_model(model, other=True)
    assert get(port, "/v1/model", KEY, "POST")["changed"]
    until = time.monotonic() + 60
    while time.monotonic() < until:
        seen = {get(port, "/v1/model", KEY)["fingerprint"] for _ in range(20)}
        if seen == {new}:
            break
    assert seen == {new}


def test_a_process_that_dies_is_replaced(two):
    process, port, _ = two

    def children():
        done = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True)
        return {int(pid) for pid in done.stdout.split()}

    before = children()
    os.kill(max(before), signal.SIGKILL)
    until = time.monotonic() + 60
    while len(children() - before) < 1 and time.monotonic() < until:
        time.sleep(0.05)
    load = asyncio.run(closed_loop(port, KEYED, 4, most=50))
    assert load.answered == 50


@pytest.mark.parametrize("service", ["one", "two"])
def test_sigterm_under_load_loses_no_request_and_ends_well(service, request):
    process, port, _ = request.getfixturevalue(service)
    load, _ = asyncio.run(
        under_load(
            port, lambda: process.send_signal(signal.SIGTERM), until=lambda _: False, clients=16
        )
    )
    assert process.wait(timeout=30) == 0
    assert load.failed == 0
    assert load.answered > 50
    assert set(load.statuses) <= {200, 429}


def test_processes_end_with_their_parent_even_where_it_is_killed(tmp_path):
    put_model(tmp_path / "model")
    with started("--model", tmp_path / "model", workers=2) as (process, port):
        process.kill()
        process.wait()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                get(port, "/healthz")
            except OSError:
                return
            time.sleep(0.1)
    raise AssertionError("They answer on.")


@pytest.fixture
def no_log(monkeypatch):
    """Leave the log of the tests as it is."""
    monkeypatch.setattr("prodcat.serve.running.log_as_json", lambda: Patient(io.StringIO()))


def test_no_two_services_share_a_folder_of_jobs(tmp_path, no_log):
    settings = ServeSettings(port=0, jobs_folder=tmp_path / "jobs")
    first = lock_jobs(settings)
    with pytest.raises(ConfigError, match="Another service"):
        serve(settings)
    first.close()
    lock_jobs(settings).close()


def test_no_two_services_listen_at_one_port(no_log):
    first = listen(ServeSettings(port=0))
    with pytest.raises(ConfigError, match="cannot be listened at"):
        serve(ServeSettings(port=first.getsockname()[1]))
    first.close()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--host", "0.0.0.0"], "there are no keys"),
        (["--model", "/nowhere"], "No model"),
        (["--corpus", "nowhere.db"], "nowhere.db. Make one with"),
        (["--key-file", "/nowhere"], "cannot be read"),
        (["--host", "203.0.113.7", "--key-file", "KEYS"], "cannot be listened at"),
    ],
)
def test_what_cannot_be_served_is_told_in_a_line(keys, no_log, options, told):
    options = [str(keys) if word == "KEYS" else word for word in options]
    assert told in run("serve", "--port", "0", *options, status=1).output
