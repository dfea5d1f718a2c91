"""A compatible server over a small shop, and a way to ask it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.shopstyle.drawn import draw_jeans
from tests.shopstyle_server import ShopstyleServer

requests = pytest.importorskip("requests")


@pytest.fixture(scope="session")
def jeans_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with ShopStyle's own ids; read it, do not write to it."""
    return draw_jeans(tmp_path_factory.mktemp("jeans") / "corpus.db")


@pytest.fixture(scope="session")
def server(jeans_corpus: Path) -> Iterator[ShopstyleServer]:
    """A server over it, without faults; leave it as it is."""
    with ShopstyleServer(jeans_corpus) as running:
        yield running


@pytest.fixture(scope="session")
def ask(server: ShopstyleServer) -> Iterator[Callable[..., Any]]:
    """Call a method of the API with a partner id."""
    with requests.Session() as session:

        def call(method: str, **params: Any) -> Any:
            return session.get(f"{server.url}{method}", params={"pid": "PID"} | params)

        yield call
