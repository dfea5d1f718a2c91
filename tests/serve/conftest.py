"""Services that tests of a file share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serve.serving import KEY, Served, served


@pytest.fixture(scope="module")
def service(model_dir: Path) -> Iterator[Served]:
    """A service of the small model, without keys."""
    with served(model_dir) as running:
        yield running


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two keys."""
    file = tmp_path_factory.mktemp("keys") / "keys.txt"
    file.write_text(f"# keys\nshop: {KEY}\nanother-key-of-the-same\n")
    return file


@pytest.fixture(scope="module")
def guarded(model_dir: Path, key_file: Path) -> Iterator[Served]:
    """The same with keys."""
    with served(model_dir, key_file=key_file) as running:
        yield running
