"""Whether a crawl ends with the same corpus when much goes wrong, or when it is killed.

    python experiments/benchmarks/crawl_faults.py shop.db --faults 0.1 --kills 20

The server sells the corpus on this machine three times: without faults, to know what a crawl
brings; with that share of faulty answers, of every kind, and as many runs as it takes; and
without faults again, with a crawl that is killed with SIGKILL so often at random moments. It
says whether the corpora are equal and what was fetched twice, and fails if they are not.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from tests.crawler.crawls import content  # noqa: E402
from tests.crawler.killing import crawl_with_kills, refetched, start_crawl  # noqa: E402
from tests.shopstyle_server import Faults, FaultSettings, ShopstyleServer  # noqa: E402

MAX_RUNS = 12
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
    size = ("--per-category", str(options.per_category))
    with tempfile.TemporaryDirectory() as folder:
        results = compare(options, size, Path(folder))
    for result in results:
        Console().print(result)
    if options.json:
        options.json.write_text(json.dumps([asdict(r) for r in results], indent=1) + "\n")
    sys.exit(0 if all(result.equal for result in results) else 1)


def compare(options: argparse.Namespace, size: tuple[str, str], folder: Path) -> list[Result]:
    """Crawl in all three ways; pictures' addresses are the same, as the port is."""
    whole, faulty, killed = (folder / name / "crawled.db" for name in ("whole", "faulty", "killed"))
    for path in (whole, faulty, killed):
        path.parent.mkdir()
    with ShopstyleServer(options.corpus) as server:
        began = time.monotonic()
        finish(start_crawl(server, whole, *size), 0)
        results = [result("whole", server, 1, began, equal=True)]
        port, requests = server.port, len(server.requests)
        server.requests.clear()
        run = crawl_with_kills(server, killed, kills=options.kills, requests=requests, options=size)
        equal = run.exit_code == 0 and content(killed) == content(whole)
        began = time.monotonic() - run.seconds
        results.append(result(f"{run.kills} kills", server, run.kills + 1, began, equal=equal))
    faults = Faults(options.faults, settings=FaultSettings(latency_s=0.2, retry_after_s=0.2))
    with ShopstyleServer(options.corpus, faults=faults, port=port) as server:
        began, runs, code = time.monotonic(), 0, 3
        while code == 3 and runs < MAX_RUNS:
            code = start_crawl(server, faulty, *size, "--total-timeout", "5").wait()
            runs += 1
        equal = code == 0 and content(faulty) == content(whole)
        results.append(result(f"{options.faults:.0%} faults", server, runs, began, equal=equal))
    return results


def finish(process: "subprocess.Popen[bytes]", code: int) -> None:
    """Wait for a crawl that must end well."""
    if process.wait() != code:
        raise SystemExit(f"The crawl ended with {process.returncode} instead of {code}.")


def result(way: str, server: ShopstyleServer, runs: int, began: float, *, equal: bool) -> Result:
    """Count what the server was asked."""
    pages_again, pages = refetched(server, *PAGES)
    pictures_again, pictures = refetched(server, "image")
    return Result(
        way,
        equal,
        runs,
        time.monotonic() - began,
        len(server.requests),
        pages,
        pages_again,
        pictures,
        pictures_again,
        sum(server.requests.faults.values()),
    )


if __name__ == "__main__":
    main()
