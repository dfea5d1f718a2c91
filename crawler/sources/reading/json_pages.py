"""Pages of JSON, told from the web pages that shops answer with instead."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from crawler.errors import FetchError, SourceError
from crawler.http.fetcher import Fetcher, Params
from crawler.http.packed import unpack
from crawler.http.text import decode

JSON_START = re.compile(r"(?:^|(?<=[>\n]))\s{0,20}[\[{]")
MAX_STARTS = 5
"""Each may be read to the end in vain."""


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
    text = decode(
        unpack(response.content, max_bytes=fetcher.settings.max_bytes),
        response.headers.get("Content-Type", ""),
    ).strip()
    try:
        value = json_within(text)
    except ValueError as error:
        kind = response.headers.get("Content-Type", "").lower()
        # Some say JSON in the header and send a page all the same: its first character tells.
        if "html" in kind or text.startswith("<"):
            raise SourceError(
                f"{url} is a web page instead of JSON: the shop has switched it off, or asks for a"
                " password.",
                reason="switched-off",
            ) from error
        raise FetchError(
            f"{url} is no whole JSON: {error}", reason="bad-json", retryable=True
        ) from error
    return JsonPage(value, response.headers)


def json_within(text: str) -> Any:
    """Parse JSON that a script's complaints may stand before or behind.

    Raises:
        ValueError: If there is none that reaches from the complaints to the end.

    >>> json_within("<br /><b>Notice</b>: once<br />[1]"), json_within('{"a": 1}<br />Notice')
    ([1], {'a': 1})
    """
    # Line breaks within texts are a frequent slip, and can be understood.
    decoder = json.JSONDecoder(strict=False)
    try:
        return decoder.decode(text)
    except RecursionError:
        problem = ValueError("it is nested too deeply")
    except ValueError as error:
        problem = error
    for start in islice(JSON_START.finditer(text), MAX_STARTS):
        with suppress(ValueError, RecursionError):
            value, end = decoder.raw_decode(text, start.end() - 1)
            rest = text[end:].strip()
            # Within a web page there may be JSON, too, but it has a page around it.
            if not rest or (start.end() == 1 and rest.startswith("<") and value):
                return value
    raise problem
