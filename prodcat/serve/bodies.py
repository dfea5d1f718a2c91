"""What a request holds: JSON or a form, read to products whose pictures are bytes, never paths."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, TypeVar

from PIL import Image
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from prodcat.errors import InputError
from prodcat.inputs.picture_sources import check_size, decode_text
from prodcat.product import Product
from prodcat.serve.problems import ProblemError, not_valid
from prodcat.serve.schemas import ProductIn
from prodcat.serve.settings import Limits

Model = TypeVar("Model", bound=BaseModel)

LARGE = 256 << 10
"""Bytes of a body that is read in a thread, so that nobody waits for it."""
MANY = 16
"""Products that are read in a thread as well."""
ERRORS = 10
FORM_FIELDS = 8
TEXTS = ("id", "category", "weights")
"""Fields of a form that are text, whatever they look like."""
JSON, FORM = "application/json", "multipart/form-data"
Given = Mapping[str, bytes]
"""Pictures that came as parts of a form, by the part's name."""


class GoneError(Exception):
    """The client left before its request had come."""


async def read_request(
    request: Request, kind: type[Model], limits: Limits, *, form: bool = False
) -> tuple[Model, Given]:
    """Read the body of a request.

    Args:
        request: The request.
        kind: What it has to be.
        limits: What is refused.
        form: Take a form as well: fields by the names of *kind*, ``product`` or ``products`` as
            JSON, or name, description and image of one product.

    Returns:
        What it says, and pictures that came with it.

    Raises:
        ProblemError: If it is something else.
    """
    media, _, _ = request.headers.get("content-type", "").partition(";")
    media = media.strip().lower()
    if form and media == FORM:
        fields, pictures = await _read_form(request, limits)
        return _checked(kind, fields=_as_fields(fields, pictures, kind)), pictures
    if media != JSON:
        raise ProblemError(
            415,
            "other-media",
            f"The body is of the type {media[:100] or 'none'}.",
            expected=JSON + (f" or {FORM}" if form else ""),
            todo="Say in Content-Type what the body is.",
        )
    body = await _read_body(request)
    if len(body) > LARGE:
        return await asyncio.to_thread(_checked, kind, body), {}
    return _checked(kind, body), {}


async def products_of(
    given: Sequence[ProductIn], pictures: Given, limits: Limits
) -> list[tuple[Product, str | None]]:
    """Return products with their pictures as bytes, each with what is wrong with that."""

    def read() -> list[tuple[Product, str | None]]:
        return [product_of(product, pictures, limits) for product in given]

    large = sum(len(product.image or "") for product in given) > LARGE
    return await asyncio.to_thread(read) if large or len(given) > MANY else read()


def product_of(given: ProductIn, pictures: Given, limits: Limits) -> tuple[Product, str | None]:
    """Return a product with its picture as bytes, and what is wrong with that."""
    image, error = given.image, None
    data: bytes | None = None
    try:
        if image is not None and image.startswith(PART) and image[len(PART) :] in pictures:
            data = pictures[image[len(PART) :]]
        elif image is not None and image.strip():
            data = _picture_of_text(image, limits)
        if data is not None:
            check_size(len(data), "The picture", limits.picture_bytes)
            check_pixels(data, limits.picture_pixels)
    except InputError as problem:
        data, error = None, str(problem)
    return Product(given.name, given.description, data, given.id), error


PART = "part:"
"""Before the name of a form's part, where a product of a form has its picture."""


def _picture_of_text(text: str, limits: Limits) -> bytes:
    data = decode_text(text, "The picture", limits.picture_bytes)
    if data is None:
        raise InputError(
            "The picture is neither base64 of a picture's file nor a data: URI of one; paths are"
            " not opened. Send the file itself."
        )
    return data


def check_pixels(data: bytes, most: int) -> None:
    """Refuse a picture of too many pixels by its head; whatever else is wrong is told later.

    Raises:
        InputError: If it has too many.
    """
    try:
        with Image.open(BytesIO(data)) as image:
            (width, height), reducible = image.size, image.format == "JPEG"
    except Exception:
        return
    allowed = 4 * most if reducible else most
    if width * height > allowed:
        raise InputError(
            f"The picture has {width:,} × {height:,} pixels; at most {allowed:,} are allowed here."
            " Send a smaller one: nothing is gained above 1,000 on a side."
        )


