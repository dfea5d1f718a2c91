"""Everything that can go wrong with an answer of the ShopStyle-compatible server."""

import json
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import cache
from math import ceil
from time import time
from typing import Any

from tests.shopstyle.calls import LOOP_PATH, Answer
from tests.shopstyle.replies import Reply, Step

HUGE_BYTES = 2 << 30
BLOCK = bytes(1 << 20)
BOMB_BLOCKS = 512
"""Decompressed megabytes of a gzip bomb."""
BOMB_SIDE = 30_000
"""Pixels of a picture bomb, each way."""


@dataclass(frozen=True)
class FaultSettings:
    """How bad the faults are."""

    latency_s: float = 1.0
    retry_after_s: float = 1.0
    slow_s: float = 3.0
    """How long a dribbled answer takes."""
    private_urls: tuple[str, ...] = ("http://127.0.0.2:9/latest/meta-data/",)
    """Where redirects into private networks lead; by default nowhere beyond this machine."""


def error_reply(reply: Reply, status: int, name: str, message: str, **headers: str) -> list[Step]:
    """Send an error in the form that the API's errors have."""
    body = {"errorCode": status, "errorName": name, "errorMessage": message}
    headers = {n.replace("_", "-"): value for n, value in headers.items()}
    headers["Content-Type"] = "application/json;charset=utf-8"
    return [Step(plain(reply, json.dumps(body).encode(), status, headers).encode())]


