"""Errors as problem details (RFC 9457): what was found, what was expected, what to do."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """What a client is told instead of an answer.

    Args:
        status: Of the response.
        kind: Short name of what is wrong, the same for the same thing: the end of its ``type``.
        detail: What was found.
        expected: What would have been right.
        todo: What to do about it.
        headers: Of the response.
        more: Further members.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        expected: str = "",
        todo: str = "",
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
        self.expected, self.todo = expected, todo
        self.headers, self.more = dict(headers or {}), dict(more or {})

    def to_dict(self) -> dict[str, Any]:
        """Return the members of the problem's details."""
        return {
            "type": f"urn:prodcat:{self.kind}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **({"expected": self.expected} if self.expected else {}),
            **({"todo": self.todo} if self.todo else {}),
            **self.more,
        }

    def response(self) -> Response:
        """Return the response that tells it."""
        return Response(
            json.dumps(self.to_dict(), ensure_ascii=False).encode("utf-8", "replace"),
            status_code=self.status,
            headers=self.headers,
            media_type=MEDIA_TYPE,
        )


def too_busy(retry_after_s: float, what: str) -> ProblemError:
    """Return what a client is told when there is no room to wait."""
    seconds = max(1, round(retry_after_s + 0.5))
    return ProblemError(
        429,
        "too-busy",
        f"{what} already wait or are being answered.",
        expected="A moment with room in the queue.",
        todo=f"Send the same again in {seconds} s, as Retry-After says.",
        headers={"Retry-After": str(seconds)},
    )


def too_large(detail: str, expected: str, todo: str) -> ProblemError:
    """Return what a client is told of a body that is over a limit."""
    return ProblemError(413, "too-large", detail, expected=expected, todo=todo)


def not_valid(detail: str, *, expected: str = "", todo: str = "", **more: Any) -> ProblemError:
    """Return what a client is told of a request that is not of the schema."""
    return ProblemError(
        422,
        "not-valid",
        detail,
        expected=expected or "What /openapi.json says of this request.",
        todo=todo or "Correct it and send it again.",
        more=more,
    )


def of_status(status: int, path: str, method: str, allow: str = "") -> ProblemError:
    """Return the problem behind a status of the framework's own."""
    if status == 404:
        return ProblemError(
            404,
            "not-there",
            f"There is nothing at {path:.100}.",
            expected="One of the paths of /openapi.json.",
            todo="Look the path up there.",
        )
    if status == 405:
        return ProblemError(
            405,
            "wrong-method",
            f"{method:.20} is not what {path:.100} takes.",
            expected=f"One of: {allow}." if allow else "Another method.",
            todo="Use that one.",
            headers={"Allow": allow} if allow else {},
        )
    return ProblemError(status, "refused", HTTPStatus(status).phrase + ".")
