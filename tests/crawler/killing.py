"""Crawls in processes of their own, killed with SIGKILL while they work."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.shopstyle.log import Request
from tests.shopstyle_server import ShopstyleServer

REPOSITORY = Path(__file__).resolve().parents[2]
STEP_S = 0.002
SERVER_S = 0.5
"""After which the server has answered whatever a dead crawl had asked for."""


@dataclass(frozen=True)
class KillRun:
    """What came of a crawl that was killed again and again."""

    kills: int
    exit_code: int
    seconds: float
    unanswered: list[Request]
    """What was asked for by a crawl that was dead before the server answered."""


def start_crawl(server: ShopstyleServer, path: Path, *options: str) -> "subprocess.Popen[bytes]":
    """Start a crawl of the whole server."""
    command = [sys.executable, "-m", "crawler", "shopstyle", str(path), "--pid", "demo-key"]
    command += ["--api", server.url, "--allow-private", "--quiet"]
    command += ["--rate", "none", "--picture-rate", "none", *options]
    return subprocess.Popen(command, cwd=REPOSITORY)


def crawl_with_kills(
    server: ShopstyleServer,
    path: Path,
    *,
    kills: int,
    requests: int,
    seed: int = 0,
    options: Sequence[str] = (),
) -> KillRun:
    """Crawl to the end, and kill the crawl so often on the way.

    Args:
        server: Whose requests tell how far the crawl is.
        path: The corpus.
        kills: How often.
        requests: What the whole crawl takes; the kills are spread over them at random.
        seed: Another seed kills at other moments.
        options: More options of the crawl.
    """
    draw = random.Random(seed)
    began = time.monotonic()
    moments = sorted(draw.randrange(1, max(2, int(0.95 * requests))) for _ in range(kills))
    done, unanswered = 0, []
    for moment in moments:
        process = start_crawl(server, path, *options)
        while process.poll() is None and len(server.requests) < moment:
            time.sleep(STEP_S)
        # Not at the moment when a request comes in, which would be no random one.
        time.sleep(draw.uniform(0.0, 0.05))
        if process.poll() is None:
            answered = len(server.requests)
            process.send_signal(signal.SIGKILL)
            process.wait()
            done += 1
            time.sleep(SERVER_S)
            unanswered += server.requests.entries[answered:]
        process.wait()
    exit_code = start_crawl(server, path, *options).wait()
    return KillRun(done, exit_code, time.monotonic() - began, unanswered)


def refetched(
    server: ShopstyleServer, *kinds: str, unanswered: Sequence[Request] = ()
) -> tuple[int, int]:
    """Return how many requests of these kinds were repeated, and how many there were.

    A request that was not answered before the crawl was dead is repeated with reason, and does
    not count.
    """
    repeated = sum(count - 1 for kind in kinds for count in server.requests.repeated(kind).values())
    repeated -= sum(request.kind in kinds for request in unanswered)
    return repeated, sum(server.requests.counts[kind] for kind in kinds)
