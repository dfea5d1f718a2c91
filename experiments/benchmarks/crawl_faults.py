"""Whether a crawl ends with the same corpus when much goes wrong, or when it is killed.

    python experiments/benchmarks/crawl_faults.py shop.db --faults 0.1 --kills 20

The server sells the corpus on this machine up to three times: without faults, to know what a
crawl brings; without faults again, with a crawl that is killed with SIGKILL so often at random
moments; and with that share of faulty answers, of every kind, and as many runs as it takes.
``--kills 0`` or ``--faults 0`` leaves a part out. Each part is told when it ends: whether the
corpora are equal, what was asked for twice, and why tasks failed on the way. A request is not
counted as repeated if the server had not answered it yet when the crawl was killed; these are
counted on their own. The command fails if a corpus is not equal.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from prodcat.files import write_json

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.crawler.crawls import content, rows  # noqa: E402
from tests.crawler.killing import crawl_with_kills, refetched, start_crawl  # noqa: E402
from tests.shopstyle.fault_kinds import FaultSettings  # noqa: E402
from tests.shopstyle.faults import Faults  # noqa: E402
from tests.shopstyle.log import Request  # noqa: E402
from tests.shopstyle_server import ShopstyleServer  # noqa: E402

MAX_RUNS = 12
TELL_S = 10.0
# Slow answers hold a place at their host until they end.
PATIENCE = ("--total-timeout", "5", "--per-host", "16")
FAILURES = (
    "select iif(kind = 'picture', 'picture ', 'page ') || reason, count(*) from crawl_tasks"
    " where status = 'failed' group by 1 order by 2 desc"
)
PAGES = ("categories", "products")


@dataclass(frozen=True)
class Result:
    """What came of one way to crawl."""

    way: str
    equal: bool
    runs: int
    seconds: float
    requests: int
    pages: int
    pages_again: int
    pictures: int
    pictures_again: int
    unanswered: dict[str, int]
    """Requests of killed crawls, by kind, that the server had not answered; not in the others."""
    faults: int


def main() -> None:
    """Crawl in all three ways, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, help="what the server sells")
    parser.add_argument("--faults", type=float, default=0.1, help="share of faulty answers")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--per-category", type=int, default=1000)
    parser.add_argument("--json", type=Path, help="where to write all numbers")
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for result in compare(options, Path(folder)):
            Console().print(result)
            results.append(result)
            if options.json:
                write_json(options.json, [asdict(r) for r in results], indent=1)
    sys.exit(0 if all(result.equal for result in results) else 1)


def compare(options: argparse.Namespace, folder: Path) -> Iterator[Result]:
    """Crawl in all ways; pictures' addresses are the same, as the port is."""
    size = ("--per-category", str(options.per_category))
    whole, faulty, killed = (folder / name / "crawled.db" for name in ("whole", "faulty", "killed"))
    for path in (whole, faulty, killed):
        path.parent.mkdir()
    with ShopstyleServer(options.corpus) as server, telling(server, "whole"):
        began = time.monotonic()
        finish(start_crawl(server, whole, *size), 0)
        yield result("whole", server, 1, began, equal=True)
        port, requests = server.port, len(server.requests)
    if options.kills:
        with ShopstyleServer(options.corpus, port=port) as server, telling(server, "kills"):
            began = time.monotonic()
            run = crawl_with_kills(
                server, killed, kills=options.kills, requests=requests, options=size
            )
            equal = run.exit_code == 0 and content(killed) == content(whole)
            way = f"{run.kills} kills"
            yield result(way, server, run.kills + 1, began, run.unanswered, equal=equal)
    if options.faults:
        faults = Faults(options.faults, settings=FaultSettings(latency_s=0.2, retry_after_s=0.2))
        with (
            ShopstyleServer(options.corpus, faults=faults, port=port) as server,
            telling(server, "faults"),
        ):
            began, runs, code = time.monotonic(), 0, 3
            while code == 3 and runs < MAX_RUNS:
                code = start_crawl(server, faulty, *size, *PATIENCE).wait()
                runs += 1
                print_failures(faulty, runs)
            equal = code == 0 and content(faulty) == content(whole)
            yield result(f"{options.faults:.0%} faults", server, runs, began, equal=equal)


@contextmanager
def telling(server: ShopstyleServer, part: str) -> Generator[None]:
    """Tell now and then how far a part is."""
    began, end = time.monotonic(), threading.Event()

    def tell() -> None:
        while not end.wait(TELL_S):
            faults = sum(server.requests.faults.values())
            seconds = time.monotonic() - began
            told = f"{part}: {len(server.requests):,} requests, {faults:,} answers faulty"
            Console(stderr=True).print(f"{told}, {seconds:.0f} s")

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def print_failures(path: Path, runs: int) -> None:
    """Tell why tasks are left to the next run."""
    found = rows(path, FAILURES)
    number = sum(count for _, count in found)
    Console(stderr=True).print(f"run {runs}: {number:,} tasks failed", dict(found))


def finish(process: "subprocess.Popen[bytes]", code: int) -> None:
    """Wait for a crawl that must end well."""
    if process.wait() != code:
        raise SystemExit(f"The crawl ended with {process.returncode} instead of {code}.")


def result(
    way: str,
    server: ShopstyleServer,
    runs: int,
    began: float,
    unanswered: Sequence[Request] = (),
    *,
    equal: bool,
) -> Result:
    """Count what the server was asked."""
    pages_again, pages = refetched(server, *PAGES, unanswered=unanswered)
    pictures_again, pictures = refetched(server, "image", unanswered=unanswered)
    return Result(
        way,
        equal,
        runs,
        round(time.monotonic() - began, 1),
        len(server.requests),
        pages,
        pages_again,
        pictures,
        pictures_again,
        dict(Counter(request.kind for request in unanswered)),
        sum(server.requests.faults.values()),
    )


if __name__ == "__main__":
    main()