def plain(
    reply: Reply, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Reply:
    """Put another body into a reply, uncompressed."""
    content_type = {"Content-Type": reply.headers.get("Content-Type", "application/json")}
    return Reply(status, body, content_type | dict(headers or {}), reply.keep, reply.head_only)


def be_late(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """The right answer, later."""
    return [Step(reply.encode(), wait_s=settings.latency_s)]


def be_too_many(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """429, with the seconds to wait."""
    seconds = str(ceil(settings.retry_after_s))
    return error_reply(reply, 429, "RateLimitExceeded", "Too many.", Retry_After=seconds)


def be_too_many_date(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """429, with the time to wait for."""
    when = formatdate(ceil(time() + settings.retry_after_s), usegmt=True)
    return error_reply(reply, 429, "RateLimitExceeded", "Too many.", Retry_After=when)


def be_server_error(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """500, 502 or 503."""
    status = (500, 502, 503)[len(answer.body) % 3]
    return error_reply(reply, status, "InternalError", "Something went wrong.")


def be_reset(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """Half of the answer, then a reset connection."""
    data = reply.encode()
    half = len(data) - len(reply.body) // 2
    return [Step(data[:half]), Step(wait_s=0.02, cut="reset")]


def be_slow(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """The right answer, dribbled."""
    data, pieces = reply.encode(), 100
    size = max(16, -(-len(data) // pieces))
    cuts = range(0, len(data), size)
    return [Step(data[at : at + size], wait_s=settings.slow_s / len(cuts)) for at in cuts]


def be_longer(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """A Content-Length that says more than comes."""
    reply.length, reply.keep = len(reply.body) + 1000, False
    return [Step(reply.encode(), cut="close")]


def be_shorter(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """A Content-Length that says half of what comes."""
    reply.length = len(reply.body) // 2
    return [Step(reply.encode())]


def be_cut_in_head(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """Headers that end before the one that says how long the body is."""
    head, _, _ = reply.head().partition(b"Content-Length")
    return [Step(head, cut="close")]


def be_cut_in_chunks(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """Half of the body in a chunk, and of the size of the next one only the first digit."""
    half = reply.body[: len(reply.body) // 2]
    reply.headers["Transfer-Encoding"], reply.length = "chunked", -1
    return [Step(reply.head() + b"%x\r\n%b\r\n0" % (len(half), half), cut="close")]


def redirect_in_circles(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """A redirect that leads to itself."""
    return [Step(plain(reply, b"", 302, {"Location": LOOP_PATH}).encode())]


def redirect_inside(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """A redirect into a private network."""
    url = settings.private_urls[len(answer.body) % len(settings.private_urls)]
    return [Step(plain(reply, b"", 302, {"Location": url}).encode())]


def be_gzip_bomb(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """A small body that becomes a very large one."""
    bomb = plain(reply, gzip_bomb(), headers={"Content-Encoding": "gzip"})
    return [Step(bomb.encode())]


def be_html(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """A page for people, with status 200."""
    page = b"<!doctype html><title>Back soon</title><p>We are down for maintenance."
    return [Step(plain(reply, page, headers={"Content-Type": "text/html"}).encode())]


def be_huge(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """A body of 2 GB, announced and, to whoever goes on reading, really sent."""
    huge = plain(reply, answer.body)
    huge.length = len(answer.body) + HUGE_BYTES
    return [Step(huge.encode()), Step(BLOCK, times=HUGE_BYTES // len(BLOCK))]


def be_endless(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """As huge, but nothing is announced."""
    huge = plain(reply, answer.body)
    huge.length, huge.keep = -1, False
    return [Step(huge.encode()), Step(BLOCK, times=HUGE_BYTES // len(BLOCK), cut="close")]


def be_truncated(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """JSON that ends in the middle."""
    return [Step(plain(reply, answer.body[: len(answer.body) * 2 // 3]).encode())]


def miss_keys(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """An object without some of its keys: without all, the data, or the metadata."""
    value = json.loads(answer.body)
    main = {"categories": "categories", "products": "products", "related": "products"}
    gone = [set(value), {main.get(answer.kind, "id")}, {"metadata"}][len(answer.body) % 3]
    spoiled = {key: inner for key, inner in value.items() if key not in gone}
    if spoiled == value:
        spoiled = {}
    return [Step(plain(reply, json.dumps(spoiled).encode()).encode())]


def say_error(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """An error inside an answer with status 200."""
    body = {"errorCode": 500, "errorName": "InternalError", "errorMessage": "Try again."}
    return [Step(plain(reply, json.dumps(body).encode()).encode())]


def be_corrupt(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """A picture of which only the beginning is one."""
    data = answer.body
    return [Step(plain(reply, data[: len(data) // 4] + b"\0" * 20).encode())]


def be_pixel_bomb(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """A small file with very many pixels."""
    return [Step(plain(reply, pixel_bomb(), headers={"Content-Type": "image/png"}).encode())]


def be_empty(settings: FaultSettings, reply: Reply, answer: Answer) -> list[Step]:
    """Status 200 and no body."""
    return [Step(plain(reply, b"").encode())]


Fault = Callable[[FaultSettings, Reply, Answer], list[Step]]
ANYWHERE: dict[str, Fault] = {
    "latency": be_late,
    "too_many": be_too_many,
    "too_many_date": be_too_many_date,
    "server_error": be_server_error,
    "reset": be_reset,
    "slow": be_slow,
    "length_long": be_longer,
    "length_short": be_shorter,
    "head_cut": be_cut_in_head,
    "chunks_cut": be_cut_in_chunks,
    "redirect_loop": redirect_in_circles,
    "redirect_private": redirect_inside,
    "gzip_bomb": be_gzip_bomb,
    "html": be_html,
    "huge": be_huge,
    "endless": be_endless,
    "empty": be_empty,
}
IN_JSON: dict[str, Fault] = {
    "truncated": be_truncated,
    "missing_keys": miss_keys,
    "error_body": say_error,
}
IN_PICTURES: dict[str, Fault] = {"corrupt": be_corrupt, "pixel_bomb": be_pixel_bomb}
KINDS = ANYWHERE | IN_JSON | IN_PICTURES
"""Every fault that an answer can have."""

WITHOUT_BODY = {"latency", "too_many", "too_many_date", "server_error"}
"""Those that an answer without a body can have too."""

OPTIONAL = ("image", "brand", "retailer", "description", "colors", "sizes", "locale", "clickUrl")
SPOILED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "no_id": lambda p: {key: value for key, value in p.items() if key != "id"},
    "bare": lambda p: {key: value for key, value in p.items() if key not in OPTIONAL},
    "no_name": lambda p: p | {"name": None},
    "wrong_types": lambda p: p | {"id": [], "name": {}, "categories": "none", "image": 7},
    "path_trick": lambda p: p | {"id": "../../etc/passwd"},
    "file_url": lambda p: p | {"image": picture_at("file:///etc/passwd")},
    "private_url": lambda p: p | {"image": picture_at("http://127.0.0.2:9/latest/")},
    "no_object": lambda p: {"0": None},
}
"""Every way in which the object of a product can be malformed, for good."""


def picture_at(url: str) -> dict[str, Any]:
    """A picture object whose every size is somewhere else."""
    return {"id": "0" * 32, "sizes": {n: {"sizeName": n, "url": url} for n in ("Best", "XLarge")}}


def fits(kind: str, answer: Answer) -> bool:
    """Whether a fault can befall such an answer."""
    if kind in IN_PICTURES:
        return answer.kind == "image"
    return kind not in IN_JSON or "json" in answer.content_type


@cache
def gzip_bomb() -> bytes:
    """Zeros, compressed a thousandfold.

    Every block is compressed by itself, so one can be repeated.
    """
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(BLOCK) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(BOMB_BLOCKS):
        checksum = zlib.crc32(BLOCK, checksum)
    tail = zlib.compressobj(9, wbits=-15).flush()
    size = len(BLOCK) * BOMB_BLOCKS
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    return head + block * BOMB_BLOCKS + tail + struct.pack("<II", checksum, size % 2**32)


@cache
def pixel_bomb() -> bytes:
    """A grey PNG of `BOMB_SIDE` pixels each way, of which the first rows are there."""
    parts = [b"\x89PNG\r\n\x1a\n"]
    header = struct.pack(">IIBBBBB", BOMB_SIDE, BOMB_SIDE, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes((BOMB_SIDE + 1) * 100), 9)
    for name, data in ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")):
        checksum = zlib.crc32(data, zlib.crc32(name))
        parts += [struct.pack(">I", len(data)), name, data, struct.pack(">I", checksum)]
    return b"".join(parts)
