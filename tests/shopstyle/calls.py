"""Calls of the API that the ShopStyle-compatible server reads, and answers that it gives."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

BASE_PATH = "/api/v2"
LOOP_PATH = "/loop/1"
"""Where redirects in circles begin."""
PLACEHOLDER_PID = "YOUR_API_KEY"
LISTS = {"brands": "b", "retailers": "r", "colors": "c", "sizes": "s", "priceFilters": "p"}
"""Methods that list the values of a filter, and its letter."""


class ApiError(Exception):
    """An answer that is an error; the status is its code."""

    def __init__(self, status: int, name: str | None, message: str) -> None:
        super().__init__(message)
        named = {"errorName": name} if name else {}
        self.status, self.body = status, {"errorCode": status, **named, "errorMessage": message}


@dataclass(frozen=True)
class Answer:
    """One answer, and what kind of call it answers."""

    kind: str
    body: bytes
    status: int = 200
    content_type: str = "application/json;charset=utf-8"
    names: tuple[str, ...] = ()
    """Ids that the call is about, to which faults can be pinned."""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Call:
    """The parameters of a call, as the API reads them."""

    values: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, query: str) -> "Call":
        """Read a query; empty parameters count as not given."""
        values: dict[str, list[str]] = {}
        for name, value in parse_qsl(query):
            values.setdefault(name, []).append(value)
        return cls(values)

    def get(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return self.values.get(name, [default])[0]

    def all(self, name: str) -> list[str]:
        """Every value of a parameter, in repetitions and between commas."""
        return [part for value in self.values.get(name, []) for part in value.split(",") if part]

    def number(self, name: str, default: int) -> int:
        """A parameter that is a whole number of at least 0."""
        value = self.get(name, str(default))
        if not re.fullmatch(r"\d{1,15}", value):
            raise ApiError(400, "InvalidParameter", f"{name} is no whole number: {value[:40]}")
        return int(value)


def check_partner(call: Call) -> None:
    """Refuse a call without a partner id, or with the one of the examples."""
    pid = call.get("pid").strip()
    if not pid:
        raise ApiError(401, "MissingPartnerId", "A partner id (pid) is required.")
    if pid == PLACEHOLDER_PID:
        raise ApiError(401, "InvalidPartnerId", f"{pid} is no partner id; use your own.")


def kind_of(parts: Sequence[str]) -> str:
    """Name the kind of a call.

    >>> kind_of(["products"]), kind_of(["products", "7"]), kind_of(["products", "7", "related"])
    ('products', 'product', 'related')
    """
    if len(parts) > 1 and parts[0] == "products":
        return parts[-1] if parts[-1] in ("histogram", "related") else "product"
    is_kind = len(parts) == 1 and parts[0] in {*LISTS, "categories", "products"}
    return parts[0] if is_kind else "other"


def split_target(target: str) -> tuple[str, str]:
    """Split the target of a request line, in absolute form too, into path and query.

    >>> split_target("http://api.shopstyle.com//api/v2/products/?pid=x")
    ('/api/v2/products/', 'pid=x')
    """
    if target[:1] != "/":
        parts = urlsplit(target)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path, _, query = target.partition("#")[0].partition("?")
    return re.sub("/{2,}", "/", path), query


def without_pid(target: str) -> str:
    """The target as it is counted: faults do not depend on who asks."""
    path, query = split_target(target)
    if "pid=" not in query:
        return f"{path}?{query}" if query else path
    return f"{path}?{urlencode([(n, v) for n, v in parse_qsl(query) if n != 'pid'])}"


def as_xml(value: Any, kind: str) -> bytes:
    """Write an answer as XML: objects as elements, lists as repeated ones."""
    root = ElementTree.Element("error" if "errorCode" in value else f"{kind}Response")
    fill_element(root, value)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def fill_element(element: ElementTree.Element, value: Any) -> None:
    """Put a JSON value into an element."""
    if isinstance(value, dict):
        for key, inner in value.items():
            name = re.sub(r"[^\w.-]", "_", key)
            fill_element(ElementTree.SubElement(element, name), inner)
    elif isinstance(value, list):
        for inner in value:
            fill_element(ElementTree.SubElement(element, "item"), inner)
    elif value is not None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        element.text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)
