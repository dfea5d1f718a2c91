"""The tutorials, run from their first command to their last, on the shop that they draw."""

import csv
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from prodcat.cli.commands import main
from prodcat.corpus.store import Corpus
from prodcat.modeldir.format import BUNDLED
from tests.test_docs import REPOSITORY, shell_lines

PAGE = REPOSITORY / "docs" / "tutorial.md"
LABELS_PAGE = REPOSITORY / "docs" / "clean-your-labels.md"
NEW_SHOP_PAGE = REPOSITORY / "docs" / "a-model-for-a-new-shop.md"
QUICK = {
    "text.max_tokens": "16",
    "image.encoder": "small_cnn",
    "image.weights": "none",
    "image.height": "32",
    "image.width": "24",
    "image.augment": "none",
    "text.frozen": "false",
    "image.frozen": "false",
    "model.dim": "32",
    "train.batch_size": "16",
    "train.max_epochs": "2",
    "train.patience": "2",
    "train.lr": "5e-3",
    "train.text_lr": "2e-3",
    "train.image_lr": "3e-3",
    "train.precision": "32",
    "data.workers": "0",
}
"""Settings of a tiny network, which would learn more of more epochs."""


def commands(page: Path) -> list[list[str]]:
    return [words[1:] for words in shell_lines(page) if words[0] == "prodcat" and len(words) > 2]


def run_commands(page: Path, encoder: Path, *, products: int) -> Iterator[list[str]]:
    """Run a page's commands in this folder, with a tiny network, and yield each when it is done."""
    Path("experiments").symlink_to(REPOSITORY / "experiments")
    quick = [f"{key}={value}" for key, value in QUICK.items()]
    for words in commands(page):
        if words[0] == "predict" and not (BUNDLED / "model.json").is_file():
            continue
        if words[0] == "train":
            for setting in (f"text.encoder={encoder}", *quick):
                words += ["--set", setting]
        elif words[0] == "sample":
            words += ["--products", str(products)]
        result = CliRunner().invoke(main, words, catch_exceptions=False)
        assert result.exit_code == 0, f"{' '.join(words)}\n{result.output}"
        yield words


def test_they_go_all_the_way():
    named = [words[0] for words in commands(PAGE)]
    order = ["predict", "sample", "import", "corpus", "train", "analyze", "categorize", "model"]
    assert list(dict.fromkeys(named)) == order
    named = [words[0] for words in commands(LABELS_PAGE)]
    order = ["sample", "import", "train", "check", "import", "import", "corrections", "check"]
    assert named == [*order, "learn"]
    named = [words[0] for words in commands(NEW_SHOP_PAGE)]
    order = ["sample", "start", "predict", "categorize", "predict", "import", "calibrate"]
    assert named == [*order, "model", "train", "evaluate"]


@pytest.mark.slow
def test_its_commands_run_one_after_the_other(tmp_path, monkeypatch, toy_encoder):
    monkeypatch.chdir(tmp_path)
    list(run_commands(PAGE, toy_encoder, products=300))
    # One more, for the header.
    assert openpyxl.load_workbook("answers.xlsx").worksheets[0].max_row == 51
    shown = re.search(r"`(report/\S+\.html)`", PAGE.read_text("utf-8"))[1]
    assert "squash" in Path(shown).read_text("utf-8")
    assert os.access(tmp_path / "runs" / "shop" / "model" / "model.json", os.R_OK)


@pytest.mark.slow
@pytest.mark.skipif(not (BUNDLED / "model.json").is_file(), reason="needs prodcat/models/default")
def test_a_new_shop_comes_from_a_tree_to_a_model_that_has_learnt(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outputs = []
    for words in commands(NEW_SHOP_PAGE):
        result = CliRunner().invoke(main, words, catch_exceptions=False)
        assert result.exit_code == 0, f"{' '.join(words)}\n{result.output}"
        outputs.append((words, result.output))
    asked = [output for words, output in outputs if words[0] == "predict"]
    assert "Men > Clothes > Shirts" in asked[0]
    assert "unsure" in asked[1]
    (known,) = (output for words, output in outputs if words[0] == "model")
    assert "labelled products" in known
    measured = json.loads(Path("runs/shop/metrics.json").read_text("utf-8"))
    assert measured["test"]["everything"]["accuracy"]["value"] > 0.9


def suspicions() -> Iterator[tuple[dict[str, str], openpyxl.cell.Cell]]:
    """Yield the rows of the first sheet of the workbook, with the cell for the verdict."""
    sheet = openpyxl.load_workbook("suspicions.xlsx").worksheets[0]
    head, *rows = sheet.iter_rows()
    names = [cell.value for cell in head]
    for row in rows:
        yield (
            {n: cell.value for n, cell in zip(names, row, strict=True)},
            row[names.index("verdict")],
        )


def decide_in_the_workbook(right: dict[str, str]) -> dict[str, str]:
    """Write verdicts into the workbook, as a person does who knows what is right."""
    decided = {}
    for row, cell in suspicions():
        book = cell.parent.parent
        if (path := right.get(row["id"])) is not None:
            cell.value = "answer" if row["answer"] == path else path
            decided[row["id"]] = path
    book.save("suspicions.xlsx")
    return decided


def read_verdicts(file: str) -> dict[str, str]:
    with Path(file).open(newline="", encoding="utf-8") as stream:
        return {row["id"]: row["verdict"] for row in csv.DictReader(stream)}


def decisions() -> dict[str, str]:
    with Corpus.open("shop.db", read_only=True) as corpus:
        # From a table, the id of a category is its path.
        return {row.id: row.category_id for row in corpus.rows() if row.is_decided}


@pytest.mark.slow
@pytest.mark.skipif(not (BUNDLED / "model.json").is_file(), reason="needs prodcat/models/default")
def test_labels_are_checked_decided_on_in_a_workbook_and_learnt_from(
    tmp_path, monkeypatch, toy_encoder
):
    monkeypatch.chdir(tmp_path)
    right, found = {}, {}
    for words in run_commands(LABELS_PAGE, toy_encoder, products=600):
        if words[0] == "check" and not found:
            right = read_verdicts("shop/right-labels.csv")
            found = decide_in_the_workbook(right)
        elif words[:2] == ["import", "suspicions.xlsx"]:
            assert decisions() == found
    # More than half of the wrong ones were among what deserved a look.
    assert len(found) > len(right) / 2
    assert decisions() == read_verdicts("decisions.csv") == right
    assert not {row["id"] for row, _ in suspicions()} & right.keys()
    assert "decided" in Path("runs/shop/learning.html").read_text("utf-8")
