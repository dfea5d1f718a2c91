"""One HTTP request over guarded connections; what other libraries raise becomes a FetchError."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.client import IncompleteRead
from typing import Any

from requests import PreparedRequest, RequestException
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError, NameResolutionError, ReadTimeoutError
from urllib3.exceptions import SSLError as UrllibSSLError

from crawler.errors import FetchError
from crawler.http.addresses import host_of
from crawler.http.connections import Guard, build_adapter
from crawler.http.incoming import cut_short

# More than this is not worth reading to keep a connection.
DRAINED_BYTES = 64 * 1024
ROOTS = (FetchError, IncompleteRead, NameResolutionError, ReadTimeoutError, UrllibSSLError)


class Transport:
    """Sends requests; shared by all threads."""

    def __init__(
        self,
        *,
        connections: int,
        timeout_s: float,
        agent: str,
        named: frozenset[str] = frozenset(),
    ) -> None:
        self._guard = Guard()
        self._adapter = build_adapter(self._guard, connections=connections)
        self._timeout_s, self._agent, self._named = timeout_s, agent, named

    @contextmanager
    def open(
        self, url: str, headers: Mapping[str, str], *, deadline: float, allow_private: bool
    ) -> Generator[Any]:
        """Send a GET and give the response of urllib3, to be read inside the ``with``.

        Raises:
            FetchError: For whatever goes wrong, inside the ``with`` too.
        """
        context = self._guard.context
        context.deadline, context.allow_private = deadline, allow_private
        context.named = self._named
        raw: Any = None
        try:
            # By the adapter itself. A session of requests would follow redirects that nobody
            # checked, and go through proxies, which hide where a connection leads.
            raw = self._adapter.send(
                self._prepare(url, headers),
                stream=True,
                timeout=(self._timeout_s, self._timeout_s),
            ).raw
            yield raw
            # What is left of an answer nobody wanted, so that the connection can serve again.
            if raw.length_remaining and raw.length_remaining <= DRAINED_BYTES:
                raw.read(DRAINED_BYTES, decode_content=False)
        except FetchError as error:
            # A deadline ends the stream, which looks to the reader like an answer cut off.
            if self._guard.end() and error.reason == "truncated":
                raise timed_out(url) from error
            raise
        except (RequestException, HTTPError, OSError, ValueError) as error:
            raise self._translated(error, url) from error
        finally:
            self._guard.end()
            if raw is not None and not raw.closed:
                raw.close()

    def prepare_url(self, url: str, params: Any = None) -> str:
        """Return an address as it is sent, with its query.

        Raises:
            FetchError: If it is none.
        """
        request = PreparedRequest()
        try:
            request.prepare_url(url, params)
        except (RequestException, ValueError) as error:
            # Without the address itself, which may have a key in it: the fetcher adds it.
            raise FetchError("This is no address.", reason="bad-url") from error
        return str(request.url)

    def close(self) -> None:
        """Close all connections."""
        self._guard.close()
        self._adapter.close()

    def _prepare(self, url: str, headers: Mapping[str, str]) -> PreparedRequest:
        # Without what prepare() does for cookies, passwords and hooks, which nothing here has.
        request = PreparedRequest()
        request.method = "GET"
        request.url = self.prepare_url(url)
        request.headers = CaseInsensitiveDict({"User-Agent": self._agent, **headers})
        return request

    def _translated(self, error: Exception, url: str) -> FetchError:
        inner = root_of(error)
        if isinstance(inner, FetchError):
            return inner
        host = host_of(url)
        if self._guard.end() or isinstance(inner, ReadTimeoutError | TimeoutError):
            return timed_out(url)
        if isinstance(inner, IncompleteRead):
            return cut_short()
        if isinstance(inner, NameResolutionError):
            return FetchError(f"There is no host {host}.", reason="no-host", retryable=True)
        if isinstance(inner, UrllibSSLError) or "SSL" in type(inner).__name__:
            return FetchError(
                f"No secure connection to {host}: {inner!s:.200}.", reason="tls", retryable=True
            )
        return FetchError(
            f"The connection to {host} failed ({type(inner).__name__}).",
            reason="connection",
            retryable=True,
        )


def timed_out(url: str) -> FetchError:
    """Say that a host took too long."""
    return FetchError(f"{host_of(url)} took too long.", reason="timeout", retryable=True)


def root_of(error: BaseException) -> BaseException:
    """Find what is wrong beneath what libraries wrapped around it."""
    for _ in range(8):  # more than any library wraps, and errors may refer to each other
        if isinstance(error, ROOTS):
            return error
        reason = getattr(error, "reason", None)
        below = [reason, *error.args, error.__cause__, error.__context__]
        cause = next((e for e in below if isinstance(e, BaseException)), None)
        if cause is None:
            return error
        error = cause
    return error
