"""The compatible server as a command. What it answers is tested in tests/shopstyle."""

import os
import re
import signal
import subprocess
import sys
from http.client import HTTPConnection

import pytest

from tests.conftest import REPOSITORY
from tests.shopstyle.options import read_options


def test_help_teaches(capsys):
    with pytest.raises(SystemExit):
        read_options(["--help"])
    said = capsys.readouterr().out
    for word in ("python -m crawler shopstyle", "--faults 0.1", "robots=server_error", "no_id"):
        assert word in said


def test_options_are_read():
    options = read_options(
        [
            "a.db",
            "--faults",
            "0.1",
            "--fault",
            "reset=0.3",
            "--pin",
            "7=no_id",
            "--pin",
            "image=slow",
        ]
    )
    assert (options.port, options.faults, options.fault) == (8080, 0.1, [("reset", 0.3)])
    assert options.pin == [("7", "no_id"), ("image", "slow")]


@pytest.mark.parametrize(
    "wrong", [["--faults", "2"], ["--fault", "rest=0.1"], ["--pin", "no_id"], ["--pin", "7=rest"]]
)
def test_wrong_options_are_refused(capsys, wrong):
    with pytest.raises(SystemExit) as stop:
        read_options(["a.db", *wrong])
    assert stop.value.code == 2
    assert "error: argument" in capsys.readouterr().err


@pytest.mark.slow
def test_it_serves_until_interrupted(toy_corpus):
    command = [sys.executable, "-m", "tests.shopstyle_server", str(toy_corpus), "--port", "0"]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY, env=os.environ
    )
    try:
        lines = [running.stdout.readline() for _ in range(3)]
        assert lines[0] == "240 products, 13 categories (8 leaves). The API begins at\n"
        port = int(re.fullmatch(r" +http://127\.0\.0\.1:(\d+)/api/v2\n", lines[1])[1])
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/api/v2/categories?pid=demo")
        assert connection.getresponse().status == 200
        connection.close()
        running.send_signal(signal.SIGINT)
        rest, _ = running.communicate(timeout=30)
    finally:
        running.kill()
        running.wait()
    assert running.returncode == 0
    assert rest.endswith("Answered: 1 categories.\n")
