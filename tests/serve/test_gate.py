import json
import logging
import socket
import time

import pytest

from prodcat.serve.access_log import logger
from prodcat.serve.settings import Limits
from tests.serve.serving import KEY, served

SECRET = "a-word-of-the-product"


def raw(port, data, *, wait=10.0):
    """Send bytes and return all that comes back until the connection ends."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as connection:
        connection.sendall(data)
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": KEY},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": f"Bearer {KEY}x"},
        {"Authorization": "Bearer "},
    ],
)
@pytest.mark.parametrize("path", ["/v1/model", "/v1/jobs", "/metrics", "/v1/nothing"])
def test_without_a_key_nothing_is_told(guarded, headers, path):
    response = guarded.ask("GET", path, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["type"] == "urn:prodcat:no-key"


@pytest.mark.parametrize("key", [KEY, "another-key-of-the-same"])
def test_each_key_opens(guarded, key):
    headers = {"Authorization": f"Bearer {key}"}
    assert guarded.ask("GET", "/v1/model", headers=headers).status_code == 200


def test_the_page_and_its_document_are_there_without_a_key(guarded):
    assert guarded.ask("GET", "/").status_code == 200
    assert guarded.ask("GET", "/openapi.json").status_code == 200


@pytest.mark.parametrize("host", ["shop.example", "127.0.0.1.shop.example", "169.254.1.1:80", ""])
def test_a_name_that_leads_here_from_elsewhere_is_refused(service, host):
    response = service.ask("GET", "/v1/model", headers={"Host": host})
    assert response.json()["type"] == "urn:prodcat:other-host"
    assert response.status_code == 403


def test_a_name_that_was_told_is_let_in(model_dir):
    with served(model_dir, names=("shop.example",)) as service:
        response = service.ask("GET", "/v1/model", headers={"Host": "Shop.example:80"})
    assert response.status_code == 200


def test_pages_of_other_sites_are_refused_and_get_no_permission(service):
    for method in ("POST", "OPTIONS"):
        response = service.ask(
            method, "/v1/predict", headers={"Origin": "https://shop.example"}, json={}
        )
        assert response.status_code == 403
        assert not [name for name in response.headers if name.lower().startswith("access-control")]
    own = service.ask("GET", "/v1/model", headers={"Origin": service.url})
    assert own.status_code == 200


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(service):
    head = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n"
    answer = raw(service.port, head)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer


def test_a_body_that_does_not_say_is_cut_where_it_is_too_large(model_dir):
    with served(model_dir, limits=Limits(body_bytes=10_000)) as service:
        pieces = (b" " * 5000 for _ in range(10))
        headers = {"Content-Type": "application/json"}
        response = service.ask("POST", "/v1/predict", data=pieces, headers=headers)
    assert response.status_code == 413


def test_a_body_that_stalls_is_refused(model_dir):
    with served(model_dir, limits=Limits(stall_s=0.3)) as service:
        head = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        answer = raw(service.port, head + b"Content-Length: 100\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408")


def test_a_body_that_trickles_is_refused(model_dir):
    limits = Limits(stall_s=0.5, least_bytes_s=1000)
    with served(model_dir, limits=limits) as service:
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
            connection.sendall(
                b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/json\r\nContent-Length: 10000\r\n\r\n"
            )
            connection.settimeout(0.1)
            answer = b""
            while not answer and time.monotonic() - began < 8:
                connection.sendall(b" ")
                try:
                    answer = connection.recv(4096)
                except TimeoutError:
                    continue
    assert answer.startswith(b"HTTP/1.1 408")


def test_bodies_together_take_no_more_than_their_room_and_give_it_back(model_dir):
    limits = Limits(body_bytes=60_000, bodies_bytes=100_000)
    head = (
        b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 55000\r\n\r\n"
    )
    with served(model_dir, limits=limits) as service:
        first = socket.create_connection(("127.0.0.1", service.port), timeout=10)
        first.sendall(head + b" " * 54_000)
        while service.app.service.bodies_bytes < 54_000:
            time.sleep(0.01)
        refused = raw(
            service.port, head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + b" " * 55_000
        )
        first.close()
        until = time.monotonic() + 10
        while service.app.service.bodies_bytes and time.monotonic() < until:
            time.sleep(0.01)
        assert service.app.service.bodies_bytes == 0
    assert refused.startswith(b"HTTP/1.1 429")
    assert b"Retry-After" in refused or b"retry-after" in refused


def test_a_fault_of_ours_is_told_as_a_problem_and_the_rest_goes_on(service, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError(SECRET)

    model = service.app.service.models.current
    monkeypatch.setattr(model.predictor, "predict", fail)
    monkeypatch.setattr(model.batches, "predict_many", fail)
    response = service.predict({"name": "boots"})
    monkeypatch.undo()
    assert (response.status_code, response.json()["type"]) == (500, "urn:prodcat:fault")
    assert SECRET not in response.text
    assert service.predict({"name": "boots"}).status_code == 200


def test_a_full_queue_says_when_to_come_back(service):
    batcher = service.app.service.batcher
    batcher._room_taken += batcher.limit
    try:
        response = service.predict({"name": "boots"})
    finally:
        batcher._room_taken -= batcher.limit
    assert response.status_code == 429
    assert int(response.headers["retry-after"]) >= 1
    assert service.predict({"name": "boots"}).status_code == 200


@pytest.fixture
def lines():
    logged: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record):
            logged.append(record.getMessage())

    handler, level = Keep(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield logged
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_the_log_has_what_was_asked_and_nothing_of_the_product(service, lines):
    service.predict({"id": SECRET, "name": SECRET, "description": SECRET})
    service.ask("POST", "/v1/predict", json={SECRET: SECRET})
    service.ask("GET", f"/v1/categories?q={SECRET}")
    service.ask("GET", f"/{SECRET}")
    until = time.monotonic() + 5
    while len(lines) < 4 and time.monotonic() < until:
        time.sleep(0.01)
    first = json.loads(lines[0])
    assert (first["route"], first["status"], first["products"]) == ("/v1/predict", 200, 1)
    assert len(lines) == 4
    assert not [line for line in lines if SECRET in line]


def test_a_request_keeps_its_id_if_it_is_one(service):
    given = service.ask("GET", "/healthz", headers={"X-Request-Id": "shop-7"})
    assert given.headers["x-request-id"] == "shop-7"
    made = service.ask("GET", "/healthz", headers={"X-Request-Id": "no id at all; it is too long"})
    assert len(made.headers["x-request-id"]) == 32
