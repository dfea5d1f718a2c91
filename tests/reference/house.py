"""The map of the house: a line for each folder and file, which is the first of its docstring."""

import ast
from pathlib import Path

from tests.reference.fields import marked, table

REPOSITORY = Path(__file__).resolve().parents[2]
HEAD = """\
# The house

Written by `python -m tests.reference` from the first line of each file. A room imports only from
the rooms before it in this list, and `tests/test_layers.py` holds it to that; `tests/` mirrors
the tree. [Contributing](contributing.md) says where a new thing goes, the
[explanation](explanation.md) follows one product and one crawl through the rooms.
"""
BRANCHES = {
    "prodcat": "the library",
    "crawler": "the crawler, a side branch: it fills a corpus, and nobody imports it",
    "experiments": "recipes, sweeps, baselines and benchmarks: nobody imports them",
}


def house_page() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *(branch(name) for name in BRANCHES)])


def branch(name: str) -> str:
    """Return one top-level folder: the files beside its rooms, then room by room."""
    top = REPOSITORY / name
    parts = [f"## {name}/", f"{BRANCHES[name].capitalize()}."]
    if beside := rows(top):
        parts.append(table(["file", ""], beside))
    for folder in rooms(top):
        heading = f"### {folder.relative_to(REPOSITORY).as_posix()}/"
        parts += [
            heading,
            marked(first_line(folder / "__init__.py")),
            table(["file", ""], rows(folder)),
        ]
    return "\n\n".join(part for part in parts if part) + "\n"


def rooms(top: Path) -> list[Path]:
    """Return the folders that hold Python files, in the order in which imports go."""
    folders = {file.parent for file in top.rglob("*.py")} - {top}
    order = layers()
    return sorted(
        folders, key=lambda folder: (order.get(folder.relative_to(top).parts[0], 99), folder)
    )


def layers() -> dict[str, int]:
    """Return each room's place in the list that the layers' test holds."""
    from tests.test_layers import LAYERS

    return {name: place for place, names in enumerate(LAYERS) for name in names}


def rows(folder: Path) -> list[list[str]]:
    """Return a line for each file of a folder, its face apart."""
    files = sorted(folder.glob("*.py"))
    is_room = folder.parent != REPOSITORY  # whose face says what the room is for
    return [
        [f"`{file.name}`", marked(first_line(file))]
        for file in files
        if not (is_room and file.name == "__init__.py")
    ]


def first_line(file: Path) -> str:
    """Return the first line of a module's docstring; empty where there is no such file."""
    if not file.is_file():
        return ""
    docstring = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return docstring.partition("\n")[0]
