"""The order of the rooms, held against every import in the code."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

LAYERS = [
    ("errors", "version", "files", "wording"),
    ("settings", "arrays", "screen", "excel", "taxonomy"),
    ("product",),
    ("inputs", "decision", "embeddings", "examples"),
    ("config",),
    ("corpus", "modeldir", "measures", "network", "explain"),
    ("tables", "inference", "data", "runs"),
    ("vectors", "trees"),
    ("importing", "bulk", "batches", "evaluation", "analyze", "search"),
    ("export", "trial", "explore", "review"),
    ("training", "serve", "starting", "migrating"),
    ("learning",),
    ("cli",),
    ("__init__", "__main__"),
]
"""The folders of prodcat, and the files beside them.

Each imports from itself and from the rows above it, never from its neighbours in the row.
"""

TORCH = {"network", "batches", "export", "training"}
"""The only folders that import torch, whether they do when they are loaded or later."""
TORCH_LIBRARIES = {"torch", "torchvision", "transformers", "pytorch_lightning", "torchmetrics"}
HEAVY = TORCH_LIBRARIES | {"sklearn", "pandas", "onnx", "onnxscript"}
"""What no other folder loads when it is loaded."""

BLIND_TO = {
    "analyze": {
        *("corpus", "config", "modeldir", "network", "tables", "inference", "data"),
        *("embeddings", "examples"),
    },
}
"""Rooms above that a room does not know all the same: reports know runs by `runs` alone."""

ALL = {entry for row in LAYERS for entry in row}
SIDE_BRANCHES = {
    "crawler": {
        *("errors", "version", "files", "wording", "screen", "product"),
        *("taxonomy", "inputs", "corpus"),
    },
    "experiments": ALL,
}
"""Nobody imports them; what they import of prodcat, beside themselves."""

MEETING = {"prodcat.cli.fetching": "crawler"}
"""Modules that call a side branch, each its own: a table's pictures are fetched by the crawler, so
that there is one fetcher with its limits and refusals. Only when a command is asked to fetch."""

RENAMED = {"corpus_report", "decoding"}
"""Old names beside the rooms, which point to the new ones for one minor release."""


@dataclass(frozen=True)
class Import:
    """One import statement's target."""

    target: str
    """Full name of what is imported, relative ones with their leading dots."""
    line: int
    on_load: bool
    """It runs when the module is loaded, not later and not for type checkers alone."""


def python_files() -> list[Path]:
    folders = ("prodcat", *SIDE_BRANCHES)
    return sorted(path for folder in folders for path in (REPOSITORY / folder).rglob("*.py"))


def module_name(path: Path) -> str:
    """Dotted name; of a package's ``__init__.py`` that of the package."""
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    if parts[-1] == "__init__" and len(parts) > 1:
        parts = parts[:-1]
    return ".".join(parts)


def imports(source: str) -> Iterator[Import]:
    yield from _imports(ast.parse(source), on_load=True)


def _imports(node: ast.AST, *, on_load: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, on_load) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = "." * child.level + (child.module or "")
            for alias in child.names:
                yield Import(f"{base}.{alias.name}", child.lineno, on_load)
        else:
            later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            typing_only = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            yield from _imports(child, on_load=on_load and not later and not typing_only)


def room(module: str) -> str:
    """Name of a module's folder in prodcat, or of the file beside the folders."""
    return [*module.split("."), "__init__"][1]


def row(name: str) -> int | None:
    """Place of a room in the list, from the top; None where it has none."""
    return next((place for place, entries in enumerate(LAYERS) if name in entries), None)


@dataclass(frozen=True)
class House:
    """The modules of a code base by name, each with its imports."""

    modules: dict[str, list[Import]]

    def target(self, imported: Import) -> str | None:
        """The module of ours that an import loads; None for other libraries."""
        name = imported.target
        while name and name not in self.modules:
            name = name.rpartition(".")[0]
        return name or None

    def internal(self, module: str) -> list[tuple[Import, str]]:
        """The imports of a module that stay in the house."""
        targets = [(imported, self.target(imported)) for imported in self.modules[module]]
        return [(imported, target) for imported, target in targets if target not in (None, module)]

    def complaints(self) -> list[str]:
        """Every import that breaks a rule, and every module without a place."""
        lines = []
        for module, imported_by_it in self.modules.items():
            is_placed = row(room(module)) is not None or room(module) in RENAMED
            if module.split(".")[0] == "prodcat" and not is_placed:
                lines.append(f"{module} is in no room of LAYERS")
            for imported in imported_by_it:
                if imported.target.startswith("."):
                    lines.append(f"{module}:{imported.line} imports relatively")
                if reason := too_heavy(module, imported):
                    lines.append(f"{module}:{imported.line} {reason}")
            for imported, target in self.internal(module):
                if reason := against_order(module, target):
                    lines.append(f"{module}:{imported.line} imports {target}: {reason}")
                elif imported.on_load and MEETING.get(module) == target.split(".")[0]:
                    lines.append(f"{module}:{imported.line} loads {target} when it is loaded")
                elif imported.on_load and is_light(module) and not is_light(target):
                    lines.append(f"{module}:{imported.line} loads {target}, which is not light")
        return list(dict.fromkeys(lines))

    def cycle(self) -> list[str]:
        """Modules that import each other in a ring, in functions or not; empty when none do."""
        graph = {module: {t for _, t in self.internal(module)} for module in self.modules}
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            return list(error.args[1])
        return []


