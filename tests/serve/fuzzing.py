"""Bodies that no honest client sends, at a service that must bear them.

    python -m tests.serve.fuzzing 10000

Each gets an answer below 500, or the connection is ended, within a bounded time; and the process
does not grow. Slow senders and half-closed connections are among them.
"""

import asyncio
import base64
import io
import json
import random
import struct
import sys
import tempfile
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from experiments.benchmarks.serving.processes import running
from tests.model_files import build_model_dir, encoded

PATHS = ("/v1/predict", "/v1/explain", "/v1/similar", "/v1/jobs", "/v1/model", "/v1/jobs/0/start")
AT_ONCE = 24
LONG_S = 45.0
"""More than any time limit of the service."""


@dataclass
class Outcomes:
    """What came of the bodies."""

    statuses: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    """Kinds of bodies that got a 500 or above, or no end in time."""


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it has so many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packed = zlib.compress(b"\0" * 200_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def anything(rng: random.Random, depth: int = 0):
    """A value of JSON, of any kind."""
    kind = rng.randrange(10 if depth < 4 else 7)
    if kind < 7:
        return rng.choice(
            [None, True, -1, 1e308, 10**30, "", "\0", "é\u202e", "x" * rng.randrange(2000), "nan"]
        )
    if kind == 7:
        return [anything(rng, depth + 1) for _ in range(rng.randrange(5))]
    keys = ("products", "product", "name", "image", "accuracy", "threshold", "id", "k", "columns")
    return {rng.choice(keys): anything(rng, depth + 1) for _ in range(rng.randrange(5))}


def json_body(rng: random.Random) -> bytes:
    """JSON that is nearly, or not at all, what is expected."""
    kind = rng.randrange(8)
    if kind == 0:
        return json.dumps(anything(rng)).encode()
    if kind == 1:
        return b"[" * rng.randrange(1, 200_000)
    if kind == 2:
        return b'{"products":' + b'{"a":' * rng.randrange(1, 50_000)
    if kind == 3:
        picture = bomb(rng.choice([1, 5000, 65_000, 2**31 - 1]), rng.choice([1, 65_000]))
        image = base64.b64encode(picture).decode()
        return json.dumps({"products": [{"name": "boots", "image": image}] * 3}).encode()
    if kind == 4:
        picture = bytearray(encoded("red"))
        for _ in range(rng.randrange(1, 20)):
            picture[rng.randrange(len(picture))] = rng.randrange(256)
        image = base64.b64encode(bytes(picture)).decode()
        return json.dumps({"products": [{"image": image}]}).encode()
    if kind == 5:
        text = json.dumps({"products": [{"name": "boots"}]}).encode()
        return text[: rng.randrange(len(text))]
    if kind == 6:
        return b'{"products":[{"name":"\\ud800' + rng.choice([b'"}]}', b'\\udfff"}]}', b"\xff"])
    return json.dumps({"products": [{"name": "x" * 9_000}] * rng.randrange(1, 300)}).encode()


def form_body(rng: random.Random) -> tuple[bytes, bytes]:
    """A form that is broken somewhere, and its type."""
    boundary = rng.choice([b"x", b"", b"x" * 300, b'"x"', b"\xff"])
    parts = []
    for _ in range(rng.randrange(0, 6)):
        name = rng.choice([b"name", b"image", b"products", b"", b'"', b"n" * 5000, b"\xff\xfe"])
        head = rng.choice(
            [
                b'Content-Disposition: form-data; name="' + name + b'"\r\n',
                b'Content-Disposition: form-data; name="image"; filename="../../x"\r\n',
                b"Content-Disposition: form-data\r\n",
                b"A: " + b"b" * 20_000 + b"\r\n",
                b"no header at all\r\n",
                b"",
            ]
        )
        data = rng.choice([b"boots", encoded("red"), b"\0" * 5000, b"--x--", b"[{}]", b"\r\n--x"])
        parts.append(b"--" + boundary + b"\r\n" + head + b"\r\n" + data + b"\r\n")
    body = b"".join(parts) + rng.choice([b"--" + boundary + b"--\r\n", b"", b"--"])
    if rng.random() < 0.3:
        body = body[: rng.randrange(len(body) + 1)]
    return body, b"multipart/form-data; boundary=" + boundary


def table_body(rng: random.Random) -> bytes:
    """A table that is none, or one that is much larger than it looks."""
    kind = rng.randrange(5)
    if kind == 0:
        stream = io.BytesIO()
        import zipfile

        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", b"name\n" + b"x" * 5_000_000)
        return stream.getvalue()
    if kind == 1:
        return b"PAR1" + rng.randbytes(500) + b"PAR1"
    if kind == 2:
        return zlib.compress(b"name\nboots\n" * 100_000, wbits=31)
    if kind == 3:
        return b"SQLite format 3\0" + rng.randbytes(2000)
    return rng.randbytes(rng.randrange(1, 3000))


async def one(port: int, rng: random.Random, outcomes: Outcomes, *, slow_s: float) -> None:
    """Send one body and see what comes back."""
    path = rng.choice(PATHS[:3]) if rng.random() < 0.97 else rng.choice(PATHS[3:])
    kind = rng.choice(["json", "json", "form", "form", "slow", "half", "chunked", "lying", "raw"])
    media, body = b"application/json", json_body(rng)
    if kind == "form":
        body, media = form_body(rng)
    if path == "/v1/jobs":
        body, media = table_body(rng), b"application/octet-stream"
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n".encode()
    head += b"Content-Type: " + media + b"\r\n"
    length = len(body)
    if kind == "lying":
        length = max(0, length + rng.choice([-5, 7, 10**9, 10**20]))
    if kind == "chunked":
        head += b"Transfer-Encoding: chunked\r\n\r\n"
        size = rng.choice([b"%x" % len(body), b"zz", b"ffffffffffffffff", b"-1"])
        data = head + size + b"\r\n" + body + b"\r\n0\r\n\r\n"
    else:
        data = head + b"Content-Length: %d\r\n\r\n" % length + body
    if kind == "raw":
        data = bytearray(data)
        for _ in range(rng.randrange(1, 10)):
            data[rng.randrange(min(len(data), 300))] = rng.randrange(256)
    began = time.monotonic()
    try:
        status = await asyncio.wait_for(_exchange(port, bytes(data), kind, slow_s), LONG_S)
    except TimeoutError:
        status = "no end"
    except OSError:
        status = "ended"
    outcomes.statuses[status] += 1
    if status == "no end" or (status.isdigit() and int(status) >= 500):
        outcomes.failed.append(f"{kind} to {path}: {status} after {time.monotonic() - began:.1f} s")


async def _exchange(port: int, data: bytes, kind: str, slow_s: float) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        if kind == "slow":
            cut = len(data) // 3
            writer.write(data[:cut])
            await writer.drain()
            await asyncio.sleep(slow_s)
            data = data[cut:]
        writer.write(data)
        if kind == "half":
            writer.write_eof()
        with_timeout = asyncio.wait_for(reader.read(64), LONG_S)
        answer = await with_timeout
        return answer[9:12].decode("latin-1") if answer.startswith(b"HTTP/1.1 ") else "ended"
    finally:
        writer.close()


async def fuzz(port: int, bodies: int, seed: int = 0, slow_s: float = 0.2) -> Outcomes:
    """Send so many bodies, some of them at once."""
    outcomes, rng = Outcomes(), random.Random(seed)
    numbers = iter(range(bodies))

    async def worker() -> None:
        for number in numbers:
            await one(port, random.Random(f"{seed} {number}"), outcomes, slow_s=slow_s)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    del rng
    return outcomes


def main() -> None:
    """Send them to a service of the small model, and print what came of it."""
    bodies = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        model = build_model_dir(Path(folder) / "model")
        command = ["-m", "prodcat", "serve", "--port", "PORT", "--model", str(model)]
        with running(command, ready="/readyz") as service:
            memory = [service.memory_mb()]
            for share in range(10):
                outcomes = asyncio.run(fuzz(service.port, bodies // 10, seed=share))
                memory.append(service.memory_mb())
                print(share, dict(outcomes.statuses), f"{memory[-1]:.0f} MB", flush=True)
                for line in outcomes.failed:
                    print("   ", line, flush=True)


if __name__ == "__main__":
    main()
