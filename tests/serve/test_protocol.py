import socket
import time

import pytest

from prodcat.serve.settings import Limits
from tests.serve.serving import served

ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def quick(model_dir):
    limits = Limits(header_s=0.4, stall_s=0.5, connections=5)
    with served(model_dir, limits=limits) as running:
        yield running


def connect(service):
    return socket.create_connection(("127.0.0.1", service.port), timeout=10)


def ended_after(connection, began):
    """Return how long it took until the other side ended the connection."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - began


@pytest.mark.parametrize("beginning", [b"", b"GET /heal", b"GET /healthz HTTP/1.1\r\nHost: lo"])
def test_a_head_that_does_not_come_ends_the_connection(quick, beginning):
    with connect(quick) as connection:
        connection.sendall(beginning)
        assert 0.2 < ended_after(connection, time.monotonic()) < 3


def test_a_head_that_trickles_does_not_put_the_clock_back(quick):
    with connect(quick) as connection:
        began = time.monotonic()
        connection.settimeout(0.1)
        while time.monotonic() - began < 5:
            try:
                connection.sendall(b"a")
                if not connection.recv(100):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() - began < 3


def test_a_second_request_s_head_is_held_to_it_too(quick):
    with connect(quick) as connection:
        connection.sendall(ASK)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /")
        assert ended_after(connection, time.monotonic()) < 3


@pytest.mark.parametrize("before", [b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"])
@pytest.mark.parametrize("endless", [b"GET /", b"GET / HTTP/1.1\r\nA: ", b"GET / HTTP/1.1\r\n"])
def test_a_head_without_end_is_not_kept(service, before, endless):
    piece = b"B: b\r\n" * 10_000 if endless.endswith(b"\n") else b"a" * 70_000
    with connect(service) as connection:
        connection.sendall(before + endless)
        sent, answer = 0, b""
        try:
            while sent < 50_000_000:
                sent += connection.send(piece)
            while more := connection.recv(4096):
                answer += more
        except OSError:
            pass  # it was ended while more was sent
    assert sent < 20_000_000


def test_a_head_that_is_too_long_is_told_so(quick):
    with connect(quick) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nA: " + b"a" * 66_000)
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 431")
    assert b"application/problem+json" in answer


def test_what_is_no_http_is_told_as_a_problem(quick):
    with connect(quick) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"application/problem+json" in answer


def test_more_connections_than_allowed_are_told_so(quick):
    others = [connect(quick) for _ in range(5)]
    for other in others:
        other.sendall(ASK)
        assert other.recv(4096)
    with connect(quick) as one_more:
        one_more.settimeout(5)
        assert one_more.recv(4096).startswith(b"HTTP/1.1 503")
    for other in others:
        other.close()


def test_a_client_that_takes_nothing_is_cut(quick):
    with connect(quick) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ask = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        began, sent = time.monotonic(), 0
        connection.settimeout(1.0)
        try:
            while time.monotonic() - began < 10:
                sent += connection.send(ask * 200)
        except OSError:
            pass  # it was cut, or takes no more requests either
        time.sleep(1.5)
    connections = quick.app.service.metrics.open_requests
    until = time.monotonic() + 5
    while connections._value.get() > 0 and time.monotonic() < until:
        time.sleep(0.05)
    assert connections._value.get() == 0
