"""What could not be read is told by reason and count, not text by text."""

import pytest

from crawler.engine.picture_outcomes import WORDS
from prodcat.bulk import counts as counts_module
from prodcat.bulk.answers import part_schema
from prodcat.bulk.categorizing import categorize
from prodcat.bulk.counts import Counter
from prodcat.bulk.problems import FIRST_ROWS, KINDS, reasons_of
from tests.bulk.tables import write_jsonl
from tests.model_files import encoded


def test_one_reason_for_each_kind(tmp_path, predictor):
    (tmp_path / "half.jpg").write_bytes(encoded("#0000ff")[:100])
    (tmp_path / "text.jpg").write_text("no picture at all")
    (tmp_path / "empty.jpg").touch()
    lost = [{"name": "boots", "image": f"lost-{i}.jpg"} for i in range(8)]
    others = [
        {"name": "boots", "image": "half.jpg"},
        {"name": "boots", "image": "text.jpg"},
        {"image": "empty.jpg"},
        {"name": {"en": "boots"}, "image": "../out.jpg"},
        {"name": "boots", "image": "https://shop.example/1.jpg"},
        {"name": "--"},
        {},
    ]
    source = write_jsonl(tmp_path / "in.jsonl", [*lost, *others])
    source.write_text(source.read_text() + '{"half\n')

    result = categorize(source, tmp_path / "out.parquet", predictor=predictor)

    problems = {p.reason: (p.count, p.answered, p.rows) for p in result.counts.problems}
    assert problems == {
        "picture file missing": (8, 8, (1, 2, 3, 4, 5)),
        "picture broken": (1, 1, (9,)),
        "picture of a kind that cannot be read": (1, 1, (10,)),
        "picture empty": (1, 0, (11,)),
        "name or description that is no text": (1, 0, (12,)),
        "picture outside the picture folder": (1, 0, (12,)),
        "picture is a web address, which is not fetched": (1, 1, (13,)),
        "no letter or digit in the texts": (1, 0, (14,)),
        "nothing given: no name, description, picture": (2, 0, (12, 15)),
        "line that is no readable JSON": (1, 0, (16,)),
    }
    assert result.counts.problems[0].reason == "picture file missing"
    assert "lost-0.jpg" in result.counts.problems[0].example
    assert result.counts.reasons["nothing to read"] == 5


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (["cell 3 of /a/b.ods is odd", "cell 12 of /c.ods is odd"], "cell … of … is odd"),
        (["'x' is no price", "'y' is no price"], "… is no price"),
    ],
)
def test_an_error_that_is_not_listed_is_told_without_its_particulars(texts, reason):
    assert {tuple(reasons_of(text)) for text in texts} == {(reason,)}


def test_reasons_are_told_apart_by_their_wording():
    reasons = [reason for _, reason in KINDS]
    assert len(set(reasons)) == len(reasons)


def test_errors_without_end_are_counted_together(monkeypatch):
    monkeypatch.setattr(counts_module, "MAX_PROBLEMS", 2)
    rows = [{"abstained": True, "error": error} for error in ("odd", "strange", "queer", "weird")]
    counter = Counter()

    counter.add(10, part_schema().empty_table().from_pylist(rows, schema=part_schema()))

    found = {p.reason: (p.count, p.rows) for p in counter.counts().problems}
    assert found == {"odd": (1, (10,)), "strange": (1, (11,)), "something else": (2, (12, 13))}
    assert FIRST_ROWS > 2


@pytest.mark.parametrize("words", [*WORDS.values(), "status 502"])
def test_a_picture_that_could_not_be_fetched_is_counted_beside_what_came_of_it(words):
    error = f"picture could not be fetched: {words} (http://a.example/b); Nothing to categorize:"
    fetching, nothing = reasons_of(f"{error} give at least one of them.")
    assert fetching.startswith("picture not fetched: ")
    assert nothing == "nothing given: no name, description, picture"


def test_the_usual_outcomes_of_fetching_are_told_apart():
    outcomes = ("not found", "private address", "host is down")
    error = "picture could not be fetched: {} (http://a.example/b)"
    reasons = [reasons_of(error.format(outcome)) for outcome in outcomes]
    assert reasons == [[f"picture not fetched: {outcome}"] for outcome in outcomes]
