"""`prodcat explain`, and `prodcat predict --explain`."""

import json

import pytest
from click.testing import CliRunner

from prodcat.cli.commands import main
from tests.model_files import encoded


@pytest.fixture
def run(model_dir):
    def run(command, *words, status=0):
        arguments = [command, *map(str, words), "--model", str(model_dir)]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == status, result.output
        return result.output

    return run


def test_it_says_why_in_sentences(run):
    text = run("explain", "--name", "blue boots", "--description", "shoes")
    assert text.startswith("Shoes > Boots (")
    assert "Words for Boots: “boots”" in text


def test_as_json_it_holds_what_the_page_needs(run, tmp_path):
    (tmp_path / "red.png").write_bytes(encoded("#ff0000", "PNG"))
    told = json.loads(run("explain", "--name", "boots", "--image", tmp_path / "red.png", "--json"))
    assert told["answer"]["path"] == ["Shoes", "Boots"]
    assert told["picture"]["seen"].startswith("data:image/jpeg;base64,")
    assert [part["part"] for part in told["parts"]] == ["name", "image"]


def test_it_writes_a_page(run, tmp_path):
    run("explain", "--name", "blue boots", "--html", tmp_path / "why.html")
    page = (tmp_path / "why.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "boots</mark>" in page


def test_predict_can_say_why_too(run):
    plain, text = run("predict", "--name", "boots"), run("predict", "--name", "boots", "--explain")
    assert text.startswith(plain)
    assert "Words for Boots" in text
    told = json.loads(run("predict", "--name", "boots", "--explain", "--json"))
    assert told["path"] == ["Shoes", "Boots"]
    assert told["explanation"]["words"][0]["text"] == "boots"


def test_it_says_what_is_wrong_in_a_line(run, tmp_path):
    assert "give at least one" in run("explain", status=1)
    assert "missing.jpg" in run("explain", "--image", tmp_path / "missing.jpg", status=1)


def test_a_name_moves_no_cursor(run):
    assert "\x1b" not in run("explain", "--name", "boots \x1b[31mred")
