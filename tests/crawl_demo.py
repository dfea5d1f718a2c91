"""``make crawl-demo``: a drawn shop on this machine is crawled, and what came of it is shown."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.shopstyle_server import ShopstyleServer
from tests.toy import draw_corpus

REPOSITORY = Path(__file__).resolve().parent.parent


def crawl_demo(folder: Path, *, products: int = 480) -> int:
    """Crawl a drawn shop twice and show the status; return the worst exit code."""
    sold = draw_corpus(folder / "shop", products=products)
    crawled = folder / "crawled.db"
    with ShopstyleServer(sold) as server:
        command = ["crawler", "shopstyle", str(crawled), "--pid", "demo", "--api", server.url]
        command += ["--allow-private", "--rate", "none"]
        codes = [
            run("A shop of drawn products is crawled into a new corpus.", *command),
            run("The same again: nothing has changed, so almost nothing is fetched.", *command),
        ]
    codes.append(run("What is done, and what is left.", "crawler", "status", str(crawled), "--all"))
    codes.append(run("What the corpus holds.", "prodcat", "corpus", str(crawled)))
    return max(codes)


def run(title: str, *command: str) -> int:
    """Show a command, and run it."""
    print(f"\n{title}\n$ python -m {' '.join(command)}", flush=True)
    environment = {**os.environ, "COLUMNS": os.environ.get("COLUMNS", "120")}
    done = subprocess.run([sys.executable, "-m", *command], cwd=REPOSITORY, env=environment)
    return done.returncode


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(crawl_demo(Path(folder)))
