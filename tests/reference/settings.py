"""The page of settings: every key that a run's YAML may have."""

import dataclasses
import typing

from prodcat.config import RunConfig
from tests.reference.fields import code, field_texts, summary, table

HEAD = """\
# Settings of a run

Written by `python -m tests.reference` from `prodcat/config.py`. A YAML file has the sections as
keys, and under each the settings that differ from the defaults; `--set train.lr=1e-3` changes one
from the command line. A key that does not exist is refused.
"""


def settings_page() -> str:
    """Return the whole page."""
    kinds = typing.get_type_hints(RunConfig)
    sections = [(field.name, kinds[field.name]) for field in dataclasses.fields(RunConfig)]
    return "\n".join([HEAD, *(section(name, kind) for name, kind in sections)])


def section(name: str, kind: type) -> str:
    """Return one section: what it is about, and a row for each setting."""
    rows = [
        [code(f"{name}.{field.name}"), code(shown(field.kind)), code(field.default), field.meaning]
        for field in field_texts(kind)
    ]
    parts = [f"## {name}", summary(kind), table(["setting", "kind", "default", ""], rows)]
    return "\n\n".join(parts) + "\n"


def shown(kind: str) -> str:
    """Write a type as a reader of YAML knows it.

    >>> shown("Literal['none', 'int8']"), shown("tuple[str, ...]"), shown("float")
    ("'none', 'int8'", 'list of str', 'float')
    """
    if kind.startswith("Literal["):
        return kind.removeprefix("Literal[").removesuffix("]")
    if kind.startswith("tuple["):
        return f"list of {kind.removeprefix('tuple[').partition(',')[0]}"
    return kind
