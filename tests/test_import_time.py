"""What is loaded when: nothing heavy by ``import prodcat``, nothing of training by a prediction."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import prodcat
from tests.model_files import build_model_dir

REPOSITORY = Path(__file__).resolve().parents[1]
TRAINING = {"torch", "torchvision", "transformers", "pytorch_lightning", "sklearn", "pandas"}
BULK = {"pyarrow", "sqlite_utils", "ray"}
SERVING = {"fastapi", "starlette", "uvicorn", "pydantic", "httptools", "prometheus_client"}
USING = {"numpy", "onnxruntime", "tokenizers", "PIL", "click", "rich", "yaml"}


def loaded_after(code):
    """Names of the top modules that a fresh interpreter has after running *code*."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, sys\nprint(json.dumps(list(sys.modules)))"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def test_importing_loads_nothing_but_the_standard_library():
    assert loaded_after("import prodcat") & (TRAINING | BULK | SERVING | USING) == set()


def test_a_prediction_loads_nothing_of_training_or_tables(tmp_path):
    folder = build_model_dir(tmp_path)
    code = (
        "import io, prodcat\n"
        "from PIL import Image\n"
        "stream = io.BytesIO()\n"
        "Image.new('RGB', (8, 8), 'red').save(stream, 'JPEG')\n"
        f"answer = prodcat.predict('shoes', 'new', stream.getvalue(), model={str(folder)!r})\n"
        "assert answer.category == 'Boots', answer\n"
    )

    loaded = loaded_after(code)

    assert loaded & (TRAINING | BULK | SERVING) == set()
    assert "onnxruntime" in loaded


@pytest.mark.parametrize(
    "words",
    [["--help"], *([name, "--help"] for name in ("predict", "categorize", "evaluate", "serve"))],
)
def test_help_loads_nothing_that_computes(words):
    code = f"from prodcat.cli.commands import main\nmain({words!r}, standalone_mode=False)"

    assert loaded_after(code) & (TRAINING | BULK | SERVING | (USING - {"click", "rich"})) == set()


def test_the_public_names_are_these():
    assert sorted(prodcat.__all__) == [
        *("Alternative", "AnalyzeError", "ConfigError", "CorpusError", "ImageError", "InputError"),
        *("MissingDependencyError", "ModelError", "ModelNotFoundError", "Prediction"),
        *("Predictor", "ProdcatError", "Product", "RunError", "SearchError", "SimilarProducts"),
        *("TableError", "TaxonomyError"),
        *("__version__", "categorize", "evaluate", "explore", "predict", "start", "train"),
    ]


def test_every_public_name_is_there_and_listed():
    assert [name for name in prodcat.__all__ if not hasattr(prodcat, name)] == []
    assert set(prodcat.__all__) <= set(dir(prodcat))


def test_the_predictor_is_the_one_of_its_module():
    from prodcat.inference.predictor import Predictor

    assert prodcat.Predictor is Predictor


def test_a_name_that_is_not_there_is_told():
    with pytest.raises(AttributeError, match="Predicter"):
        _ = prodcat.Predicter


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]

    assert prodcat.__version__ == project["version"]
