"""Jobs: a table in, what its columns are, the file of answers out."""

import asyncio
import re
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response, StreamingResponse

from prodcat.errors import InputError
from prodcat.serve.answers import rule_of, wrong_rule
from prodcat.serve.bodies import GoneError, read_request
from prodcat.serve.documents import body_of, json_response, problems
from prodcat.serve.jobs.following import follow, shown
from prodcat.serve.jobs.records import (
    CANCELLED,
    DONE,
    FAILED,
    MOVING,
    QUEUED,
    READY,
    Job,
    JobOptions,
)
from prodcat.serve.jobs.schemas import JobOut, JobsOut, StartIn
from prodcat.serve.jobs.store import NoRoomError
from prodcat.serve.problems import ProblemError, not_valid
from prodcat.serve.routes.answering import service_of

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "jsonl": "application/x-ndjson",
}
JobId = Annotated[
    str, Path(pattern="^[0-9a-f]{32}$", description="As /v1/jobs told it.", examples=["0" * 32])
]
FormatQuery = Annotated[str, Query(pattern="^(xlsx|csv|parquet|jsonl)$")]
TABLE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {
                "schema": {"type": "string", "format": "binary", "minLength": 1}
            }
        },
    }
}


@router.post(
    "",
    summary="Bring in a table",
    status_code=201,
    responses={201: {"model": JobOut}, **problems(408, 409, 413, 415, 422, 503)},
    openapi_extra=TABLE_BODY,
)
async def bring_in(
    request: Request,
    name: Annotated[
        str, Query(max_length=300, description="Of the file, such as shop.csv.", examples=["a.csv"])
    ] = "",
) -> Response:
    """Send the file itself: CSV, Excel, OpenDocument, JSON, Parquet, Arrow, also in .gz or .zip.

    The answer tells which column was read as what; the job is started by its ``start``. A table
    that cannot be read is a job, too: its state is failed, and its ``error`` says why.
    """
    service = service_of(request)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media.startswith("multipart/") or media == "application/x-www-form-urlencoded":
        raise ProblemError(
            415,
            "other-media",
            f"The body is of the type {media[:100]}.",
            expected="The table's file itself, as application/octet-stream.",
            todo="Send it with curl --data-binary @shop.csv, or fetch with the file as its body.",
        )
    length = request.headers.get("content-length", "")
    try:
        job = await service.jobs.bring_in(
            name, request.stream(), length=int(length) if length.isdigit() else None
        )
    except NoRoomError as error:
        raise ProblemError(
            409,
            "no-room",
            f"There are {service.limits.jobs} jobs at work already, or they take all the room.",
            expected="A job less.",
            todo="Wait for one to end, or remove one.",
        ) from error
    except InputError as error:
        raise not_valid(str(error)) from error
    except ClientDisconnect as error:
        raise GoneError from error
    job = await service.runner.described(job)
    return json_response(shown(job), 201)


@router.get("", summary="List the jobs", responses={200: {"model": JobsOut}, **problems()})
async def all_jobs(request: Request) -> Response:
    """Return all jobs, the oldest first."""
    jobs = await asyncio.to_thread(service_of(request).jobs.all)
    return json_response({"jobs": [shown(job) for job in jobs]})


@router.get(
    "/{job_id}",
    summary="See how a job is",
    responses={200: {"model": JobOut}, **problems(404, 422)},
)
async def one_job(request: Request, job_id: JobId) -> Response:
    """Return its state, how far it is, and in the end what it came to."""
    return json_response(shown(job_of(request, job_id)))


