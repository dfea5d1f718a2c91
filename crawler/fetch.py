"""One fetcher for all sources: polite, limited, safe from hostile answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Params = Mapping[str, Any]
"""Values may be lists, for parameters that repeat."""


@dataclass(frozen=True)
class Response:
    """An answer of status 200 to 299, or 304, read and decompressed."""

    url: str
    """Where the last redirect led."""
    status: int
    headers: Mapping[str, str]
    """Names in any case."""
    content: bytes
    not_modified: bool = False
    """What was fetched before still holds; the content is empty."""


class Fetcher:
    """Fetch by HTTP; shared by all threads of a crawl."""

    def get(
        self,
        url: str,
        *,
        params: Params | None = None,
        accept: str = "*/*",
        max_bytes: int | None = None,
        conditional: bool = True,
        robots: bool = True,
    ) -> Response:
        """Fetch an address.

        Args:
            url: An absolute http or https address.
            params: Query parameters; those named as secret never show in errors or logs.
            accept: The Accept header.
            max_bytes: Most bytes to read, before and after decompression; None for the default.
            conditional: Send the validators of the last visit; the answer may be not_modified.
            robots: Ask robots.txt first.

        Raises:
            FetchError: Whatever does not end in 2xx or 304, after retries.
        """
        raise NotImplementedError

    def json(self, url: str, *, params: Params | None = None, conditional: bool = True) -> Any:
        """Fetch and parse JSON; None where it is not modified.

        Raises:
            FetchError: As `get`, and with the reason ``bad-json`` (retryable).
        """
        raise NotImplementedError

    def download(
        self,
        url: str,
        path: Path,
        *,
        params: Params | None = None,
        accept: str = "*/*",
        max_bytes: int | None = None,
        conditional: bool = True,
    ) -> Response:
        """Fetch into a file, for answers too large for memory; the content stays empty."""
        raise NotImplementedError
