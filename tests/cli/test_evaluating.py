import json

import pytest

from tests.cli.test_commands import run
from tests.model_files import build_model_dir
from tests.trial.tables import write_rows


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("models") / "six-words")


@pytest.fixture
def table(tmp_path):
    return write_rows(tmp_path / "labelled.csv")


def test_evaluate_prints_measures_promise_labels_and_reasons(table, model_dir):
    output = run("evaluate", table, "--model", model_dir).output

    assert "six-words: 98 % broken: 5 of 9 answers are right" in output
    for text in ("Leaf accuracy", "30.0 % (6.7–65.2)", "10 of 12 rows", "no label", "Clogs"):
        assert text in output


def test_evaluate_writes_what_the_names_say(table, model_dir, tmp_path):
    files = [tmp_path / name for name in ("check.xlsx", "check.html", "check.json")]

    run("evaluate", table, "--model", model_dir, *(word for f in files for word in ("-o", f)))

    assert all(file.stat().st_size for file in files)


def test_evaluate_compares_models(table, model_dir, tmp_path):
    other = build_model_dir(tmp_path / "other" / "model", image=False)

    output = run("evaluate", table, "--model", model_dir, "--model", other).output

    assert "six-words and other" in output
    assert "cannot be told" in output


def test_evaluate_prints_json(table, model_dir):
    data = json.loads(run("evaluate", table, "--model", model_dir, "--json").stdout)

    assert data["models"][0]["measures"]["accuracy"]["value"] == pytest.approx(0.3)
    assert data["left_out"][0] == {
        "reason": "no label",
        "count": 1,
        "rows": [7],
        "example": "",
        "answered": False,
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--category", "kind"], "no column 'kind' for the category. It has: id, name, category."),
        (["-o", "check.pdf"], "neither .xlsx, .html nor .json"),
        (["--accuracy", "2"], "accuracy"),
        (["--split", "test"], "no column that looks like the split"),
    ],
)
def test_errors_are_one_line(table, model_dir, words, told):
    output = run("evaluate", table, "--model", model_dir, *words, status=1).output

    assert output.startswith("Error: ")
    assert told in output
    assert output.count("\n") == 1
