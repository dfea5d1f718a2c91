"""What the crawler's tests share: a site, and a fetcher that may reach it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.http.fetcher import Fetcher
from crawler.http.settings import FetchSettings
from tests.crawler.site import Site
from tests.shopstyle_server import ShopstyleServer
from tests.toy import draw_corpus


@pytest.fixture
def site() -> Iterator[Site]:
    """A web site on this machine."""
    with Site() as opened:
        yield opened


@pytest.fixture
def build_fetcher() -> Iterator[Callable[..., Fetcher]]:
    """Make fetchers that are quick to try again, and may reach this machine."""
    built: list[Fetcher] = []

    def build(**settings: Any) -> Fetcher:
        parts = {name: settings.pop(name) for name in ("validators", "stop") if name in settings}
        quick = {"allow_private": True, "backoff_s": 0.001, "timeout_s": 5.0}
        built.append(Fetcher(FetchSettings(**{**quick, **settings}), **parts))
        return built[-1]

    yield build
    for fetcher in built:
        fetcher.close()


@pytest.fixture(scope="module")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the shop sells."""
    return draw_corpus(tmp_path_factory.mktemp("small"), products=48)


@pytest.fixture
def shop(small_corpus: Path) -> Iterator[ShopstyleServer]:
    """A shop on this machine."""
    with ShopstyleServer(small_corpus) as server:
        yield server


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the corpus is to be."""
    return tmp_path / "crawled.db"
