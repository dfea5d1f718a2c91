import csv
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from prodcat.cli.commands import main
from prodcat.examples import example_products
from prodcat.version import installed_version
from tests.cli.running import run
from tests.model_files import build_model_dir

REPOSITORY = Path(__file__).resolve().parents[2]
COMMANDS = [
    *("predict", "categorize", "evaluate", "explain", "import", "corpus"),
    *("start", "train", "learn", "calibrate", "cascade", "analyze", "explore", "embed", "index"),
    *("similar",),
    *("duplicates", "map"),
    *("check", "review", "corrections", "migrate", "trees"),
    *("serve", "model", "demo", "sample"),
]


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("model"))


def test_the_commands_are_these():
    assert sorted(main.commands) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches_with_an_example(command):
    assert f"  prodcat {command}" in run(command, "--help").output.split("Options:")[0]


def test_predict_prints_the_answer_and_the_next_best(model_dir):
    output = run("predict", "--name", "Shoes", "--model", model_dir).output

    assert "Shoes > Boots" in output
    assert "Clothes > Trousers > Jeans" in output
    assert "98.2%" in output  # twice the share of four votes against four, none and none


def test_predict_says_that_it_abstains(model_dir):
    output = run("predict", "--name", "zzz", "--model", model_dir).output
    assert "not sure enough: needs 75 %, Shoes 50 %, Bags 25 %" in output


def test_predict_reads_a_picture_and_prints_json(model_dir, tmp_path):
    Image.new("RGB", (6, 8), "#00ff00").save(tmp_path / "green.png")

    output = run(
        *("predict", "--desc", "shoes", "--image", tmp_path / "green.png"),
        *("--model", model_dir, "--json"),
    ).output

    answer = json.loads(output)
    assert answer["path"] == ["Shoes", "Sandals"]
    assert answer["used"] == ["description", "image"]


def test_predict_takes_accuracy_and_threshold(model_dir):
    asked = ("predict", "--name", "shoes jeans", "--model", model_dir, "--json")

    assert json.loads(run(*asked, "--accuracy", 0.95).output)["category"] == "Jeans"
    assert json.loads(run(*asked, "--accuracy", 0.98).output)["abstained"]
    assert json.loads(run(*asked, "--threshold", 0.99).output)["abstained"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["predict"], "at least one of name, description, image"),
        (["predict", "--name", "bag", "--accuracy", "0.5"], "It has: 0.95, 0.98"),
        (["predict", "--image", "nowhere.jpg"], "nowhere.jpg"),
        (["categorize", "nowhere.csv", "-o", "out.parquet"], "nowhere.csv"),
    ],
)
def test_our_errors_are_one_line_and_status_one(model_dir, tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)

    output = run(*words, "--model", model_dir, status=1).output

    assert output.startswith("Error: ")
    assert told in output
    assert output.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["predict", "--nam", "bag"],
        ["predict", "--accuracy", "high"],
        ["categorize", "in.csv"],
        ["categorize", "in.csv", "-o", "out.parquet", "--column", "title"],
        ["train", "shop.db"],
        ["nothing"],
    ],
)
def test_wrong_usage_has_status_two(words):
    assert "Usage: " in run(*words, status=2).output


def test_a_bug_keeps_its_traceback(monkeypatch):
    def broken():
        raise RuntimeError("a bug")

    monkeypatch.setattr("prodcat.examples.example_products", broken)

    with pytest.raises(RuntimeError, match="a bug"):
        run("demo")


def write_table(folder):
    with (folder / "in.csv").open("w", newline="") as file:
        rows = [["nr", "title", "kind"], ["1", "boots", "Shoes > Boots"], ["2", "bag", "Bags"]]
        csv.writer(file).writerows([*rows, ["3", "zzz", ""]])
    return folder / "in.csv"


def test_categorize_writes_parquet_and_says_what_it_came_to(model_dir, tmp_path):
    source, output = write_table(tmp_path), tmp_path / "out.parquet"

    printed = run(
        *("categorize", source, "-o", output, "--model", model_dir, "--workers", 1),
        *("--column", "id=nr", "--column", "name = title"),
    ).output

    rows = pq.read_table(output).to_pylist()
    found = [(row["nr"], row["kind"], row["category"]) for row in rows]
    assert found == [
        ("1", "Shoes > Boots", "Shoes > Boots"),
        ("2", "Bags", "Bags"),
        ("3", "", None),
    ]
    assert "2 (66.7%)" in printed
    again = run("categorize", source, "-o", output, "--model", model_dir, status=1).output
    assert "--overwrite" in again
    run("categorize", source, "-o", output, "--model", model_dir, "--overwrite")


def test_import_and_corpus_say_what_came_in(tmp_path):
    source, corpus = write_table(tmp_path), tmp_path / "shop.db"
    words = ("import", source, corpus, "--column", "id=nr", "--category", "kind")

    first = json.loads(run(*words, "--source-name", "shop", "--json").stdout)
    again = run(*words, "--source-name", "shop").output
    report = json.loads(run("corpus", corpus, "--json").stdout)
    shown = run("corpus", corpus).output

    assert (first["rows"], first["added"], first["source"]) == (3, 3, "shop")
    assert "in.csv → shop" in again
    assert "no category" in again
    assert (report["products"], report["missing"]["category"]) == (3, 1)
    assert "Shoes > Boots" in shown
    assert "category with fewer than 3 products" in shown


def test_a_corpus_that_is_none_is_told(tmp_path):
    (tmp_path / "shop.db").write_text("no database")

    assert "shop.db" in run("corpus", tmp_path / "shop.db", status=1).output


def test_model_verifies_and_describes(model_dir, tmp_path):
    shown = run("model", model_dir).output
    facts = json.loads(run("model", model_dir, "--json").stdout)

    assert "six-words" in shown
    assert "MODEL_CARD.md" in shown
    assert "threshold for" in shown
    assert "share answered at" in shown
    assert facts["categories"] == 4
    folder = build_model_dir(tmp_path)
    (folder / "calibration.json").write_text("{}")
    assert "calibration.json" in run("model", folder, status=1).output


def test_demo_answers_every_example(model_dir):
    output = run("demo", "--model", model_dir).output

    products = example_products()
    assert len(output.splitlines()) == len(products) + 4  # with three of the frame and a heading
    for product in products:
        assert (product.name or "–") in output
    assert "running-shoe.jpg" in output
    assert "not sure enough: needs " in output


def test_the_version_is_told():
    assert run("--version").output == f"prodcat {installed_version()}\n"


def test_warnings_of_the_library_go_to_standard_error(model_dir):
    code = (
        "from prodcat.cli.commands import main\n"
        "import logging\n"
        "main(['demo', '--model', sys.argv[1]], standalone_mode=False)\n"
        "logging.getLogger('prodcat').warning('look here')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}", str(model_dir)],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )

    assert done.stderr == "WARNING: look here\n"
    assert "look here" not in done.stdout


def test_python_m_is_the_same_command():
    done = subprocess.run(
        [sys.executable, "-m", "prodcat", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )

    for command in COMMANDS:
        assert f"\n  {command} " in done.stdout
    assert done.stderr == ""
