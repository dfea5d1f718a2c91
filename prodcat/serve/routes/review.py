"""The queue: the next card, what is decided about it, undo, progress, pictures, categories."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from prodcat.errors import CorpusError, DecidedError, ImageError, InputError
from prodcat.inputs.thumbnails import make_thumbnail
from prodcat.review.card import CardForPeople, Place, Shown
from prodcat.review.deciding import Action
from prodcat.review.desk import Desk
from prodcat.review.queue import MOST_NAME
from prodcat.serve.batching import FullError
from prodcat.serve.bodies import read_request
from prodcat.serve.documents import body_of, json_response, problems
from prodcat.serve.problems import ProblemError, too_busy
from prodcat.serve.review.schemas import (
    MOST_ID,
    NAME,
    ActionOut,
    DecideIn,
    FoundCategoriesOut,
    NextIn,
    NextOut,
    ProgressOut,
    UndoIn,
    UndoOut,
)
from prodcat.serve.routes.answering import service_of

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/v1/review", tags=["review"])
Result = TypeVar("Result")
BUSY = (404, 408, 413, 415, 422, 429, 503)
DESCRIPTION_CHARS = 20_000
SIDES = (160, 720)
WhoQuery = Annotated[str, Query(min_length=1, max_length=MOST_NAME, pattern=NAME, examples=["ana"])]


@router.post(
    "/next",
    summary="Get the next card",
    responses={200: {"model": NextOut}, **problems(*BUSY)},
    openapi_extra=body_of(NextIn),
)
async def next_card(request: Request) -> Response:
    """Hand out the card that a look brings most at and that nobody else holds.

    It is held for this person for five minutes from then on, and as long as it is named in
    ``ahead``.
    """
    asked, _ = await read_request(request, NextIn, service_of(request).limits)
    card = await at_desk(request, lambda desk: desk.next(asked.who, asked.ahead))
    return json_response({"card": card_data(card)})


@router.post(
    "/decide",
    summary="Decide about a card",
    responses={200: {"model": ActionOut}, **problems(409, *BUSY)},
    openapi_extra=body_of(DecideIn),
)
async def decide(request: Request) -> Response:
    """Keep a decision; it is on the disk when there is an answer.

    Said again by the same person it changes nothing, so whoever hears no answer may repeat it.
    409 where another person decided on the product meanwhile.
    """
    asked, _ = await read_request(request, DecideIn, service_of(request).limits)
    given = (asked.who, asked.product, asked.verdict, asked.category, asked.alike)
    done = await at_desk(request, lambda desk: desk.decide(*given))
    return json_response(action_data(done))


@router.post(
    "/undo",
    summary="Take back what one decided last",
    responses={200: {"model": UndoOut}, **problems(409, *BUSY)},
    openapi_extra=body_of(UndoIn),
)
async def undo(request: Request) -> Response:
    """Take a decision or a skip back, with the near-duplicates it covered, and return the card."""
    asked, _ = await read_request(request, UndoIn, service_of(request).limits)

    def work(desk: Desk) -> tuple[Action | None, CardForPeople | None]:
        action = desk.undo(asked.who, asked.action)
        return action, None if action is None else desk.again(action.product_id)

    action, card = await at_desk(request, work)
    taken_back = None if action is None else action_data(action)
    return json_response({"action": taken_back, "card": card_data(card)})


@router.get(
    "/progress",
    summary="See how far the queue is",
    responses={200: {"model": ProgressOut}, **problems(404, 422, 429, 503)},
)
async def progress(request: Request, who: WhoQuery | None = None) -> Response:
    """Return what is done and left, by whom, how fast, and how often two people agreed."""
    return json_response(asdict(await at_desk(request, lambda desk: desk.progress(who))))


@router.get(
    "/categories",
    summary="Search the corpus' tree, as one types",
    responses={200: {"model": FoundCategoriesOut}, **problems(404, 422, 429, 503)},
)
async def categories(
    request: Request,
    who: WhoQuery,
    q: Annotated[
        str, Query(max_length=200, description="Beginnings of words will do.", examples=["boo"])
    ] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """Return categories whose paths have all words, those that one chose lately first."""
    found = await at_desk(request, lambda desk: desk.categories(who, q, limit))
    return json_response(
        {"categories": [{**_place(place), "recent": recent} for place, recent in found]}
    )


@router.get(
    "/picture",
    summary="Get the picture of a product",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, **problems(404, 422, 429, 503)},
)
async def picture(
    request: Request,
    id: Annotated[str, Query(min_length=1, max_length=MOST_ID, examples=["shop:1"])],
    small: Annotated[bool, Query(description="At most 160 pixels on a side, else 720.")] = False,
) -> Response:
    """Return it as a JPEG, no larger than a page shows it."""
    file = await at_desk(request, lambda desk: desk.picture_file(id))
    if file is None:
        raise no_picture()
    try:
        data = await asyncio.to_thread(make_thumbnail, file, side_px=SIDES[not small])
    except ImageError as error:
        raise no_picture() from error
    headers = {"Cache-Control": "private, max-age=3600"}
    return Response(data, media_type="image/jpeg", headers=headers)


async def at_desk(request: Request, work: Callable[[Desk], Result]) -> Result:
    """Do something with the queue, and say what is wrong as a problem."""
    room = service_of(request).review
    if room is None:
        raise ProblemError(
            404,
            "no-review",
            "This service has no queue to go through.",
            expected="A service that was started with --corpus, which it may write to.",
            todo="Start it as prodcat serve --corpus shop.db.",
        )
    try:
        return await room.do(work)
    except FullError as full:
        raise too_busy(full.wait_s, "Requests of others") from full
    except DecidedError as error:
        raise ProblemError(
            409,
            "decided-meanwhile",
            str(error),
            expected="A card that nobody decided on.",
            todo="Go on with the next one.",
        ) from error
    except InputError as error:
        raise ProblemError(
            404 if "There is no card" in str(error) else 409,
            "no-such-decision",
            str(error),
            expected="A card of the queue, and a verdict that goes with it.",
            todo="Ask for the next card.",
        ) from error
    except CorpusError as error:
        logger.error("The queue cannot be used: %s", error)
        raise ProblemError(
            503,
            "no-corpus",
            "The corpus cannot be read or written now; the service's log says why.",
            expected="A corpus that nobody else writes to for long, and a disk with room.",
            todo="Send the same again.",
            headers={"Retry-After": "2"},
        ) from error


def no_picture() -> ProblemError:
    """Return what a client is told where there is no picture."""
    return ProblemError(
        404,
        "no-picture",
        "There is no picture of a product of that id.",
        expected="A path that a card told.",
        todo="Ask for the next card.",
    )


def card_data(card: CardForPeople | None) -> dict[str, Any] | None:
    """Return a card as clients get it."""
    if card is None:
        return None
    return {
        "product": card.card.product_id,
        "name": card.name,
        "description": card.description[:DESCRIPTION_CHARS],
        "picture": _picture(card.card.product_id) if card.has_picture else None,
        "kind": card.card.kind,
        "reason": card.card.reason,
        "further": list(card.card.further),
        "value": card.card.value,
        "label": _place(card.label),
        "suggestion": _place(card.suggestion),
        "probability": card.card.probability,
        **{
            name: [_shown(one) for one in getattr(card, name)]
            for name in ("alike", "of_label", "of_suggestion")
        },
    }


def action_data(action: Action) -> dict[str, Any]:
    """Return what a person did as clients get it."""
    return {
        "id": action.id,
        "product": action.product_id,
        "verdict": action.verdict,
        "covered": list(action.covered),
        "passed_over": list(action.passed_over),
    }


def _place(place: Place | None) -> Any:
    if place is None:
        return None
    return {"id": place.id, "path": list(place.path), "in_tree": place.in_tree}


def _shown(one: Shown) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "label": _place(one.label),
        "picture": _picture(one.id) + "&small=true" if one.has_picture else None,
        "decided": one.is_decided,
    }


def _picture(product_id: str) -> str:
    return f"/v1/review/picture?id={quote(product_id, safe='')}"
