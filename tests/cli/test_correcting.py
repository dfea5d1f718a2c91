import csv
import json

import pytest

from prodcat.corpus.corrections import Correction, correct
from prodcat.corpus.store import Corpus
from tests.cli.running import run
from tests.toy import draw_corpus


@pytest.fixture
def corpus(tmp_path):
    path = draw_corpus(tmp_path, products=12)
    with Corpus.open(path) as opened:
        first, second, third = [row.id for row in opened.rows()][:3]
        other = next(iter(opened.taxonomy().leaf_ids))
        decided = [Correction(first, other, who="ana"), Correction(second, None, who="ben")]
        correct(opened, [*decided, Correction(third, other, who="ana")])
    return path


def test_decisions_are_counted_written_and_taken_back(corpus, tmp_path):
    shown = run("corrections", corpus, "-o", tmp_path / "decisions.csv").output
    assert "3 decisions are in" in shown
    assert "ana 2, ben 1" in shown
    with (tmp_path / "decisions.csv").open(newline="") as stream:
        assert [row["who"] for row in csv.DictReader(stream)] == ["ana", "ben", "ana"]
    assert [
        line.split("│")[1].strip() for line in shown.splitlines() if "T" in line and "│" in line
    ][-3:] == ["3", "2", "1"]
    counts = json.loads(run("corrections", corpus, "--undo", "2", "--who", "eve", "--json").stdout)
    assert [one["undoes"] for one in counts["newest"]] == [2, None, None, None]
    assert (counts["products"], counts["foreign"], counts["undone"]) == (2, 0, 1)
    assert "labels that people decided on" in run("corpus", corpus).output


def test_what_cannot_be_done_is_told_in_a_line(corpus, tmp_path):
    assert "no decision 9" in run("corrections", corpus, "--undo", "9", status=1).output
    assert (
        "end it in .csv" in run("corrections", corpus, "-o", tmp_path / "x.html", status=1).output
    )