async def _read_body(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect as error:
        raise GoneError from error


async def _read_form(request: Request, limits: Limits) -> tuple[dict[str, str], dict[str, bytes]]:
    parser = MultiPartParser(
        request.headers,
        request.stream(),
        max_files=limits.products,
        max_fields=FORM_FIELDS,
        max_part_size=limits.body_bytes,
    )
    # All of it fits in memory, by the limit of the body; so nothing lands on the disk.
    parser.spool_max_size = limits.body_bytes + 1
    try:
        data = await parser.parse()
    except ClientDisconnect as error:
        raise GoneError from error
    except MultiPartException as error:
        raise _broken_form(error.message) from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        # What the parser of a stranger's form may stumble over is the form's fault.
        raise _broken_form(str(error)) from error
    fields: dict[str, str] = {}
    pictures: dict[str, bytes] = {}
    try:
        for name, value in data.multi_items():
            if name in fields or name in pictures:
                raise not_valid(f"The form has two parts called {name[:100]!r}.")
            if isinstance(value, UploadFile):
                pictures[name] = await value.read()
            else:
                fields[name] = value
    finally:
        await data.close()
    return fields, pictures


def _broken_form(message: str) -> ProblemError:
    return ProblemError(
        400,
        "broken-form",
        f"The form cannot be read: {message[:200]}",
        expected="multipart/form-data with a boundary, and a name for each part.",
        todo="Let a library make the form, such as curl -F or FormData.",
    )


def _as_fields(fields: Mapping[str, str], pictures: Given, kind: type[BaseModel]) -> dict[str, Any]:
    """Bring a form to what the same would be in JSON."""
    known = set(kind.model_fields)
    single: dict[str, Any] = {}
    result: dict[str, Any] = {}
    for name, text in fields.items():
        if name in ("id", "name", "description") and name not in known:
            single[name] = text
        elif name in known:
            result[name] = _value(name, text)
        else:
            raise not_valid(
                f"The form has a field {name[:100]!r}.",
                expected=f"name, description, image, {', '.join(sorted(known))}.",
            )
    many = "products" in known
    if "image" in pictures and not (result.keys() & {"product", "products"}):
        single["image"] = PART + "image"
    if single or not result.keys() & {"product", "products", "id"}:
        if result.keys() & {"product", "products"}:
            raise not_valid("The form has a product by its parts, and another as JSON.")
        result["products" if many else "product"] = [single] if many else single
    return result


def _value(name: str, text: str) -> Any:
    if name in TEXTS:
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    # A field of a form that is nothing is left out, not null.
    return text if value is None else value


def _checked(
    kind: type[Model], body: bytes | None = None, fields: Mapping[str, Any] | None = None
) -> Model:
    try:
        if body is not None:
            return kind.model_validate_json(body)
        return kind.model_validate_json(json.dumps(fields))
    except ValidationError as error:
        raise _not_valid(error) from error


def _not_valid(error: ValidationError) -> ProblemError:
    details = error.errors(include_url=False, include_context=False, include_input=False)
    first = details[0]
    where = ".".join(map(str, first["loc"]))
    count = "" if len(details) == 1 else f", and {len(details) - 1} more"
    if any(detail["type"] == "json_invalid" for detail in details):
        return ProblemError(
            422,
            "no-json",
            f"The body is no JSON: {first['msg'][:200]}",
            expected="JSON in UTF-8.",
            todo="Let a library write it.",
        )
    return not_valid(
        f"{where or 'The request'}: {first['msg'][:200]}{count}.",
        errors=shown_errors(details),
    )


def shown_errors(details: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return where in a request something is wrong, and what, without what was sent there."""
    return [
        {"where": [str(part)[:100] for part in one["loc"]], "problem": str(one["msg"])[:200]}
        for one in details[:ERRORS]
    ]
