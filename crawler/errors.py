"""What goes wrong in a crawl.

    CrawlError (a ProdcatError)
    ├── FetchError     one address that could not or must not be fetched
    ├── SourceError    one answer of a shop that is not what it promises
    └── CrawlStopped   the crawl as a whole cannot go on, such as a key that is not accepted

The first two end in a counted, explained failure of one task; the third ends the crawl.
"""

from prodcat.errors import ProdcatError


class CrawlError(ProdcatError):
    """Base of all that a crawl raises on purpose."""


class FetchError(CrawlError):
    """An address that could not, or for safety must not, be fetched."""

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        status: int | None = None,
        retryable: bool = False,
        body: bytes = b"",
        wait_s: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        """A short code to count by, such as ``robots``, ``timeout`` or ``status-404``."""
        self.status = status
        """The HTTP status, where the server answered."""
        self.retryable = retryable
        """The same request may go well at another time."""
        self.body = body
        """The beginning of what the server answered, for its own explanation."""
        self.wait_s = wait_s
        """How long the server wants this address to be left alone."""


def stopped() -> FetchError:
    """Say that the crawl ends before this was fetched."""
    return FetchError("The crawl is being stopped.", reason="stopped", retryable=True)


class SourceError(CrawlError):
    """An answer that is not what its source promises, such as a page without products."""

    def __init__(self, message: str, *, reason: str = "malformed") -> None:
        super().__init__(message)
        self.reason = reason
        """A short code to count by."""


class CrawlStopped(CrawlError):  # noqa: N818  (it is told as an event, and reads as one)
    """The crawl cannot go on: a key that is refused, a full disk."""
