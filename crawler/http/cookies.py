"""Cookies for the length of one chain of redirects: some shops set one and ask whether it came."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from http.cookiejar import CookieJar

MAX_COOKIE_CHARS = 8000
"""Of one header; more than this no server takes back."""


class ChainCookies:
    """What the answers of one chain have set; it ends with the chain, so that nobody is known."""

    def __init__(self) -> None:
        self._is_empty = True
        self.sent = ""
        """The cookies of the last request."""

    def keep(self, url: str, headers: Mapping[str, str]) -> None:
        """Take what an answer sets, as far as its host may set it."""
        if "Set-Cookie" in headers:
            from urllib.request import Request

            self._is_empty = False
            # cookiejar asks a response for its headers by a method of the old days.
            answer: Any = _Answer(headers)
            self._jar.extract_cookies(answer, Request(url))  # noqa: S310  (never opened)

    def header(self, url: str) -> dict[str, str]:
        """Return the header for a request, empty where there is nothing to send."""
        self.sent = ""
        if not self._is_empty:
            from urllib.request import Request

            request = Request(url)  # noqa: S310  (checked before, and never opened)
            self._jar.add_cookie_header(request)
            self.sent = str(request.get_header("Cookie", ""))
        return {"Cookie": self.sent} if 0 < len(self.sent) <= MAX_COOKIE_CHARS else {}

    @cached_property
    def _jar(self) -> "CookieJar":
        from http.cookiejar import CookieJar

        return CookieJar()


class _Answer:
    def __init__(self, headers: Any) -> None:
        self._headers = headers

    def info(self) -> Any:
        return self._headers
