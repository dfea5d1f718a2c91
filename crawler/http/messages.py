"""How one address is to be fetched, and the answer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

Sink = Callable[[Iterable[bytes]], int]
"""Takes a body block by block, and returns its size."""


@dataclass(frozen=True)
class Response:
    """An answer of status 200 to 299, or 304, read and decompressed."""

    url: str
    """Where the last redirect led; keys in it are hidden."""
    status: int
    headers: Mapping[str, str]
    """Names in any case."""
    content: bytes
    not_modified: bool = False
    """What was fetched before still holds; the content is empty."""
    has_end: bool = True
    """It says itself where it ends. Without a length, chunks, compression and TLS a connection
    that breaks looks like the end, and the content has to tell whether it is whole."""


class Redirect(NamedTuple):
    """An answer that leads elsewhere."""

    location: str
    """As the header has it."""
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Request:
    """How one address is to be fetched."""

    accept: str
    max_bytes: int
    conditional: bool = False
    robots: bool = False
    private: bool = False
    """It may be at a private address, and redirect within its host."""
    sink: Sink | None = None