def against_order(module: str, target: str) -> str | None:
    """Say why *module* may not import *target*; None when it may."""
    top, target_top = module.split(".")[0], target.split(".")[0]
    if target_top in SIDE_BRANCHES:
        may = target_top in (top, MEETING.get(module))
        return None if may else f"{target_top} is a side branch that nobody imports"
    target_row = row(room(target))
    if top in SIDE_BRANCHES:
        return None if room(target) in SIDE_BRANCHES[top] else f"it is out of reach for {top}"
    own_row = row(room(module))
    if own_row is None or target_row is None:
        return "an old name is for users alone" if room(target) in RENAMED else None
    if room(target) == room(module):
        return None
    if target == "prodcat":
        return "import from the module that has it"
    if room(target) in BLIND_TO.get(room(module), ()):
        return f"{room(module)} knows nothing of it"
    return None if target_row < own_row else "it does not stand above"


def too_heavy(module: str, imported: Import) -> str | None:
    """Say why a module may not import a library; None when it may."""
    library = imported.target.split(".")[0]
    if is_light(module) and library in HEAVY and imported.on_load:
        return f"loads {library}, and must be light to load"
    outside = module.split(".")[0] == "prodcat" and room(module) not in TORCH
    if outside and library in TORCH_LIBRARIES:
        return f"imports {library}, as only {', '.join(sorted(TORCH))} do"
    return None


def is_light(module: str) -> bool:
    if module.split(".")[0] in SIDE_BRANCHES:
        return module.split(".")[0] == "crawler"
    return room(module) not in TORCH


def house(**sources: str) -> House:
    """A house from literal sources; ``__`` in a name stands for a dot."""
    return House({name.replace("__", "."): list(imports(text)) for name, text in sources.items()})


@pytest.fixture(scope="module")
def ours() -> House:
    return House({module_name(p): list(imports(p.read_text("utf-8"))) for p in python_files()})


def test_every_import_keeps_the_order(ours):
    assert ours.complaints() == []


def test_no_modules_import_each_other_in_a_ring(ours):
    assert ours.cycle() == []


def test_every_room_of_the_list_is_there():
    there = {path.stem for path in (REPOSITORY / "prodcat").iterdir()}
    assert {*ALL, *RENAMED} - there == set()


@pytest.mark.parametrize(
    ("sources", "complaint"),
    [
        ({"prodcat__errors": "import prodcat.inputs", "prodcat__inputs": ""}, "not stand above"),
        (
            {"prodcat__errors": "def f():\n from prodcat import inputs", "prodcat__inputs": ""},
            "not stand above",
        ),
        ({"prodcat__bulk__a": "import prodcat.importing", "prodcat__importing": ""}, "stand above"),
        ({"prodcat__inputs": "from prodcat import Product", "prodcat": ""}, "import from the mod"),
        ({"prodcat__inputs__text": "from . import errors"}, "relatively"),
        ({"prodcat__novelty": ""}, "in no room"),
        ({"prodcat__measures": "try:\n import sklearn.metrics\nexcept: pass"}, "loads sklearn"),
        ({"prodcat__runs": "def f():\n import torch"}, "imports torch, as only"),
        ({"prodcat__cli": "from prodcat.network import x", "prodcat__network": ""}, "not light"),
        ({"prodcat__cli": "import crawler.http", "crawler__http": ""}, "nobody imports"),
        ({"prodcat__cli__fetching": "import crawler.http", "crawler__http": ""}, "when it is"),
        ({"prodcat__bulk": "def f():\n import crawler.http", "crawler__http": ""}, "nobody imp"),
        ({"crawler__http": "import prodcat.data", "prodcat__data": ""}, "out of reach"),
        ({"crawler__http": "import torch"}, "loads torch"),
        ({"prodcat__analyze__a": "import prodcat.corpus", "prodcat__corpus": ""}, "knows nothing"),
        ({"prodcat__analyze__a": "import prodcat.inference", "prodcat__inference": ""}, "knows no"),
        ({"prodcat__training": "import prodcat.cli", "prodcat__cli": ""}, "not stand above"),
        ({"prodcat__cli": "import prodcat.decoding", "prodcat__decoding": ""}, "for users alone"),
        ({"crawler__crawl": "import prodcat.analyze", "prodcat__analyze": ""}, "out of reach"),
    ],
)
def test_an_import_against_the_rules_is_told(sources, complaint):
    lines = house(**sources).complaints()
    assert len([line for line in lines if complaint in line]) == 1


@pytest.mark.parametrize(
    "sources",
    [
        {"prodcat__inputs": "from prodcat.errors import InputError", "prodcat__errors": ""},
        {"prodcat__cli": "def f():\n from prodcat import training", "prodcat__training": ""},
        {"prodcat__corpus": "if TYPE_CHECKING:\n import pandas"},
        {"prodcat__network__fusion": "import torch"},
        {"prodcat__cli__fetching": "def f():\n import crawler.http", "crawler__http": ""},
        {"experiments__sweep": "import prodcat.cli", "prodcat__cli": ""},
        {"prodcat__cli": "import prodcat.analyze", "prodcat__analyze": ""},
        {"prodcat__analyze__findings": "import prodcat.measures", "prodcat__measures": ""},
        {"prodcat__inputs__a": "import prodcat.inputs.b", "prodcat__inputs__b": ""},
    ],
)
def test_an_import_within_the_rules_is_not_told(sources):
    assert house(**sources).complaints() == []


def test_a_ring_is_found():
    ring = house(prodcat__text="import prodcat.images", prodcat__images="import prodcat.text")
    assert set(ring.cycle()) == {"prodcat.text", "prodcat.images"}


@pytest.mark.slow
def test_loading_what_is_light_loads_nothing_heavy(ours):
    light = [m for m in ours.modules if is_light(m) and not m.endswith("__main__")]
    # sqlite-utils loads pandas by itself where it is installed.
    never = HEAVY - {"pandas"}
    code = f"import sys, {', '.join(light)}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert never & set(done.stdout.split()) == set()
