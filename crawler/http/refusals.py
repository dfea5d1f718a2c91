"""Answers that are no content: what they mean, and how long their host is left alone."""

from typing import Any

from crawler.errors import FetchError
from crawler.http.addresses import host_of
from crawler.http.bodies import read_beginning
from crawler.http.challenges import is_challenge
from crawler.http.limits import HostLimit, retry_after_s
from crawler.http.statuses import is_busy

MAX_PAUSE_S = 120.0
BODY_OF_ERROR_BYTES = 4096


def refused(raw: Any, url: str, limit: HostLimit, *, pause_s: float) -> FetchError:
    """Say what a status means; leave the host alone where it asks for that.

    Args:
        raw: The response of urllib3.
        url: Where it comes from.
        limit: Of its host.
        pause_s: For how long, where a busy server does not say it.
    """
    status: int = raw.status
    body = read_beginning(raw, BODY_OF_ERROR_BYTES)
    if is_challenge(raw.headers, body):
        return challenged(url, status)
    is_later, wait_s = is_busy(status), retry_after_s(raw.headers.get("Retry-After", ""))
    told_s = 0.0
    # A server that is broken and does not say for how long is not left alone, only asked again.
    if is_later and (wait_s is not None or status < 500):
        # One that asks for hours is not waited for.
        told_s = min(pause_s if wait_s is None else wait_s, MAX_PAUSE_S)
        limit.refuse(told_s)
    return FetchError(
        f"{host_of(url)} answered with status {status}.",
        reason=f"status-{status}",
        status=status,
        retryable=is_later,
        body=body,
        wait_s=told_s,
    )


def challenged(url: str, status: int) -> FetchError:
    """Say that a host wants a person; asking again at once would only make it surer."""
    return FetchError(
        f"{host_of(url)} asks whether a person is there (status {status}).",
        reason="challenge",
        status=status,
    )
