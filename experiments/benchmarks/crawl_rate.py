"""Whether a crawl keeps its rate, and makes use of it.

    python experiments/benchmarks/crawl_rate.py shop.db --per-minute 750 --minutes 4

The server sells the corpus on this machine and notes when each request arrives: pages,
pictures and robots.txt alike, since they all come from one host. The crawl is stopped after
so many minutes. A server that stalls on a busy machine notes requests as late as it reads
them, so its longest stall is told beside; the limiter leaves a second for such delays.
The command fails if any 60 seconds at the server had more requests than the rate allows, or
if all of them together reached less than 95 % of it.
"""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.crawler.killing import start_crawl  # noqa: E402
from tests.shopstyle_server import ShopstyleServer  # noqa: E402

LEAST_SHARE = 0.95
BEAT_S = 0.05


def main() -> None:
    """Crawl for some minutes, and look at the server's clock."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, help="what the server sells")
    parser.add_argument("--per-minute", type=int, default=750)
    parser.add_argument("--minutes", type=float, default=4.0)
    options = parser.parse_args()
    found = measure(options.corpus, options.per_minute, options.minutes)
    Console().print_json(json.dumps(found))
    is_kept = found["busiest_minute"] <= options.per_minute
    sys.exit(0 if is_kept and found["per_minute"] >= LEAST_SHARE * options.per_minute else 1)


class Pulse:
    """The longest time for which a server did nothing."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.longest_s = 0.0
        self._loop, self._last = loop, loop.time()
        loop.call_soon_threadsafe(self._beat)

    def _beat(self) -> None:
        now = self._loop.time()
        self.longest_s = max(self.longest_s, now - self._last - BEAT_S)
        self._last = now
        self._loop.call_later(BEAT_S, self._beat)


def measure(corpus: Path, per_minute: int, minutes: float) -> dict[str, float]:
    """Crawl, and return what arrived at the server."""
    with tempfile.TemporaryDirectory() as folder, ShopstyleServer(corpus) as server:
        path = Path(folder) / "crawled.db"
        process = start_crawl(server, path, "--rate", f"{per_minute}/min")
        while process.poll() is None and not len(server.requests):
            time.sleep(0.01)
        pulse = Pulse(server._loop)
        end = time.monotonic() + 60 * minutes
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
        if process.poll() is not None:
            raise SystemExit("The crawl ended too soon: give a larger corpus, or fewer minutes.")
        process.send_signal(signal.SIGINT)
        process.wait()
        times = server.requests.times()
        seconds = times[-1] - times[0]
        return {
            "requests": len(times),
            "seconds": round(seconds, 1),
            "per_minute": round(60 * (len(times) - 1) / seconds, 1),
            "busiest_minute": server.requests.busiest(60.0),
            "longest_stall_s": round(pulse.longest_s, 2),
            **{f"of {kind}": count for kind, count in server.requests.counts.items()},
        }


if __name__ == "__main__":
    main()
