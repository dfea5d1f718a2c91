import json

import pytest

from tests.cli.running import run


@pytest.fixture
def trees(tmp_path):
    (tmp_path / "ours.txt").write_text("Shoes > Boots\nShoes > Sandals\nHats\n")
    (tmp_path / "google.txt").write_text(
        "# Google_Product_Taxonomy_Version: 2019-07-10\n"
        "1 - Apparel\n2 - Apparel > Shoes\n3 - Apparel > Shoes > Boots\n"
    )
    return tmp_path / "ours.txt", tmp_path / "google.txt"


def test_map_writes_a_file_and_says_how_much_is_sure(trees, tmp_path):
    result = run("map", *trees, "-o", tmp_path / "mapping.csv")
    assert "4 categories:" in result.output
    assert "sure" in result.output
    assert (tmp_path / "mapping.csv").read_text().startswith("id,category,answer,verdict")


def test_map_answers_as_json(trees):
    data = json.loads(run("map", *trees, "--json").output)
    assert data["categories"] == 4
    assert data["sure"] + data["doubtful"] == 4
    assert data["problems"] == []


def test_map_refuses_a_tree_that_is_none_in_one_line(trees, tmp_path):
    (tmp_path / "broken.txt").write_text("1 - A\n" * 2)
    result = run("map", tmp_path / "broken.txt", trees[1], status=1)
    assert result.output.startswith("Error: ")
    assert "line 2: the id '1'" in result.output


def test_help_of_map_shows_an_example():
    assert "prodcat map ours.txt" in run("map", "--help").output
