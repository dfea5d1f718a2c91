"""One fetcher for all sources: polite, limited, safe from hostile answers."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.errors import FetchError, stopped
from crawler.http.addresses import check_url, host_of, may_lead_to_private, redirect_target
from crawler.http.bodies import has_known_end, read_blocks, read_body, write_blocks
from crawler.http.challenges import is_challenge
from crawler.http.cookies import ChainCookies
from crawler.http.limits import HostLimit, Limits
from crawler.http.messages import Redirect, Request, Response
from crawler.http.refusals import BODY_OF_ERROR_BYTES, challenged, refused
from crawler.http.robots import Robots
from crawler.http.secrets import Secrets
from crawler.http.settings import AGENT, FetchCounts, FetchSettings
from crawler.http.statuses import REDIRECTS, Meaning, meaning_of
from crawler.http.validators import Validators
from prodcat.errors import require

if TYPE_CHECKING:
    from crawler.http.transport import Transport

Params = Mapping[str, Any]
"""Values may be lists, for parameters that repeat."""


class Fetcher:
    """Fetch by HTTP; shared by all threads of a crawl."""

    def __init__(
        self,
        settings: FetchSettings | None = None,
        *,
        validators: Validators | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self.settings = settings or FetchSettings()
        self.validators = validators
        self.stop = stop or threading.Event()
        """Once set, whatever waits gives up."""
        self.on_answer: Callable[[], None] = lambda: None
        """Called in the thread that asked, once a whole answer is there."""
        self.counts = FetchCounts()
        self.limits = Limits(
            self.settings.rate, self.settings.slots, rates=dict(self.settings.rates)
        )
        self.robots = Robots(self._robots_txt, AGENT, self._slow_down)
        # Now rather than at the first request, which is in another thread.
        for library in ("requests", "protego"):
            require(library, extra="crawl")
        self._secrets = Secrets(self.settings.secrets)

    def get(
        self,
        url: str,
        *,
        params: Params | None = None,
        accept: str = "*/*",
        max_bytes: int | None = None,
        conditional: bool = True,
        robots: bool = True,
        tries: int | None = None,
    ) -> Response:
        """Fetch an address.

        Args:
            url: An absolute http or https address.
            params: Query parameters.
            accept: The Accept header.
            max_bytes: Most bytes to read, before and after decompression; None for the default.
            conditional: Send the validators of the last visit; the answer may be not_modified.
            robots: Ask robots.txt first.
            tries: How often to ask; None for the default.

        Raises:
            FetchError: Whatever does not end in 2xx or 304, after retries.
        """
        settings = self.settings
        request = Request(
            accept,
            max_bytes or settings.max_bytes,
            conditional=conditional,
            robots=robots,
            private=settings.allow_private,
        )
        return self._with_retries(self._address(url, params), request, tries)

    def json(
        self,
        url: str,
        *,
        params: Params | None = None,
        conditional: bool = True,
        robots: bool = True,
    ) -> Any:
        """Fetch and parse JSON; None where it is not modified.

        Raises:
            FetchError: As `get`, and with the reason ``bad-json`` (retryable).
        """
        response = self.get(
            url, params=params, accept="application/json", conditional=conditional, robots=robots
        )
        if response.not_modified:
            return None
        try:
            return json.loads(response.content)
        except (ValueError, RecursionError) as error:
            raise FetchError(
                f"{response.url:.200} did not answer with JSON: {error!s:.100}.",
                reason="bad-json",
                retryable=True,
                body=response.content[:BODY_OF_ERROR_BYTES],
            ) from error

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
        """Fetch into a file, for answers too large for memory; the content stays empty.

        Raises:
            FetchError: As `get`; the file may then hold a part of the answer.
            CorpusError: If the file cannot be written.
        """
        request = Request(
            accept,
            max_bytes or self.settings.max_download_bytes,
            conditional=conditional,
            robots=True,
            private=self.settings.allow_private,
            sink=partial(write_blocks, path),
        )
        return self._with_retries(self._address(url, params), request)

    def forget(self) -> None:
        """Let what this thread has fetched not count as read; the next crawl asks for it again."""
        if self.validators:
            self.validators.take()

    def hide(self, text: str) -> str:
        """Take the keys out of a text."""
        return self._secrets.hide(text)

    def close(self) -> None:
        """Close all connections."""
        if "_transport" in self.__dict__:
            self._transport.close()

    @cached_property
    def _transport(self) -> "Transport":
        # Here, since it loads requests, which `--help` must work without.
        from crawler.http.transport import Transport

        return Transport(
            connections=self.settings.workers,
            timeout_s=self.settings.timeout_s,
            agent=self.settings.agent,
            named=self.settings.allow_addresses,
        )

    def _address(self, url: str, params: Params | None) -> str:
        url = check_url(url, shown=self.hide(url))
        return check_url(self._transport.prepare_url(url, params)) if params else url

    def _with_retries(self, url: str, request: Request, tries: int | None = None) -> Response:
        tries = tries or self.settings.tries
        for attempt in range(1, tries + 1):
            try:
                response = self._follow(url, request)
                self.on_answer()
                return response
            except FetchError as error:
                is_last = attempt >= tries or self.stop.is_set()
                # Robots have their own time after which they ask again.
                if is_last or not error.retryable or error.reason == "robots-unreachable":
                    # Hidden before it is cut: of half a key nobody knows that it is one.
                    error.args = (f"{self.hide(str(error))} ({self.hide(url):.300})",)
                    raise
                self.counts.add(retries=1)
                self._wait(self.settings.retry_wait_s(attempt, error.wait_s))
        raise AssertionError("tries is at least 1")

    def _follow(self, url: str, request: Request) -> Response:
        """Fetch an address and follow its redirects, each checked like an address of its own."""
        # Versions are kept by the address that was asked for, wherever it led.
        key = self.hide(url)
        headers = {"Accept": request.accept, "Accept-Encoding": "gzip, deflate"}
        validators = self.validators if request.conditional else None
        versions = validators.headers(key) if validators is not None else {}
        headers |= versions
        # Who names no version cannot be told that it still holds.
        request = replace(request, conditional=bool(versions))
        cookies, visited = ChainCookies(), {(url, "")}
        private = request.private
        while True:
            if request.robots:
                self.robots.check(url, private=private)
            answer = self._send(url, {**headers, **cookies.header(url)}, request, private=private)
            if isinstance(answer, Response):
                # Of what may be half, no version counts as fetched.
                if validators is not None and answer.has_end and not answer.not_modified:
                    validators.note(key, answer.headers)
                return answer
            cookies.keep(url, answer.headers)
            target = redirect_target(url, answer.location)
            target = check_url(target, shown=self.hide(target))
            # The same address with a new cookie is another question.
            step = target, cookies.header(target).get("Cookie", "")
            if step in visited or len(visited) > self.settings.max_redirects:
                raise FetchError("Its redirects lead nowhere.", reason="redirects")
            visited.add(step)
            private = private and may_lead_to_private(url, target)
            url = target

    def _send(
        self, url: str, headers: Mapping[str, str], request: Request, *, private: bool
    ) -> Response | Redirect:
        """Send one request; return the answer, or where it redirects to."""
        limit = self.limits.of(host_of(url))
        # The host may be paused while this thread waits for its moment, so it looks again.
        while not limit.quiet:
            self._wait(limit.reserve())
            if not (pause_s := limit.pause_s()):
                break
            self._wait(pause_s)
        while wait_s := limit.depart():
            self._wait(wait_s)
        if self.stop.is_set():
            raise stopped()
        # Counted before it is known what becomes of it: the shop counts it, too.
        self.counts.add(requests=1)
        began = time.monotonic()
        deadline = began + self.settings.answer_time_s(into_file=request.sink is not None)
        with self._transport.open(url, headers, deadline=deadline, allow_private=private) as raw:
            # How long it took to begin; the rest depends on the size of the answer.
            limit.observe(time.monotonic() - began)
            return self._read(raw, url, request, limit)

    def _read(self, raw: Any, url: str, request: Request, limit: HostLimit) -> Response | Redirect:
        status: int = raw.status
        if status == 304 and request.conditional:
            self.counts.add(not_modified=1)
            return Response(self.hide(url), status, raw.headers, b"", not_modified=True)
        # A redirect that does not say where to is an error like any other.
        if status in REDIRECTS and (location := raw.headers.get("Location")):
            return Redirect(str(location), raw.headers)
        if meaning_of(status) is not Meaning.CONTENT:
            raise refused(raw, url, limit, pause_s=self.settings.backoff_s)
        content, has_end, most = b"", has_known_end(raw, url), request.max_bytes
        if request.sink:
            self.counts.add(bytes=request.sink(read_blocks(raw, max_bytes=most)))
        else:
            content = read_body(raw, max_bytes=most)
            self.counts.add(bytes=len(content))
        if is_challenge(raw.headers, content):
            raise challenged(url, status)
        return Response(self.hide(url), status, raw.headers, content, has_end=has_end)

    def _robots_txt(self, url: str, private: bool) -> Response:
        # Without asking robots.txt, which is what this fetches.
        request = Request("text/plain, */*", self.settings.max_bytes, private=private)
        return self._with_retries(url, request)

    def _slow_down(self, url: str, delay_s: float) -> None:
        self.limits.of(host_of(url)).at_least_every(delay_s)

    def _wait(self, seconds: float) -> None:
        if seconds > 0 and self.stop.wait(seconds):
            raise stopped()
