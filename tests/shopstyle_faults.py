"""What can go wrong with an answer of the ShopStyle-compatible server, and when it does."""

import json
import socket
import struct
import zlib
from asyncio import Transport
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from math import ceil
from time import time
from typing import Any

from tests.shopstyle_api import Answer
from tests.shopstyle_corpus import Listing

HUGE_BYTES = 2 << 30
BLOCK = bytes(1 << 20)
BOMB_BLOCKS = 512
"""Decompressed megabytes of a gzip bomb."""
BOMB_SIDE = 30_000
"""Pixels of a picture bomb, each way."""


@dataclass
class Reply:
    """Status, headers and body, before they are sent."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    keep: bool = True
    head_only: bool = False
    length: int | None = None
    """The length to claim; that of the body if None, and none at all if negative."""

    def head(self) -> bytes:
        """The status line and the headers."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"Date: {formatdate(time(), usegmt=True)}", "Server: shopstyle-compatible"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        length = len(self.body) if self.length is None else self.length
        if length >= 0 and self.status != 304:
            lines.append(f"Content-Length: {length}")
        lines.append(f"Connection: {'keep-alive' if self.keep else 'close'}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def encode(self) -> bytes:
        """All that is sent."""
        return self.head() if self.head_only else self.head() + self.body


@dataclass(frozen=True)
class Step:
    """One step of sending: wait, send so many times, cut the connection."""

    data: bytes = b""
    wait_s: float = 0.0
    times: int = 1
    cut: str = ""
    """``close`` or ``reset`` the connection afterwards."""

    def cut_off(self, transport: Transport) -> None:
        """End the connection as `cut` says."""
        if self.cut == "reset":
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()


@dataclass(frozen=True)
class Faults:
    """How often answers are faulty, and in which ways.

    What happens to a request follows from the seed, its URL and how often that URL was asked
    for before, so a retry is answered rightly sooner or later.
    """

    share: float = 0.0
    """Share of the answers with any fault, spread evenly over all kinds that fit the answer."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """Kind → share of the answers that have this one; these kinds are not among the others."""
    pinned: Mapping[str, str] = field(default_factory=dict)
    """What has a fault always: the id of a product (its picture and its own page; with
    `SPOILED`, its object wherever it stands), picture or category, or a kind of request
    (``image``, ``robots``, ``categories``, ...) → the fault."""
    seed: int = 0
    longest_run: int = 2
    """How many faulty answers one URL gets in a row at most."""
    latency_s: float = 1.0
    retry_after_s: float = 1.0
    slow_s: float = 3.0
    """How long a dribbled answer takes."""
    private_urls: tuple[str, ...] = ("http://127.0.0.2:9/latest/meta-data/",)
    """Where redirects into private networks lead; by default nowhere beyond this machine."""

    def __post_init__(self) -> None:
        unknown = {*self.shares, *self.pinned.values()} - {*KINDS, *SPOILED}
        if unknown:
            known = ", ".join([*KINDS, *SPOILED])
            raise ValueError(f"Unknown fault {sorted(unknown)[0]!r}. Choose from: {known}.")

    def choose(self, key: str, attempt: int, answer: Answer) -> str:
        """Return the fault of an answer; empty for none."""
        for name in answer.names:
            if self.pinned.get(name) in KINDS:
                return self.pinned[name]
        if answer.status != 200 or answer.kind in ("robots", "other"):
            return ""
        if not self.share and not self.shares:
            return ""
        run = 0
        while (
            run < attempt - 1
            and run < self.longest_run
            and self._draw(key, attempt - 1 - run, answer)
        ):
            run += 1
        # A run that began earlier may have been cut before, so this errs on the side of mercy.
        return "" if run >= self.longest_run else self._draw(key, attempt, answer)

    def _draw(self, key: str, attempt: int, answer: Answer) -> str:
        digest = sha256(f"{self.seed} {attempt} {key}".encode()).digest()
        chance = int.from_bytes(digest[:6], "big") / 2**48
        fitting = [kind for kind in KINDS if fits(kind, answer)]
        others = [kind for kind in fitting if kind not in self.shares]
        for kind in fitting:
            chance -= self.shares.get(kind, self.share / len(others) if others else 0.0)
            if chance < 0:
                return kind
        return ""

    def steps(self, kind: str, reply: Reply, answer: Answer) -> list[Step]:
        """Turn a sound reply into a faulty one."""
        if reply.head_only and kind not in ("latency", "too_many", "too_many_date", "server_error"):
            return [Step(reply.encode())]
        return KINDS[kind](self, reply, answer)

    def status(self, kind: str, status: int) -> int:
        """The status that the answer with that fault has."""
        changed = {"too_many": 429, "too_many_date": 429, "server_error": 503, "reset": 0}
        changed |= {"redirect_loop": 302, "redirect_private": 302}
        return changed.get(kind, status)

    def spoil_product(self, listing: Listing, product: dict[str, Any]) -> dict[str, Any]:
        """Make the object of a pinned product malformed."""
        kind = self.pinned.get(str(listing.id), "")
        return SPOILED[kind](product) if kind in SPOILED else product


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
    kept = {"Content-Type": reply.headers.get("Content-Type", "application/json")}
    return Reply(status, body, kept | dict(headers or {}), reply.keep, reply.head_only)


def be_late(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """The right answer, later."""
    return [Step(reply.encode(), wait_s=faults.latency_s)]


def be_too_many(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """429, with the seconds to wait."""
    seconds = str(ceil(faults.retry_after_s))
    return error_reply(reply, 429, "RateLimitExceeded", "Too many.", Retry_After=seconds)


def be_too_many_date(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """429, with the time to wait for."""
    when = formatdate(ceil(time() + faults.retry_after_s), usegmt=True)
    return error_reply(reply, 429, "RateLimitExceeded", "Too many.", Retry_After=when)


def be_server_error(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """500, 502 or 503."""
    status = (500, 502, 503)[len(answer.body) % 3]
    return error_reply(reply, status, "InternalError", "Something went wrong.")


def be_reset(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """Half of the answer, then a reset connection."""
    data = reply.encode()
    half = len(data) - len(reply.body) // 2
    return [Step(data[:half]), Step(wait_s=0.02, cut="reset")]


def be_slow(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """The right answer, dribbled."""
    data, pieces = reply.encode(), 100
    size = max(1, -(-len(data) // pieces))
    cuts = range(0, len(data), size)
    return [Step(data[at : at + size], wait_s=faults.slow_s / len(cuts)) for at in cuts]


def be_longer(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """A Content-Length that says more than comes."""
    reply.length, reply.keep = len(reply.body) + 1000, False
    return [Step(reply.encode(), cut="close")]


def be_shorter(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """A Content-Length that says half of what comes."""
    reply.length = len(reply.body) // 2
    return [Step(reply.encode())]


def redirect_in_circles(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """A redirect that leads to itself."""
    return [Step(plain(reply, b"", 302, {"Location": "?loop=1"}).encode())]


def redirect_inside(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """A redirect into a private network."""
    url = faults.private_urls[len(answer.body) % len(faults.private_urls)]
    return [Step(plain(reply, b"", 302, {"Location": url}).encode())]


def be_gzip_bomb(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """A small body that becomes a very large one."""
    bomb = plain(reply, gzip_bomb(), headers={"Content-Encoding": "gzip"})
    return [Step(bomb.encode())]


def be_html(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """A page for people, with status 200."""
    page = b"<!doctype html><title>Back soon</title><p>We are down for maintenance."
    return [Step(plain(reply, page, headers={"Content-Type": "text/html"}).encode())]


def be_huge(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """A body of 2 GB, announced and, to whoever goes on reading, really sent."""
    huge = plain(reply, answer.body)
    huge.length = len(answer.body) + HUGE_BYTES
    return [Step(huge.encode()), Step(BLOCK, times=HUGE_BYTES // len(BLOCK))]


def be_endless(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """As huge, but nothing is announced."""
    huge = plain(reply, answer.body)
    huge.length, huge.keep = -1, False
    return [Step(huge.encode()), Step(BLOCK, times=HUGE_BYTES // len(BLOCK), cut="close")]


def be_truncated(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """JSON that ends in the middle."""
    return [Step(plain(reply, answer.body[: len(answer.body) * 2 // 3]).encode())]


def miss_keys(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """An object without some of its keys: without all, the data, or the metadata."""
    value = json.loads(answer.body)
    main = {"categories": "categories", "products": "products", "related": "products"}
    gone = [set(value), {main.get(answer.kind, "id")}, {"metadata"}][len(answer.body) % 3]
    kept = {key: inner for key, inner in value.items() if key not in gone}
    if kept == value:
        kept = {}
    return [Step(plain(reply, json.dumps(kept).encode()).encode())]


def say_error(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """An error inside an answer with status 200."""
    body = {"errorCode": 500, "errorName": "InternalError", "errorMessage": "Try again."}
    return [Step(plain(reply, json.dumps(body).encode()).encode())]


def be_corrupt(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """A picture of which only the beginning is one."""
    data = answer.body
    return [Step(plain(reply, data[: len(data) // 4] + b"\0" * 20).encode())]


def be_pixel_bomb(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """A small file with very many pixels."""
    return [Step(plain(reply, pixel_bomb(), headers={"Content-Type": "image/png"}).encode())]


def be_empty(faults: Faults, reply: Reply, answer: Answer) -> list[Step]:
    """Status 200 and no body."""
    return [Step(plain(reply, b"").encode())]


Fault = Callable[[Faults, Reply, Answer], list[Step]]
ANYWHERE: dict[str, Fault] = {
    "latency": be_late,
    "too_many": be_too_many,
    "too_many_date": be_too_many_date,
    "server_error": be_server_error,
    "reset": be_reset,
    "slow": be_slow,
    "length_long": be_longer,
    "length_short": be_shorter,
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

OPTIONAL = ("image", "brand", "retailer", "description", "colors", "sizes", "locale", "clickUrl")
SPOILED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "no_id": lambda p: {key: value for key, value in p.items() if key != "id"},
    "bare": lambda p: {key: value for key, value in p.items() if key not in OPTIONAL},
    "no_name": lambda p: p | {"name": None},
    "wrong_types": lambda p: p | {"id": [], "name": {}, "categories": "none", "image": 7},
    "path_trick": lambda p: p | {"id": "../../etc/passwd"},
    "no_object": lambda p: {"0": None},
}
"""Every way in which the object of a product can be malformed, for good."""


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
