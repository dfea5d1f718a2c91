"""How responses are made, and how /openapi.json tells what goes in and comes out."""

import json
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from prodcat.serve.bodies import FORM, JSON
from prodcat.serve.problems import MEDIA_TYPE
from prodcat.serve.schemas import ProblemOut

REF = "#/components/schemas/{model}"
OF_A_PRODUCT: dict[str, Any] = {
    "name": {"type": "string", "maxLength": 10000},
    "description": {"type": "string", "maxLength": 200000},
    "image": {"type": "string", "format": "binary"},
}
"""Fields of a form that are one product."""
IN_FORMS = ("accuracy", "levels", "k", "weights", "category")
"""Further fields of a form; all that stand in JSON are taken, but these go with each other."""
TOLD = {
    400: "It cannot be read at all.",
    401: "There is no key, or not one of this service's.",
    403: "It is not for this service, or not for whoever asks.",
    404: "It is not there.",
    408: "It came too slowly.",
    409: "It does not go with the state that things are in.",
    413: "It is too large.",
    415: "It is of a type that is not read here.",
    422: "It is not what is expected here.",
    429: "There is no room to wait; Retry-After says when there is.",
    503: "It took too long, or is not to be had now.",
}


def json_response(data: Any, status: int = 200) -> Response:
    """Return plain data as JSON."""
    # Half of a surrogate pair, which JSON can hold, is none of UTF-8.
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(
        text.encode("utf-8", "replace"), status_code=status, media_type="application/json"
    )


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the document of what may go wrong; every request may be refused by the gate."""
    return {status: problem_of(status) for status in sorted({401, 403, *statuses})}


def problem_of(status: int) -> dict[str, Any]:
    """Return the document of one status."""
    document: dict[str, Any] = {
        "description": TOLD[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(model=ProblemOut.__name__)}}},
    }
    if status == 429:
        document["headers"] = {
            "Retry-After": {"schema": {"type": "integer", "minimum": 1}, "required": True}
        }
    return document


def body_of(kind: type[BaseModel], *, form: bool = False) -> dict[str, Any]:
    """Return the document of a body, for the ``openapi_extra`` of a route.

    Args:
        kind: What it is in JSON.
        form: Whether it may be a form as well, of one product by its parts.
    """
    content: dict[str, Any] = {JSON: {"schema": {"$ref": REF.format(model=kind.__name__)}}}
    if form:
        rest = kind.model_json_schema(ref_template=REF)["properties"]
        others = {name: not_null(plain) for name, plain in rest.items() if name in IN_FORMS}
        content[FORM] = {
            "schema": {
                "type": "object",
                "description": "One product by its parts, its picture as a file.",
                "properties": {**OF_A_PRODUCT, **others},
                "additionalProperties": False,
            }
        }
    return {"requestBody": {"required": True, "content": content}}


def not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a field that may be left out of a form, but not be null."""
    (kind,) = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    return {name: value for name, value in kind.items() if name != "default"}


def schemas_of(*kinds: type[BaseModel]) -> dict[str, Any]:
    """Return the schemas of bodies, and of whatever they are made of."""
    schemas: dict[str, Any] = {}
    for kind in kinds:
        schema = kind.model_json_schema(ref_template=REF)
        schemas |= schema.pop("$defs", {})
        schemas[kind.__name__] = schema
    return schemas
