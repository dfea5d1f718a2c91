"""What all tests share: no network, one thread, the toy corpus, and the real data where it is."""

import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parent.parent

# Before torch or numpy is loaded, and for the processes that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples every time, however busy the machine is.
settings.register_profile("prodcat", deadline=None, derandomize=True, database=None)
settings.load_profile("prodcat")


@pytest.fixture(autouse=True)
def offline(request: pytest.FixtureRequest) -> Iterator[None]:
    """Refuse whatever leaves this machine, and fail the test that tried.

    It fails even where the code under test caught the refusal.
    """
    if request.node.get_closest_marker("network"):
        yield
        return
    attempts: list[str] = []

    def refuse(host: object) -> None:
        attempts.append(str(host))
        raise OSError(f"Tests are offline, and this one asked for {host!r}.")

    def connecting(original: Any) -> Any:
        def guarded(self: socket.socket, *args: Any) -> Any:
            address = args[-1]  # sendto has the bytes and flags before it
            if self.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(address[0]):
                refuse(address[0])
            return original(self, *args)

        return guarded

    resolve = socket.getaddrinfo

    def resolving(host: Any, *args: Any, **kwargs: Any) -> Any:
        # Numbers are not looked up anywhere, so a server may bind to any.
        if host and not is_loopback(host) and not is_number(host):
            refuse(host)
        return resolve(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, connecting(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", resolving)
        yield
    if attempts:
        pytest.fail(f"This test went to the network: {', '.join(attempts)}.", pytrace=False)


def is_number(host: str | bytes) -> bool:
    """Tell whether the host is an address rather than a name."""
    try:
        ipaddress.ip_address(os.fsdecode(host).partition("%")[0])
    except ValueError:
        return False
    return True


def is_loopback(host: str | bytes) -> bool:
    """Tell whether the host is this machine."""
    name = os.fsdecode(host)
    return name == "localhost" or (is_number(name) and ipaddress.ip_address(name).is_loopback)


@pytest.fixture(scope="session", autouse=True)
def untraced_export() -> Iterator[None]:
    """Where coverage traces every call, leave torch's export out: none of its code is ours.

    Traced, it takes half as long again, and with it all that trains a model.
    """
    if sys.gettrace() is None:
        yield
        return
    import torch.onnx

    export = torch.onnx.export

    def untraced(*args: Any, **kwargs: Any) -> Any:
        trace = sys.gettrace()
        sys.settrace(None)
        try:
            return export(*args, **kwargs)
        finally:
            sys.settrace(trace)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.onnx, "export", untraced)
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real product files; they are not part of the repository."""
    folder = Path(os.environ.get("PRODCAT_DATA") or REPOSITORY.parent / "shared" / "data")
    if not (folder / "fashion.parquet").is_file():
        pytest.skip(f"No fashion.parquet in {folder}; name its folder in PRODCAT_DATA.")
    return folder


@pytest.fixture(scope="session")
def toy_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn corpus that a tiny model can learn; read it, do not write to it."""
    from tests.toy import draw_corpus

    return draw_corpus(tmp_path_factory.mktemp("toy"), products=240, seed=0)


@pytest.fixture(scope="session")
def toy_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny BERT with its tokenizer, at random weights."""
    from tests.toy import draw_encoder

    return draw_encoder(tmp_path_factory.mktemp("encoder"))


# Not longer: while it runs, no other browser's driver and no loop of asyncio can in this thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real browser."""
    from tests.chromium import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def toy_run(toy_corpus: Path, toy_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run directory on the toy corpus; read it, do not write to it."""
    from prodcat.training.fit import train
    from tests.training.runs import toy_config

    folder = tmp_path_factory.mktemp("runs") / "toy"
    train(toy_corpus, toy_config(toy_encoder), folder)
    return folder


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model directory made by hand."""
    from tests.model_files import build_model_dir

    return build_model_dir(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def predictor(model_dir: Path) -> Any:
    """What answers from it."""
    from prodcat.inference.predictor import Predictor

    return Predictor.load(model_dir, threads=1)
