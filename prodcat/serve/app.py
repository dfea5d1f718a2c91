"""The app: endpoints behind the gate, for `prodcat serve` or any server of ASGI apps."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from prodcat.serve.bodies import GoneError, shown_errors
from prodcat.serve.documents import problem_of, schemas_of
from prodcat.serve.gate import Gate
from prodcat.serve.jobs.schemas import StartIn
from prodcat.serve.page_files import page_routes
from prodcat.serve.problems import ProblemError, not_valid, of_status
from prodcat.serve.review.schemas import DecideIn, NextIn, UndoIn
from prodcat.serve.routes import answering, glimpses, jobs, review, telling
from prodcat.serve.schemas import ExplainIn, PredictIn, ProblemOut, SimilarIn
from prodcat.serve.service import Service
from prodcat.serve.settings import ServeSettings
from prodcat.version import installed_version

logger = logging.getLogger(__name__)
PARAMETER = re.compile(r"\{\w+\}")
ABOUT = "Categorizes products by name, description and picture, any of them missing."


class ServiceApp:
    """The app behind its gate; an ASGI app.

    Args:
        api: The endpoints.
        service: What they work with.
    """

    def __init__(self, api: FastAPI, service: Service) -> None:
        self.api, self.service = api, service
        self._gate: ASGIApp = Gate(api, service)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle what a server hands over."""
        await self._gate(scope, receive, send)


def create_app(
    settings: ServeSettings | None = None, *, tell_others: Callable[[], None] | None = None
) -> ServiceApp:
    """Load the model and return the ASGI app that serves it.

    Args:
        settings: What to serve; None for the model that comes with prodcat, without keys, for
            this machine alone. Host, port and workers are the server's.
        tell_others: Called when a client had a new model taken up, to tell other processes.

    Raises:
        ConfigError: If keys, index or limits are wrong.
        ModelError: If the model cannot be used.
    """
    service = Service(settings or ServeSettings(), tell_others)
    return ServiceApp(create_api(service), service)


def create_api(service: Service) -> FastAPI:
    """Return the endpoints, which answer whoever the gate let in."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.runner.start()
        yield
        await service.runner.stop()
        await asyncio.to_thread(service.close)

    api = FastAPI(
        title="prodcat",
        description=ABOUT,
        version=installed_version(),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        # The framework's own pages fetch scripts from elsewhere.
        redirect_slashes=False,
    )
    api.state.service = service
    for router in (
        *(answering.router, jobs.router, glimpses.router, review.router, telling.router),
    ):
        api.include_router(router)
    api.router.routes.extend(page_routes())
    api.add_exception_handler(ProblemError, _of_problem)
    api.add_exception_handler(HTTPException, _of_framework)
    api.add_exception_handler(RequestValidationError, _of_parameters)
    api.add_exception_handler(GoneError, _of_gone)
    api.add_exception_handler(OSError, _of_disk)
    api.add_exception_handler(Exception, _of_fault)
    api.openapi = lambda: document(api, service)  # type: ignore[method-assign]
    return api


def document(api: FastAPI, service: Service) -> dict[str, Any]:
    """Return /openapi.json, made once."""
    if api.openapi_schema is not None:
        return api.openapi_schema
    schema = get_openapi(title=api.title, version=api.version, description=ABOUT, routes=api.routes)
    parts = schema.setdefault("components", {})
    parts.setdefault("schemas", {}).update(
        schemas_of(
            *(PredictIn, ExplainIn, SimilarIn, StartIn, NextIn, DecideIn, UndoIn, ProblemOut)
        )
    )
    if service.keys:
        parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        for path, operations in schema["paths"].items():
            if path.startswith("/v1") or path == "/metrics":
                for operation in operations.values():
                    operation["security"] = [{"key": []}]
    for operations in schema["paths"].values():
        for operation in operations.values():
            for status in ("403",):
                operation["responses"].setdefault(status, problem_of(int(status)))
    api.openapi_schema = schema
    return schema


async def _of_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    noted = request.scope.get("prodcat", {})
    noted["problem"] = error.kind
    service: Service = request.app.state.service
    service.metrics.refused.labels(error.kind).inc()
    error.more.setdefault("request", noted.get("id", ""))
    return error.response()


async def _of_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    allow = ", ".join(methods_of(request)) if error.status_code == 405 else ""
    problem = of_status(error.status_code, request.url.path, request.method, allow)
    return await _of_problem(request, problem)


def methods_of(request: Request) -> list[str]:
    """Return all methods that a path takes; the framework names those of one route alone."""
    for path, operations in request.app.openapi()["paths"].items():
        if re.fullmatch(PARAMETER.sub("[^/]+", path), request.url.path):
            return sorted(method.upper() for method in operations)
    return ["GET"]


async def _of_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    details = error.errors()
    where = ".".join(map(str, details[0]["loc"])) if details else "The request"
    message = details[0]["msg"] if details else "it is not valid"
    problem = not_valid(f"{where}: {message}.", errors=shown_errors(details))
    return await _of_problem(request, problem)


async def _of_gone(_: Request, __: Exception) -> Response:
    # Nobody hears it; the log has it.
    return Response(status_code=499)


async def _of_disk(request: Request, error: Exception) -> Response:
    logger.error("%s cannot be done: %s", request.url.path, error)
    problem = ProblemError(
        503,
        "no-disk",
        "The service cannot read or write its files; its log says why.",
        expected="A disk with room, and files that are there.",
        todo="Try again later, and tell who runs the service.",
        headers={"Retry-After": "30"},
    )
    return await _of_problem(request, problem)


async def _of_fault(request: Request, _: Exception) -> Response:
    # The server logs it with its trace.
    problem = ProblemError(
        500,
        "fault",
        "This is a fault of the service's own; its log says more.",
        expected="An answer.",
        todo="Tell who runs the service, with the number of the request.",
    )
    return await _of_problem(request, problem)
