"""What the service tells of itself: its model, its categories, how it is."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from prodcat.errors import ModelError
from prodcat.product import PARTS
from prodcat.serve.documents import json_response, problems
from prodcat.serve.problems import ProblemError
from prodcat.serve.routes.answering import service_of
from prodcat.serve.schemas import CategoriesOut, Health, ModelOut, TakenUp
from prodcat.taxonomy.tree import Taxonomy

router = APIRouter()
MOST_CATEGORIES = 10_000


@router.get(
    "/v1/categories",
    tags=["model"],
    summary="Search the tree of categories",
    responses={200: {"model": CategoriesOut}, **problems(422)},
)
async def categories(
    request: Request,
    q: Annotated[
        str,
        Query(max_length=200, description="Words that all stand in the path.", examples=["jea"]),
    ] = "",
    parent: Annotated[
        str | None, Query(max_length=1000, description="Only children of this id; empty for roots.")
    ] = None,
    leaves: Annotated[bool, Query(description="Only leaves.")] = False,
    limit: Annotated[int, Query(ge=1, le=MOST_CATEGORIES)] = 1000,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> Response:
    """Return categories in the order of the tree, a page of them."""
    model = service_of(request).models.current.predictor.model
    answer = await asyncio.to_thread(
        found_categories, model.answered_taxonomy, set(model.answered_labels), q, parent, leaves
    )
    shown = answer[offset : offset + limit]
    return json_response(
        {"categories": shown, "total": len(answer), "version": model.answered_taxonomy.version}
    )


def found_categories(
    tree: Taxonomy, labels: set[str], q: str, parent: str | None, leaves: bool
) -> list[dict[str, Any]]:
    """Return the categories that fit, as plain data."""
    answerable = {above for label in labels for above in tree.ancestors(label)}
    words = q.casefold().split()
    found = []
    for category in tree:
        path, children = tree.path(category.id), tree.children(category.id)
        if parent is not None and (category.parent_id or "") != parent:
            continue
        if leaves and children:
            continue
        text = " ".join(path).casefold()
        if not all(word in text for word in words):
            continue
        found.append(
            {
                "id": category.id,
                "name": category.name,
                "path": list(path),
                "parent": category.parent_id,
                "children": len(children),
                "answerable": category.id in answerable,
            }
        )
    return found


@router.get(
    "/v1/model",
    tags=["model"],
    summary="Tell what answers",
    responses={200: {"model": ModelOut}, **problems()},
)
async def model(request: Request) -> Response:
    """Return the model's card, its fingerprint, and what it promises from accuracy to accuracy."""
    service = service_of(request)
    loaded = service.models.current
    return json_response(
        {
            "fingerprint": loaded.fingerprint,
            "name": loaded.facts["name"],
            "facts": loaded.facts,
            "card": loaded.card,
            "promises": loaded.promises,
            "reads": [part for part in PARTS if part in loaded.predictor.readable],
            "similar": service.neighbours is not None,
            "review": service.review is not None,
            "limits": service.facts(),
        }
    )


@router.post(
    "/v1/model",
    tags=["model"],
    summary="Take up the model that lies in its folder now",
    responses={200: {"model": TakenUp}, **problems(409)},
)
async def take_up(request: Request) -> Response:
    """Load the folder that the service was started with again; no request is lost by it.

    It takes a key even on this machine alone. A model that cannot be used is refused, and the old
    one stays.
    """
    service = service_of(request)
    if not service.keys:
        raise ProblemError(
            403,
            "keys-needed",
            "A new model is taken up for a key alone, and this service has none.",
            expected="A service that was started with --key-file.",
            todo="Start it so, or send its process SIGHUP.",
        )
    try:
        changed = await service.take_up_model()
    except ModelError as error:
        raise ProblemError(
            409,
            "model-refused",
            str(error).replace(str(service.models.folder), "the model's folder"),
            expected="A whole model directory that this version understands.",
            todo="Put one in its place and ask again; the old one answers until then.",
        ) from error
    return json_response({"changed": changed, "fingerprint": service.models.current.fingerprint})


@router.get(
    "/healthz", tags=["operation"], summary="Tell that it runs", responses={200: {"model": Health}}
)
async def health() -> Response:
    """Return at once, whatever is being answered."""
    return json_response({"status": "ok"})


@router.get(
    "/readyz",
    tags=["operation"],
    summary="Tell whether to send requests here",
    responses={200: {"model": Health}, **problems(503)},
)
async def ready(request: Request) -> Response:
    """Return 200 with a model in hand, and 503 from SIGTERM on."""
    if not service_of(request).ready:
        raise ProblemError(
            503,
            "ending",
            "The service is about to end.",
            expected="Another one behind the same balancer.",
            todo="Send requests there.",
        )
    return json_response({"status": "ready"})


@router.get(
    "/metrics",
    tags=["operation"],
    summary="Tell its numbers",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems()},
)
async def metrics(request: Request) -> Response:
    """Return counters and histograms in Prometheus' own format, over all processes."""
    service = service_of(request)
    service.metrics.in_hand.set(service.batcher.in_hand)
    text = await asyncio.to_thread(service.metrics.text)
    return Response(text, media_type=service.metrics.content_type)
