"""``docs/decisions.md``: every decision says what was weighed, with numbers that have a source."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"

LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)[^)]*\)")
NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w]|\.\d)")
YEAR = re.compile(r"(?:19|20)\d\d")


def sections() -> dict[str, str]:
    """The decisions, by the question that each answers."""
    parts = (DOCS / "decisions.md").read_text("utf-8").split("\n## ")[1:]
    return {title: text for title, _, text in (part.partition("\n") for part in parts)}


def numbers(text: str) -> set[str]:
    return {number.rstrip(",") for number in NUMBER.findall(text)}


def measured(text: str) -> set[str]:
    """The numbers of a text that somebody must have measured or counted."""
    prose = re.sub(r"`[^`]*`", "", re.sub(r"\]\([^)]*\)", "]", text))
    found = {n for n in numbers(prose) if "." in n or "," in n or len(n) > 2}
    return {n for n in found if not YEAR.fullmatch(n)}


each_decision = pytest.mark.parametrize(("title", "text"), sections().items(), ids=sections())


def test_there_are_about_ten_decisions():
    assert 9 <= len(sections()) <= 20


@each_decision
def test_a_decision_says_what_was_chosen_what_was_weighed_and_what_it_costs(title, text):
    assert title.endswith("?")
    assert re.findall(r"^\*\*(\w+)\.\*\* ", text, re.MULTILINE) == ["Chosen", "Weighed", "Costs"]


@each_decision
def test_each_number_of_a_decision_stands_in_a_source_that_it_links(title, text):
    sources = [DOCS / link for link in LINK.findall(text) if not link.startswith("http")]
    known = set().union(*(numbers(source.read_text("utf-8")) for source in sources))

    assert measured(text) - known == set()


@each_decision
def test_each_entry_of_the_log_that_a_decision_names_is_there(title, text):
    log = (DOCS.parent / "experiments" / "LOG.md").read_text("utf-8")
    named = [
        entry
        for clause in re.findall(r"\(entr(?:y|ies) ([^)\[]*)", text)
        for entry in re.findall(r'"([^"]+)"', clause)
    ]

    assert [entry for entry in named if f": {entry}\n" not in log] == []


def test_numbers_are_told_from_years_versions_and_names():
    text = "Of 2017, with `x=0.5`, int8 and SHA-256 take 0.971 of [1,024](a/404.md) in 12 ms."

    assert measured(text) == {"0.971", "1,024"}
