"""Pages of JSON, told from the web pages that shops answer with instead."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crawler.errors import FetchError, SourceError
from crawler.http.fetcher import Fetcher, Params


@dataclass(frozen=True)
class JsonPage:
    """One answer."""

    value: Any
    headers: Mapping[str, str]
    not_modified: bool = False
    """What was read before still holds; there is no value."""


def fetch_json(fetcher: Fetcher, url: str, params: Params) -> JsonPage:
    """Fetch a page that is to be JSON.

    Raises:
        FetchError: As the fetcher, and retryable where JSON is broken.
        SourceError: If it is a web page: the shop has switched its interface off.
    """
    response = fetcher.get(url, params=params, accept="application/json")
    if response.not_modified:
        return JsonPage(None, response.headers, not_modified=True)
    kind = response.headers.get("Content-Type", "").lower()
    # Some say JSON in the header and send a page all the same: its first character tells.
    if "html" in kind or response.content.lstrip()[:1] == b"<":
        raise SourceError(
            f"{url} is a web page instead of JSON: the shop has switched it off, or asks for a"
            " password.",
            reason="switched-off",
        )
    try:
        value = parse_json(response.content)
    except ValueError as error:
        raise FetchError(
            f"{url} is no whole JSON: {error}", reason="bad-json", retryable=True
        ) from error
    return JsonPage(value, response.headers)


def parse_json(text: str | bytes) -> Any:
    """Parse JSON, whatever is wrong with it.

    Raises:
        ValueError: If it is none.

    >>> parse_json(b'[1]')
    [1]
    """
    try:
        # Line breaks within texts are a frequent slip, and can be understood.
        return json.loads(text, strict=False)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
