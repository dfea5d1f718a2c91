"""What holds for the files of the repository, whatever is in them."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

LONG_FILES = {
    "crawler/sources/jsonld/markup.py": "one pass over a page's tags takes all that they state",
    "prodcat/__init__.py": "the public calls, each with what it takes and raises",
    "prodcat/analyze/findings/summary.py": "everything that a report shows stands in one place",
    "prodcat/config.py": "the settings and their documentation stand in one place",
    "prodcat/corpus/schema.py": "the numbered migrations stand in one place, in their order",
    "prodcat/importing.py": "one job: the way of each row into the corpus",
    "prodcat/inference/predictor.py": "one class: all that is asked of a model",
    "prodcat/search/index.py": "one class: all that is asked of an index, and written to it",
    "tests/decision/test_calibration.py": "as long as what it tests",
    "tests/bulk/test_input_columns.py": "every kind of column, of table and of output",
    "tests/corpus/test_store.py": "as long as what it tests",
    "tests/inputs/test_image_decoding.py": "as long as what it tests",
    "tests/migrating/test_migrating.py": "one shop through every kind of change, and back",
    "tests/modeldir/test_hostile_folders.py": "every kind of harm that a folder can do",
    "tests/test_importing.py": "as long as what it tests",
    "tests/toy.py": "one drawn shop: its tree, its words and its pictures",
}
"""Files of over 300 lines, each with its reason."""

# The brackets keep the pattern from finding itself.
HOSTS_AND_PATHS = re.compile(
    r"(py)(pi)[.]org|(python)(hosted)|(npm)(js)[.]|(deb)(ian)[.]org"
    r"|/(work|farm|root)/|/tmp/(bash)_|[.](libr)ary/"
)

LOADS_ONNXRUNTIME = re.compile(
    r"(?<!inference\.runtime )import onnxruntime\b|from onnxruntime[\w.]* import"
    r"|(import_module|__import__|require)\(.onnxruntime\b"
)
MAY_LOAD_ONNXRUNTIME = {
    "prodcat/inference/runtime.py": "it switches telemetry off first",
    "tests/test_nothing_leaves.py": "it shows what happens otherwise",
    "tests/test_repository.py": "it has examples",
}


def test_long_files_have_a_reason():
    folders = ("prodcat", "crawler", "experiments", "tests")
    files = [path for folder in folders for path in (REPOSITORY / folder).rglob("*.py")]
    long = {
        path.relative_to(REPOSITORY).as_posix()
        for path in files
        if len(path.read_text("utf-8").splitlines()) > 300
    }
    assert long - set(LONG_FILES) == set()
    assert [name for name in LONG_FILES if not (REPOSITORY / name).is_file()] == []


def test_the_repository_names_no_registry_and_no_path_of_a_machine():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    if listed.returncode != 0:
        pytest.skip("This is no git checkout, so which files belong to it is not known.")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = REPOSITORY / name
        if path.suffix == ".svg" or not path.is_file():
            continue
        data = path.read_bytes()
        if b"\0" in data[:8192]:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            if HOSTS_AND_PATHS.search(line):
                found.append(f"{name}:{number}")
    assert found == []


def test_onnxruntime_is_loaded_in_one_place():
    files = {
        path.relative_to(REPOSITORY).as_posix(): path.read_text("utf-8")
        for folder in ("prodcat", "crawler", "experiments", "tests")
        for path in (REPOSITORY / folder).rglob("*.py")
    }
    loading = {name for name, source in files.items() if LOADS_ONNXRUNTIME.search(source)}
    assert loading == set(MAY_LOAD_ONNXRUNTIME)


@pytest.mark.parametrize(
    ("code", "loads"),
    [
        ("import onnxruntime as ort", True),
        ("from onnxruntime.quantization import QuantType", True),
        ("code = 'import sys; import onnxruntime'", True),
        ("importlib.import_module('onnxruntime')", True),
        ("from prodcat.inference.runtime import onnxruntime", False),
        ("importlib.metadata.version('onnxruntime')", False),
    ],
)
def test_loading_onnxruntime_is_recognised(code, loads):
    assert bool(LOADS_ONNXRUNTIME.search(code)) == loads


WRITERS = {
    "prodcat/files.py": "it is the one that all others write by",
    "prodcat/training/from_tables.py": "a corpus is set aside",
    "prodcat/training/finish.py": "a whole folder takes its place at once",
    "prodcat/modeldir/recalibrating.py": "a whole folder takes its place at once",
    "prodcat/runs/directory.py": "a whole folder is set aside",
    "prodcat/learning/learning.py": "a whole run takes the place of another at once",
    "prodcat/evaluation/cost.py": "a table in a temporary folder, for a child process",
    "prodcat/bulk/ray/actors.py": "a model in a temporary folder of an actor",
    "prodcat/vectors/corpus.py": "array by array into what files.whole gives",
    "prodcat/tables/byte_source.py": "what can be read only once, into a temporary folder",
    "prodcat/bulk/outputs/csv_file.py": "row by row into what files.whole gives",
    "prodcat/bulk/outputs/json_lines_file.py": "row by row into what files.whole gives",
    "prodcat/explore/layouts/laying_out.py": "an array into what files.whole gives",
    "crawler/http/bodies.py": "a download, whose end its caller checks",
    "crawler/sources/merchant/plain.py": "block by block into what files.whole gives",
    "prodcat/training/checkpoints.py": "a checkpoint into what files.whole gives",
    "prodcat/training/teachers.py": "an array into what files.whole gives",
    "prodcat/search/building.py": "arrays, chunk by chunk into what files.whole gives",
    "prodcat/serve/jobs/store.py": "a table, piece by piece into what files.whole gives",
    "prodcat/serve/jobs/glimpses.py": "picture by picture into what files.whole gives",
    "prodcat/serve/jobs/child.py": "a whole folder takes its place at once",
    "experiments/sweep/runs.py": "a run's folder that is set aside",
    "experiments/benchmarks/answering/contestants.py": "a model of scikit-learn, for one run",
}
"""Modules that write, rename or replace files themselves, each with its reason."""


def writes(source: str) -> bool:
    """Tell whether code writes, renames or replaces a file without prodcat/files.py."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        name, values = node.func.attr, [a.value for a in node.args if isinstance(a, ast.Constant)]
        # str.replace has two arguments, Path.replace one.
        is_rename = name == "rename" or (name == "replace" and len(node.args) == 1)
        opens = name == "open" and any(str(mode)[:1] in "wx" for mode in values[:2] if mode)
        if is_rename or opens or name in ("write_text", "write_bytes"):
            return True
    return False


def test_files_are_written_by_one_module():
    folders = ("prodcat", "crawler", "experiments")
    files = [path for folder in folders for path in (REPOSITORY / folder).rglob("*.py")]
    by_hand = {p.relative_to(REPOSITORY).as_posix() for p in files if writes(p.read_text("utf-8"))}
    assert by_hand == set(WRITERS)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("file.write_text('a')", True),
        ("with file.open('wb') as stream: pass", True),
        ("temporary.replace(file)", True),
        ("os.rename(a, b)", True),
        ("text.replace('a', 'b')", False),
        ("with file.open('rb') as stream: pass", False),
        ("files.write_whole(file, b'')", False),
    ],
)
def test_code_that_writes_is_told_from_code_that_does_not(source, expected):
    assert writes(source) is expected


@pytest.mark.parametrize(("folder", "most"), [("prodcat", 14), ("crawler", 6)])
def test_few_files_lie_beside_the_rooms(folder, most):
    assert len(list((REPOSITORY / folder).glob("*.py"))) <= most
