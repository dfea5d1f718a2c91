"""Answers for products, why they are what they are, and what is similar."""

import asyncio
import logging
import time
from typing import Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from prodcat.errors import InputError, SearchError
from prodcat.product import UNREAD, Prediction
from prodcat.serve.answers import answer_data, levels_of, rule_of, wrong_rule
from prodcat.serve.batching import FullError
from prodcat.serve.bodies import product_of, products_of, read_request
from prodcat.serve.documents import body_of, json_response, problems
from prodcat.serve.problems import ProblemError, too_busy, too_large
from prodcat.serve.schemas import (
    ExplainIn,
    ExplainOut,
    PredictIn,
    PredictOut,
    SimilarIn,
    SimilarOut,
)
from prodcat.serve.service import Service

router = APIRouter(prefix="/v1", tags=["products"])
logger = logging.getLogger(__name__)

BUSY = (408, 409, 413, 415, 422, 429, 503)


@router.post(
    "/predict",
    summary="Categorize products",
    responses={200: {"model": PredictOut}, **problems(400, *BUSY)},
    openapi_extra=body_of(PredictIn, form=True),
)
async def predict(request: Request) -> Response:
    """Answer one product or many, each with whatever parts it has.

    What of a product cannot be read is told in its ``error``; the rest of it is answered, and so
    are the others. One that nothing can be read of is abstained from.
    """
    service = service_of(request)
    began = time.perf_counter()
    asked, pictures = await read_request(request, PredictIn, service.limits, form=True)
    if len(asked.products) > service.limits.products:
        raise too_large(
            f"The request has {len(asked.products):,} products.",
            f"At most {service.limits.products:,}.",
            "Send them in several requests, or as a table to /v1/jobs.",
        )
    model, rule = service.models.current, rule_of(asked)
    try:
        model.check_rule(**rule)
    except InputError as error:
        raise wrong_rule(error) from error
    read = await products_of(asked.products, pictures, service.limits)
    products = [product for product, _ in read]
    try:
        async with asyncio.timeout(service.limits.answer_s):
            answers, waited_s = await service.batcher.answer(model, products, **rule)
            levels: list[Any] = [None] * len(products)
            if asked.levels:
                levels = await service.aside(lambda: levels_of(model.predictor, products))
    except FullError as full:
        raise too_busy(full.wait_s, f"{service.batcher.in_hand} products") from full
    except TimeoutError:
        raise too_late(service) from None
    for answer in answers:
        outcome = "unread" if answer.reason == UNREAD else "answered"
        outcome = "abstained" if answer.abstained and answer.reason != UNREAD else outcome
        service.metrics.products.labels(outcome).inc()
    request.scope["prodcat"].update(products=len(products), waited_ms=round(1000 * waited_s, 2))
    return json_response(
        {
            "answers": [
                answer_data(product, answer, problem, of_levels)
                for (product, problem), answer, of_levels in zip(read, answers, levels, strict=True)
            ],
            "model": model.fingerprint,
            "waited_s": round(waited_s, 6),
            "seconds": round(time.perf_counter() - began, 6),
        }
    )


@router.post(
    "/explain",
    summary="Say why a product gets its answer",
    responses={200: {"model": ExplainOut}, **problems(400, *BUSY)},
    openapi_extra=body_of(ExplainIn, form=True),
)
async def explain(request: Request) -> Response:
    """Withhold its parts, its words and places of its picture, and tell what that changes.

    It takes about ten times as long as an answer. Influences are natural logarithms of odds.
    """
    service = service_of(request)
    began = time.perf_counter()
    asked, pictures = await read_request(request, ExplainIn, service.limits, form=True)
    model, rule = service.models.current, rule_of(asked)
    product, problem = product_of(asked.product, pictures, service.limits)

    def work() -> tuple[Prediction, dict[str, Any] | None]:
        given = (product.name, product.description, product.image)
        try:
            why = model.predictor.explain(*given, **rule)
        except InputError:
            # As `predict` answers it: what cannot be read stops nothing.
            (answer,) = model.predictor.predict_many([product], **rule)
            return answer, None
        told = why.to_dict()
        del told["answer"]
        return why.answer, told

    try:
        model.check_rule(**rule)
    except InputError as error:
        raise wrong_rule(error) from error
    answer, told = await aside(service, work, "explanations")
    request.scope["prodcat"].update(products=1)
    return json_response(
        {
            "answer": answer_data(product, answer, problem),
            "explanation": told,
            "model": model.fingerprint,
            "seconds": round(time.perf_counter() - began, 6),
        }
    )


