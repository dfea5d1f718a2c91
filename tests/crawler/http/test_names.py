import socket
import threading
import time

import pytest

from crawler.http.names import Names


@pytest.fixture
def silent(monkeypatch):
    """A name server that says nothing until it is set."""
    answers, find = threading.Event(), socket.getaddrinfo

    def wait(host, *rest):
        if host == "silent.example":
            answers.wait(30)
            raise socket.gaierror("no answer")
        return find(host, *rest)

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    yield answers
    answers.set()


def soon(seconds=0.05):
    return time.monotonic() + seconds


def test_a_name_is_looked_up():
    found = Names().find("127.0.0.1", 80, deadline=float("inf"))
    assert [info[4] for info in found] == [("127.0.0.1", 80)]


@pytest.mark.parametrize("error", [socket.gaierror("no such name"), UnicodeError("no name")])
def test_what_is_wrong_with_a_name_is_told_as_ever(monkeypatch, error):
    def refuse(*_):
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(type(error)):
        Names().find("shop", 80, deadline=soon(10))


def test_a_silent_name_server_is_not_waited_for(silent):
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        Names().find("silent.example", 80, deadline=soon())
    assert time.monotonic() - began < 5


def test_lookups_that_hang_are_bounded_and_end_by_themselves(silent):
    names, before = Names(most=2), threading.active_count()
    for _ in range(6):
        with pytest.raises(TimeoutError):
            names.find("silent.example", 80, deadline=soon())
    assert threading.active_count() == before + 2
    # All threads wait: even a name that is known has to wait for one of them.
    with pytest.raises(TimeoutError):
        names.find("127.0.0.1", 80, deadline=soon())
    silent.set()
    assert names.find("127.0.0.1", 80, deadline=soon(10))
    assert threading.active_count() == before + 2


def test_one_thread_is_enough_for_one_name_after_the_other():
    names, before = Names(), threading.active_count()
    for _ in range(20):
        names.find("127.0.0.1", 80, deadline=soon(10))
    assert threading.active_count() <= before + 2
