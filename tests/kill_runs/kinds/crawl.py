"""``python -m crawler shopstyle`` of a drawn shop, with its pictures."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prodcat.corpus.store import Corpus
from tests.crawler.crawls import content
from tests.shopstyle_server import ShopstyleServer
from tests.toy import draw_corpus, draw_picture

IMPORTS = ("crawler.__main__", "crawler.sources.shopstyle.source", "crawler.engine.crawl")
PRODUCTS = 36


def prepare(inputs: Path) -> None:
    pass


@contextmanager
def around(inputs: Path) -> Iterator[None]:
    # A process of its own: one with threads cannot be forked.
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    process = context.Process(target=_serve, args=(inputs, ready), daemon=True)
    process.start()
    assert ready.wait(60)
    yield
    process.kill()
    process.join()


def _serve(inputs: Path, ready: Any) -> None:
    with ShopstyleServer(draw_corpus(inputs / "sold", products=PRODUCTS)) as server:
        (inputs / "url").write_text(server.url)
        ready.set()
        while True:
            server._thread.join()


def run(inputs: Path, out: Path) -> None:
    from crawler.__main__ import main

    options = ["--pid", "demo-key", "--api", (inputs / "url").read_text(), "--allow-private"]
    options += ["--rate", "none", "--picture-rate", "none", "--quiet"]
    main(["shopstyle", str(out / "crawled.db"), *options])


def outcome(inputs: Path, out: Path) -> Any:
    with Corpus.open(out / "crawled.db") as corpus:
        # What a killed process left goes a day later, with the next picture that is stored.
        corpus.images.put(draw_picture("Bags", 12345))
    return content(out / "crawled.db")
