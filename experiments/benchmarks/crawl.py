"""How fast the crawler is and what memory it takes, beside a Scrapy spider that does the same.

    python experiments/benchmarks/crawl.py shop.db --per-category 60 1000 --rounds 3 \
        --scrapy .venv-scrapy/bin/python --json crawl.json

The server of ``tests/shopstyle_server.py`` sells the corpus on this machine, in a process of
its own, without any limit of rate. Each crawl is a process of its own, too, into a new
folder; those of one round take turns. Done is a product whose row is written and whose
picture is stored and verified. Scrapy is no part of prodcat: give it an environment of its
own (``pip install scrapy pillow``) and name its Python.
"""

import argparse
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from prodcat.files import write_json

REPOSITORY = Path(__file__).resolve().parents[2]
SPIDER = Path(__file__).with_name("scrapy_spider.py")
PROMISED_PER_S = 400


@dataclass(frozen=True)
class Crawled:
    """One crawl."""

    who: str
    per_category: int
    round: int
    products: int
    with_picture: int
    seconds: float
    peak_mb: float

    @property
    def per_s(self) -> float:
        """Products a second."""
        return self.products / self.seconds


def main() -> None:
    """Crawl, print a table, and write all numbers if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, help="what the server sells")
    parser.add_argument("--per-category", type=int, nargs="+", default=[1000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tree", type=Path, help="a tree to spread the products over")
    parser.add_argument("--scrapy", metavar="PYTHON", help="a Python that has Scrapy")
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--image-size", default="XLarge")
    parser.add_argument("--json", type=Path, help="where to write all numbers")
    options = parser.parse_args()
    crawls = []
    with serving(options.corpus, options.tree) as url:
        warm_up(url)
        for number in range(options.rounds):
            for per_category in options.per_category:
                for who in ("prodcat", *(["scrapy"] if options.scrapy else [])):
                    crawls.append(measure(who, url, per_category, number, options))
                    Console(stderr=True).print(crawls[-1])
    Console().print(table(crawls))
    if options.json:
        facts = {"machine": machine(), "crawls": [asdict(c) | {"per_s": c.per_s} for c in crawls]}
        write_json(options.json, facts, indent=1)


@contextmanager
def serving(corpus: Path, tree: Path | None) -> Generator[str]:
    """Start the server; give the address of its API."""
    command = [sys.executable, "-m", "tests.shopstyle_server", str(corpus.resolve()), "--port", "0"]
    command += ["--tree", str(tree.resolve())] if tree else []
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            words = [word.rstrip(".,") for word in line.split() if "/api/v2" in word]
            if words:
                yield words[0]
                break
    finally:
        process.kill()
        process.wait()


def warm_up(url: str) -> None:
    """Let the server read what it sells, so that the first crawl does not pay for it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crawled.db"
        subprocess.run(prodcat_command(url, path, 5, 16, "XLarge"), cwd=REPOSITORY, check=True)


def measure(
    who: str, url: str, per_category: int, number: int, options: argparse.Namespace
) -> Crawled:
    """Crawl once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crawled.db"
        if who == "prodcat":
            command = prodcat_command(url, path, per_category, options.workers, options.image_size)
        else:
            command = [options.scrapy, str(SPIDER), url, str(path), str(per_category)]
            command += [str(options.workers), options.image_size]
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=REPOSITORY)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        if os.waitstatus_to_exitcode(status) != 0:
            raise SystemExit(f"{who} failed: {' '.join(command)}")
        with sqlite3.connect(path) as db:
            (products,) = db.execute("select count(*) from products").fetchone()
            (pictures,) = db.execute("select count(image_sha256) from products").fetchone()
        db.close()
    scale = 1 << 10 if sys.platform == "linux" else 1 << 20
    peak_mb = usage.ru_maxrss / scale
    return Crawled(who, per_category, number, products, pictures, seconds, peak_mb)


def prodcat_command(
    url: str, path: Path, per_category: int, workers: int, image_size: str
) -> list[str]:
    """Return the command of our own crawl."""
    command = [sys.executable, "-m", "crawler", "shopstyle", str(path), "--pid", "demo"]
    command += ["--api", url, "--allow-private", "--quiet", "--image-size", image_size]
    command += ["--rate", "none", "--picture-rate", "none", "--workers", str(workers)]
    return [*command, "--per-host", str(workers), "--per-category", str(per_category)]


def table(crawls: list[Crawled]) -> Table:
    """Compare medians."""
    shown = Table(title=f"prodcat promises {PROMISED_PER_S} products a second on 2 cores")
    for heading in ("", "a leaf", "products", "with picture", "products/s", "least", "peak MB"):
        shown.add_column(heading, justify="right" if heading else "left")
    for who, per_category in dict.fromkeys((c.who, c.per_category) for c in crawls):
        group = [c for c in crawls if (c.who, c.per_category) == (who, per_category)]
        shown.add_row(
            who,
            f"{per_category:,}",
            f"{group[0].products:,}",
            f"{group[0].with_picture:,}",
            f"{statistics.median(c.per_s for c in group):.0f}",
            f"{min(c.per_s for c in group):.0f}",
            f"{max(c.peak_mb for c in group):.0f}",
        )
    return shown


def machine() -> dict[str, str | int | None]:
    """Tell on what it was measured."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cpus": os.cpu_count(),
    }


if __name__ == "__main__":
    main()
