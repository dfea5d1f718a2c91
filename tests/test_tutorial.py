"""The tutorial, run from its first command to its last, on the shop that it draws."""

import os
import re
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from prodcat.cli.commands import main
from prodcat.modeldir.format import BUNDLED
from tests.test_docs import REPOSITORY, shell_lines

PAGE = REPOSITORY / "docs" / "tutorial.md"
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


def commands():
    return [words[1:] for words in shell_lines(PAGE) if words[0] == "prodcat" and len(words) > 2]


def test_it_goes_all_the_way():
    named = [words[0] for words in commands()]
    order = ["predict", "sample", "import", "corpus", "train", "analyze", "categorize", "model"]
    assert list(dict.fromkeys(named)) == order


@pytest.mark.slow
def test_its_commands_run_one_after_the_other(tmp_path, monkeypatch, toy_encoder):
    monkeypatch.chdir(tmp_path)
    Path("experiments").symlink_to(REPOSITORY / "experiments")
    quick = [f"{key}={value}" for key, value in QUICK.items()]
    for words in commands():
        if words[0] == "predict" and not (BUNDLED / "model.json").is_file():
            continue
        if words[0] == "train":
            for setting in (f"text.encoder={toy_encoder}", *quick):
                words += ["--set", setting]
        elif words[0] == "sample":
            words += ["--products", "300"]
        result = CliRunner().invoke(main, words, catch_exceptions=False)
        assert result.exit_code == 0, f"{' '.join(words)}\n{result.output}"
    # One more, for the header.
    assert openpyxl.load_workbook("answers.xlsx").worksheets[0].max_row == 51
    shown = re.search(r"`(report/\S+\.html)`", PAGE.read_text("utf-8"))[1]
    assert "squash" in Path(shown).read_text("utf-8")
    assert os.access(tmp_path / "runs" / "shop" / "model" / "model.json", os.R_OK)