@router.post(
    "/similar",
    summary="Find similar products",
    responses={200: {"model": SimilarOut}, **problems(400, 404, *BUSY)},
    openapi_extra=body_of(SimilarIn, form=True),
)
async def similar(request: Request) -> Response:
    """Find the products of the index that are most similar to one of it, or to one that is given.

    404 where the service was started without an index, or no product of it has that id.
    """
    service = service_of(request)
    began = time.perf_counter()
    asked, pictures = await read_request(request, SimilarIn, service.limits, form=True)
    neighbours = service.neighbours
    if neighbours is None:
        raise no_index()
    product, problem = None, None
    if asked.product is not None:
        product, problem = product_of(asked.product, pictures, service.limits)

    def work() -> tuple[list[dict[str, Any]], str | None]:
        if asked.id is not None and not neighbours.has(asked.id):
            raise ProblemError(
                404,
                "no-such-product",
                f"The index has no product {asked.id[:100]!r}.",
                expected="An id of a product of the index.",
                todo="Give a product's name, description or image instead.",
            )
        options = {"k": asked.k, "weights": asked.weights, "category": asked.category}
        try:
            return neighbours.find(product, asked.id, **options), None
        except InputError as error:
            return [], problem or str(error)
        except SearchError as error:
            logger.error("Similar products cannot be found: %s", error)
            raise ProblemError(
                503,
                "index-of-another-model",
                "The index cannot be searched; the service's log says why.",
                expected="An index that was made by the model that it names.",
                todo="Build it anew with `prodcat index`, and start the service again.",
            ) from error

    hits, error = await aside(service, work, "searches")
    return json_response(
        {"similar": hits, "error": error, "seconds": round(time.perf_counter() - began, 6)}
    )


@router.get(
    "/similar/picture",
    summary="Get the picture of a product of the index",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}, "image/png": {}}}, **problems(404, 422)},
)
async def picture(
    request: Request, id: str = Query(min_length=1, max_length=500, examples=["shop:1"])
) -> Response:
    """Return the file as the corpus has it."""
    neighbours = service_of(request).neighbours
    data = None if neighbours is None else await asyncio.to_thread(neighbours.picture, id)
    if data is None:
        raise ProblemError(
            404,
            "no-picture",
            "There is no picture of a product of that id.",
            expected="A path that /v1/similar told.",
            todo="Ask it again.",
        )
    kind = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    return Response(data, media_type=kind, headers={"Cache-Control": "private, max-age=3600"})


async def aside(service: Service, work: Any, what: str) -> Any:
    """Do what takes long, within the time that there is."""
    try:
        async with asyncio.timeout(service.limits.answer_s):
            return await service.aside(work)
    except FullError as full:
        raise too_busy(full.wait_s, f"{service.limits.explaining} {what}") from full
    except TimeoutError:
        raise too_late(service) from None


def no_index() -> ProblemError:
    """Return what a client is told where there are no similar products to find."""
    return ProblemError(
        404,
        "no-index",
        "This service has no index of similar products.",
        expected="A service that was started with --index or --corpus.",
        todo="Build one with `prodcat index shop.db`, and start with --corpus shop.db.",
    )


def too_late(service: Service) -> ProblemError:
    """Return what a client is told whose answer did not come in time."""
    return ProblemError(
        503,
        "too-late",
        f"There was no answer within {service.limits.answer_s:g} s.",
        expected="Less load, or fewer products at once.",
        todo="Send it again later.",
        headers={"Retry-After": "5"},
    )


def service_of(request: Request) -> Service:
    """Return what the app serves."""
    service: Service = request.app.state.service
    return service
