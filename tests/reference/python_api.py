"""The page of the Python API: the public names, what they take, give and raise."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import prodcat
from prodcat import errors
from tests.reference.fields import code, field_texts, marked, summary, table

HEAD = """\
# Python

Written by `python -m tests.reference` from the code. These are the public names; whatever else
is in the package may change without notice. The rooms for users beside them are `prodcat.bulk`
(answers for whole tables), `prodcat.trial` (models on labelled tables), `prodcat.explain` (why an
answer), `prodcat.corpus`, `prodcat.tables`, `prodcat.taxonomy`, `prodcat.analyze` and
`prodcat.explore` (a catalogue as one page; the room can be called, so `prodcat.explore(…)` is
`prodcat.explore.explore(…)`).
"""
CLASSES = ("Predictor", "Product", "Prediction", "Alternative")
ROOMS = ("bulk", "trial", "explain", "corpus", "tables", "taxonomy", "analyze", "explore")
SHORT = 90
"""Characters of a call that fits on one line."""
ENTRY = re.compile(r"^(\*{0,2}\w+): (.*)$")


def python_page() -> str:
    """Return the whole page."""
    parts = [
        HEAD,
        function("prodcat.predict", prodcat.predict),
        function("prodcat.evaluate", prodcat.evaluate),
        function("prodcat.train", prodcat.train),
    ]
    parts += [a_class(name, getattr(prodcat, name)) for name in CLASSES]
    parts += [error_tree(), *(room(name) for name in ROOMS)]
    return "\n".join(parts)


def function(name: str, target: Any, *, level: int = 2) -> str:
    """Return a function's section."""
    heading = f"{'#' * level} {name.rpartition('.')[2] if level > 2 else name}"
    return (
        "\n\n".join([heading, f"```python\n{signature(name, target)}\n```", *prose(target)]) + "\n"
    )


def a_class(name: str, target: type, *, level: int = 2) -> str:
    """Return a class's section: its fields, then its public methods."""
    parts = [f"{'#' * level} prodcat.{name}", *prose(target)]
    if hasattr(target, "__dataclass_fields__"):
        rows = [
            [code(f.name), code(f.kind), code(f.default), f.meaning] for f in field_texts(target)
        ]
        parts.append(table(["field", "type", "default", ""], rows))
    methods = [
        (method, attribute)
        for method, attribute in vars(target).items()
        if not method.startswith("_")
    ]
    properties = [(m, a) for m, a in methods if isinstance(a, property) or is_cached(a)]
    if properties:
        rows = [[code(m), marked(summary(getattr(a, "fget", None) or a))] for m, a in properties]
        parts.append(table(["property", ""], rows))
    text = "\n\n".join(parts) + "\n"
    for method, attribute in methods:
        if inspect.isfunction(attribute) or isinstance(attribute, classmethod | staticmethod):
            bound = getattr(target, method)
            text += "\n" + function(f"{name}.{method}", bound, level=level + 1)
    return text


def is_cached(attribute: Any) -> bool:
    """Tell a cached property, which is no property to Python."""
    return type(attribute).__name__ == "cached_property"


def error_tree() -> str:
    """Return the section of errors, from the tree that their module draws."""
    tree = inspect.cleandoc(errors.__doc__ or "").partition("\n\n")[2]
    text = "Whatever prodcat raises on purpose derives from `prodcat.ProdcatError`; the classes"
    text += " are public names of `prodcat`."
    return f"## Errors\n\n{text}\n\n```text\n{tree}\n```\n"


def room(name: str) -> str:
    """Return a room's section: what its face shows, a line each."""
    module = __import__(f"prodcat.{name}", fromlist=["*"])
    rows = [[code(export), marked(summary(getattr(module, export)))] for export in module.__all__]
    lines = [f"## prodcat.{name}", marked(summary(module)), table(["name", ""], rows)]
    return "\n\n".join(lines) + "\n"


def signature(name: str, target: Any) -> str:
    """Write a call as its source does, one parameter a line where they are many."""
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(target))).body
    assert isinstance(definition, ast.FunctionDef)
    unquote(definition)
    arrow = f" -> {ast.unparse(definition.returns)}" if definition.returns else ""
    short = f"{name}({ast.unparse(without_self(definition.args))}){arrow}"
    if len(short) <= SHORT:
        return short
    lines = [f"    {parameter}," for parameter in parameters(without_self(definition.args))]
    return "\n".join([f"{name}(", *lines, f"){arrow}"])


def unquote(definition: ast.FunctionDef) -> None:
    """Take the quotes off types that are only known to type checkers."""
    arguments = definition.args
    for argument in (*arguments.args, *arguments.kwonlyargs):
        argument.annotation = unquoted(argument.annotation)
    definition.returns = unquoted(definition.returns)


def unquoted(annotation: ast.expr | None) -> ast.expr | None:
    """Return a type as an expression."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return ast.parse(annotation.value, mode="eval").body
    return annotation


def without_self(arguments: ast.arguments) -> ast.arguments:
    """Leave out what the caller does not write."""
    if arguments.args and arguments.args[0].arg in ("self", "cls"):
        arguments.args = arguments.args[1:]
    return arguments


def parameters(arguments: ast.arguments) -> Iterator[str]:
    """Write each parameter with its type and default."""
    defaults = [None] * (len(arguments.args) - len(arguments.defaults)) + arguments.defaults
    pairs = list(zip(arguments.args, defaults, strict=True))
    for argument, default in pairs:
        yield parameter(argument, default)
    if arguments.kwonlyargs:
        yield "*"
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield parameter(argument, default)


def parameter(argument: ast.arg, default: ast.expr | None) -> str:
    """Write one parameter."""
    text = ast.unparse(argument)
    return f"{text} = {ast.unparse(default)}" if default is not None else text


def prose(target: Any) -> list[str]:
    """Return a docstring as Markdown: paragraphs, and lists of Args, Returns and Raises."""
    pieces: list[str] = []
    for block in inspect.cleandoc(inspect.getdoc(target) or "").split("\n\n"):
        title, _, rest = block.partition("\n")
        if title in ("Args:", "Returns:", "Raises:", "Yields:"):
            pieces.append(f"**{title.rstrip(':')}**\n\n" + listed(inspect.cleandoc(rest)))
        elif ">>>" not in block:  # examples are tested where they stand, with its imports
            pieces.append(marked(block))
    return [piece for piece in pieces if piece]


def listed(text: str) -> str:
    """Turn the entries of a docstring's section into a list."""
    entries: list[str] = []
    for line in text.splitlines():
        entry = ENTRY.match(line)
        if entry:
            entries.append(f"- `{entry[1]}`: {entry[2]}")
        elif entries:
            entries[-1] += f" {line.strip()}"
        else:
            entries.append(line)
    return marked("\n".join(entries))
