"""The order of the modules, held against every import in the code."""

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
    ("errors",),
    ("product", "taxonomy", "text", "images", "image_decoding", "config"),
    ("corpus", "corpus_file", "corpus_schema", "corpus_report", "import_log"),
    ("tables", "table_cells", "table_csv", "table_formats", "table_opening", "object_store"),
    ("importing", "examples"),
    ("arrays", "thresholds", "calibration", "decoding", "metrics", "bootstrap", "measures"),
    ("analyze",),
    ("inference",),
    ("data",),
    ("encoders",),
    ("model",),
    ("inference.export",),
    ("training",),
    ("printing", "cli_options", "cli", "__init__", "__main__"),
]
"""Modules of prodcat, and packages for what is in them and not listed by itself.

Each imports from the rows above it and from its own row.
"""

TORCH_FREE = {name for row in LAYERS[:8] + LAYERS[-1:] for name in row}
HEAVY = {
    "torch",
    "torchvision",
    "transformers",
    "pytorch_lightning",
    "torchmetrics",
    "sklearn",
    "pandas",
    "onnx",
    "onnxscript",
}
"""What only training needs."""

ANALYZE_READS = {
    "errors",
    "taxonomy",
    "images",
    "image_decoding",
    *("arrays", "thresholds", "calibration", "decoding", "metrics", "bootstrap", "measures"),
}
"""All that analyze may import: it knows runs by their files alone."""

SIDE_BRANCHES = {"crawler": 6, "experiments": len(LAYERS)}
"""Nobody imports them; they import from this many rows of prodcat, and from themselves."""


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


def place(module: str) -> tuple[str, int] | None:
    """Find a module of prodcat in the list: its entry and row."""
    name = module.removeprefix("prodcat").lstrip(".") or "__init__"
    while name:
        for row, entries in enumerate(LAYERS):
            if name in entries:
                return name, row
        name = name.rpartition(".")[0]
    return None


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
        found = [(imported, self.target(imported)) for imported in self.modules[module]]
        return [(imported, target) for imported, target in found if target not in (None, module)]

    def complaints(self) -> list[str]:
        """Every import that breaks a rule, and every module without a place."""
        said = []
        for module, found in self.modules.items():
            for imported in found:
                if imported.target.startswith("."):
                    said.append(f"{module}:{imported.line} imports relatively")
            if module.split(".")[0] == "prodcat" and place(module) is None:
                said.append(f"{module} is not in LAYERS")
                continue
            for imported, target in self.internal(module):
                reason = against_order(module, target)
                if reason:
                    said.append(f"{module}:{imported.line} imports {target}: {reason}")
            said.extend(self._heavy(module))
        return list(dict.fromkeys(said))

    def _heavy(self, module: str) -> Iterator[str]:
        if not is_torch_free(module):
            return
        for imported in self.modules[module]:
            if not imported.on_load:
                continue
            target = self.target(imported)
            if target is None and imported.target.split(".")[0] in HEAVY:
                yield f"{module}:{imported.line} loads {imported.target}, and must be light to load"
            elif target is not None and place(target) and not is_torch_free(target):
                yield f"{module}:{imported.line} loads {target}, which is not light to load"

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
        return None if top == target_top else f"{target_top} is a side branch that nobody imports"
    found = place(target)
    if found is None:
        return None  # told by itself
    target_row = found[1]
    if top in SIDE_BRANCHES:
        return None if target_row < SIDE_BRANCHES[top] else f"it is out of reach for {top}"
    own = place(module)
    if own is None:
        return None
    if own[0] == "analyze" and found[0] not in {*ANALYZE_READS, "analyze"}:
        return "analyze knows runs by their files alone"
    if found[0] == "analyze" and own[0] not in ("analyze", "cli"):
        return "analyze is a side branch for cli alone"
    if target_row <= own[1]:
        return None
    return "import from the module that has it" if target == "prodcat" else "it stands below"


def is_torch_free(module: str) -> bool:
    if module.split(".")[0] in SIDE_BRANCHES:
        return module.split(".")[0] == "crawler"
    found = place(module)
    return found is not None and found[0] in TORCH_FREE


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


@pytest.mark.parametrize(
    ("sources", "complaint"),
    [
        ({"prodcat__errors": "import prodcat.text", "prodcat__text": ""}, "it stands below"),
        (
            {"prodcat__errors": "def f():\n from prodcat import text", "prodcat__text": ""},
            "it stands below",
        ),
        ({"prodcat__text": "from prodcat import Product", "prodcat": ""}, "import from the module"),
        ({"prodcat__text": "from . import errors"}, "relatively"),
        ({"prodcat__novelty": ""}, "not in LAYERS"),
        ({"prodcat__metrics": "try:\n import sklearn.metrics\nexcept: pass"}, "loads sklearn"),
        ({"prodcat__cli": "from prodcat.model import x", "prodcat__model": ""}, "loads prodcat.m"),
        ({"prodcat__cli": "import crawler.fetch", "crawler__fetch": ""}, "nobody imports"),
        ({"crawler__fetch": "import prodcat.data", "prodcat__data": ""}, "out of reach"),
        ({"crawler__fetch": "import torch"}, "loads torch"),
        ({"prodcat__analyze__runs": "import prodcat.corpus", "prodcat__corpus": ""}, "by their fi"),
        ({"prodcat__analyze__runs": "import prodcat.config", "prodcat__config": ""}, "by their fi"),
        ({"prodcat__training__fit": "import prodcat.analyze", "prodcat__analyze": ""}, "cli alone"),
        ({"crawler__crawl": "import prodcat.analyze", "prodcat__analyze": ""}, "out of reach"),
    ],
)
def test_an_import_against_the_rules_is_told(sources, complaint):
    said = house(**sources).complaints()
    assert len([line for line in said if complaint in line]) == 1


@pytest.mark.parametrize(
    "sources",
    [
        {"prodcat__text": "from prodcat.errors import InputError", "prodcat__errors": ""},
        {
            "prodcat__cli": "def f():\n import torch\n from prodcat import model",
            "prodcat__model": "",
        },
        {"prodcat__corpus": "if TYPE_CHECKING:\n import pandas"},
        {"prodcat__model__fusion": "import torch"},
        {"experiments__sweep": "import prodcat.cli", "prodcat__cli": ""},
        {"prodcat__cli": "import prodcat.analyze", "prodcat__analyze": ""},
        {"prodcat__analyze__runs": "import prodcat.measures", "prodcat__measures": ""},
    ],
)
def test_an_import_within_the_rules_is_not_told(sources):
    assert house(**sources).complaints() == []


def test_a_ring_is_found():
    ring = house(prodcat__text="import prodcat.images", prodcat__images="import prodcat.text")
    assert set(ring.cycle()) == {"prodcat.text", "prodcat.images"}


@pytest.mark.slow
def test_loading_what_is_light_loads_nothing_heavy(ours):
    light = [m for m in ours.modules if is_torch_free(m) and not m.endswith("__main__")]
    # sqlite-utils loads pandas by itself where it is installed.
    never = HEAVY - {"pandas"}
    code = f"import sys, {', '.join(light)}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert never & set(done.stdout.split()) == set()
