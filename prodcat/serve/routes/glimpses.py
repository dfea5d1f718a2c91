"""What a page shows of a job's table: its first rows, and small pictures of the products."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from prodcat.serve.documents import json_response, problems
from prodcat.serve.jobs.glimpses import read_first_rows, read_thumbnail
from prodcat.serve.jobs.schemas import FirstRowsOut
from prodcat.serve.routes.answering import service_of
from prodcat.serve.routes.jobs import JobId, job_of

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get(
    "/{job_id}/first-rows",
    summary="See the first rows of a table",
    responses={200: {"model": FirstRowsOut}, **problems(404, 422)},
)
async def first_rows(request: Request, job_id: JobId) -> Response:
    """Return its first rows as they stand in it, long cells cut; none while it is being read."""
    folder = service_of(request).jobs.path(job_of(request, job_id).id)
    return json_response(await asyncio.to_thread(read_first_rows, folder))


@router.get(
    "/{job_id}/pictures/{row}",
    summary="Get the small picture of a row",
    response_class=Response,
    responses={
        200: {"content": {"image/jpeg": {}}},
        204: {"description": "There is no picture of that row."},
        **problems(404, 422),
    },
)
async def picture(
    request: Request,
    job_id: JobId,
    row: Annotated[int, Path(ge=1, le=10_000_000, description="The first is 1.", examples=[1])],
) -> Response:
    """Return a JPEG of 96 pixels at most, and 204 where there is none.

    There are some of the first 10,000 rows when the job is done.
    """
    folder = service_of(request).jobs.path(job_of(request, job_id).id)
    data = await asyncio.to_thread(read_thumbnail, folder, row)
    if data is None:  # which a page asks of every row that it shows
        return Response(status_code=204)
    headers = {"Cache-Control": "private, max-age=3600"}
    return Response(data, media_type="image/jpeg", headers=headers)
