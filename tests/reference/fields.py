"""The fields of a frozen dataclass with what is written under each, as rows of a table."""

import ast
import inspect
import textwrap
from dataclasses import MISSING, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class FieldText:
    """One field as a page shows it."""

    name: str
    kind: str
    """Its annotation, as it is written."""
    default: str
    """As Python writes it; empty where it must be given."""
    meaning: str
    """What is written under it, on one line; empty where nothing is."""


def field_texts(record: type) -> list[FieldText]:
    """Read the fields of a dataclass, in order."""
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(record))).body
    assert isinstance(definition, ast.ClassDef)
    body = definition.body
    meanings, kinds = {}, {}
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            kinds[statement.target.id] = ast.unparse(statement.annotation).strip("'")
            meanings[statement.target.id] = _docstring(following)
    return [
        FieldText(field.name, kinds[field.name], _default(field), meanings[field.name])
        for field in fields(record)
        if field.name in kinds
    ]


def summary(thing: Any) -> str:
    """Return the first paragraph of a docstring, on one line."""
    return " ".join(inspect.cleandoc(thing.__doc__ or "").partition("\n\n")[0].split())


def table(headings: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(map(escaped, line)) + " |" for line in lines)


def escaped(text: str) -> str:
    """Keep a text from ending its cell."""
    return text.replace("|", "\\|")


def code(text: str) -> str:
    """Set a text as code; nothing for nothing."""
    return f"`{text}`" if text else ""


def marked(text: str) -> str:
    """Turn the double backticks of docstrings into Markdown's."""
    return text.replace("``", "`")


def _docstring(statement: ast.stmt | None) -> str:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return marked(" ".join(str(statement.value.value).split()))
    return ""


def _default(field: Any) -> str:
    if field.default is not MISSING:
        return repr(field.default)
    return repr(field.default_factory()) if field.default_factory is not MISSING else ""
