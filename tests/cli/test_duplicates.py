"""What `prodcat duplicates` prints."""

import json

from prodcat.screen import NOTHING_IN_HAND
from tests.cli.running import run
from tests.search.duplicates.shop import write_shop

ROWS = [
    ("1", "Nike Men Boots 41", "", "Shoes", ""),
    ("2", "Nike Men Boots 42", "", "Bags", ""),
    ("3", "Puma Socks", "", "Socks", ""),
]


def test_the_groups_are_shown_with_their_reasons(tmp_path):
    shown = run("duplicates", write_shop(tmp_path, ROWS)).output
    assert "contradicting" in shown
    assert "same name but for colours and numbers" in " ".join(shown.split())


def test_json_has_the_counts_and_the_largest(tmp_path):
    file = write_shop(tmp_path, ROWS)
    out = tmp_path / "out.csv"
    told = json.loads(run("duplicates", file, "-o", out, "--json").stdout)
    assert (told["products"], told["groups"], told["contradicting_groups"]) == (3, 1, 1)
    assert [member["id"] for member in told["largest"][0]["members"]] == ["1", "2"]
    assert out.is_file()


def test_no_product_is_nothing_in_hand(tmp_path):
    result = run("duplicates", write_shop(tmp_path, []), status=NOTHING_IN_HAND)
    assert "no product" in result.output


def test_no_duplicates_is_an_answer(tmp_path):
    run("duplicates", write_shop(tmp_path, ROWS[2:]))


def test_a_name_reaches_no_terminal_as_it_is(tmp_path):
    rows = [(str(i), "Nike \x1b[31mBoots", "", "", "") for i in range(2)]
    assert "\x1b" not in run("duplicates", write_shop(tmp_path, rows)).output