@router.post(
    "/{job_id}/start",
    summary="Answer the table",
    status_code=202,
    responses={202: {"model": JobOut}, **problems(400, 404, 408, 409, 413, 415, 422, 503)},
    openapi_extra=body_of(StartIn),
)
async def start(request: Request, job_id: JobId) -> Response:
    """Say which column is what, where that was not found, and how to answer; then it begins.

    Jobs run one after the other. If the service ends meanwhile, the job goes on when it starts
    again, behind the last rows that were finished.
    """
    service = service_of(request)
    asked, _ = await read_request(request, StartIn, service.limits)
    job = job_of(request, job_id)
    try:
        service.models.current.check_rule(**rule_of(asked))
    except InputError as error:
        raise wrong_rule(error) from error
    if job.state not in (READY, CANCELLED, FAILED) or job.table is None:
        raise ProblemError(
            409,
            "not-ready",
            f"The job is {job.state}.",
            expected="A job that is ready, was cancelled, or failed after its table was read.",
            todo="Bring the table in anew." if job.table is None else "Wait, or cancel it.",
        )
    check_columns(job.table, asked.columns.named)
    options = JobOptions(asked.columns.named, asked.format, asked.accuracy, asked.threshold)
    job = service.jobs.put(
        replace(job, state=QUEUED, options=options, error=None, result=None, done_rows=0)
    )
    return json_response(shown(job), 202)


@router.post(
    "/{job_id}/cancel",
    summary="Stop a job",
    responses={200: {"model": JobOut}, **problems(404, 409, 422, 503)},
)
async def cancel(request: Request, job_id: JobId) -> Response:
    """Stop it; started again it goes on where it was, if it is started in the same way."""
    service, job = service_of(request), job_of(request, job_id)
    if job.state not in MOVING:
        raise ProblemError(
            409,
            "not-running",
            f"The job is {job.state}.",
            expected="A job that is queued or running.",
            todo="Nothing; there is nothing to stop.",
        )
    return json_response(shown(service.jobs.put(replace(job, state=CANCELLED))))


@router.get(
    "/{job_id}/events",
    summary="Follow a job",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}},
        **problems(404, 422),
    },
)
async def events(request: Request, job_id: JobId) -> Response:
    """Send the job whenever it changes, as server-sent events, until it comes to rest."""
    job_of(request, job_id)
    return StreamingResponse(
        follow(service_of(request), job_id),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


@router.get(
    "/{job_id}/result",
    summary="Get the file of answers",
    response_class=Response,
    responses={
        200: {
            "content": {
                media: {"schema": {"type": "string", "format": "binary"}}
                for media in MEDIA.values()
            }
        },
        **problems(404, 409, 422, 503),
    },
)
async def result(request: Request, job_id: JobId, format: FormatQuery | None = None) -> Response:
    """Return the table's rows with the answers behind them, in any of the formats."""
    service, job = service_of(request), job_of(request, job_id)
    if job.state != DONE:
        raise ProblemError(
            409,
            "not-done",
            f"The job is {job.state}.",
            expected="A job that is done.",
            todo="Start it, and follow its events.",
        )
    kind = format or job.options.format
    try:
        file = await service.runner.answers(job, kind)
    except InputError as error:
        raise ProblemError(
            409,
            "not-written",
            str(error),
            expected="A format that can hold the table.",
            todo="Ask for csv or parquet.",
        ) from error
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", job.name.split(".")[0]).strip("-")[:60] or "table"
    return FileResponse(file, media_type=MEDIA[kind], filename=f"{stem}-answers.{kind}")


@router.delete(
    "/{job_id}",
    summary="Remove a job",
    status_code=204,
    response_class=Response,
    responses=problems(404, 422),
)
async def remove(request: Request, job_id: JobId) -> Response:
    """Remove it with its table and its answers; one that runs is stopped."""
    job = job_of(request, job_id)
    await asyncio.to_thread(service_of(request).jobs.remove, job.id)
    return Response(status_code=204)


def job_of(request: Request, job_id: str) -> Job:
    """Return a job.

    Raises:
        ProblemError: If there is none.
    """
    job = service_of(request).jobs.get(job_id)
    if job is None:
        raise ProblemError(
            404,
            "no-such-job",
            "There is no job of that id, or it was removed.",
            expected="An id that /v1/jobs told.",
            todo="Bring the table in anew.",
        )
    return job


def check_columns(table: dict[str, Any], columns: dict[str, list[str]]) -> None:
    """Refuse columns that a table does not have.

    Raises:
        ProblemError: If it lacks one.
    """
    there = [*(c for names in table["columns"].values() for c in names), *table["not_read"]]
    for field, names in columns.items():
        for name in names:
            if name not in there:
                raise not_valid(
                    f"The table has no column {name[:100]!r} for the {field}.",
                    expected=f"One of: {', '.join(there)[:1000]}.",
                )
