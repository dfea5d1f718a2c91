"""What is known of products."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.benchmarks.alike.facts import BOTH, COLOUR, LEAF, PATTERN, pattern_of, read_facts
from prodcat.corpus.store import Corpus
from prodcat.errors import InputError


@pytest.fixture(scope="module")
def corpus(toy_corpus):
    with Corpus.open(toy_corpus, read_only=True) as opened:
        yield opened


def write(file, ids, **columns):
    told = {name: ["x"] * len(ids) for name in ("base_colour", "brand", "season", "usage")}
    pq.write_table(pa.table({"id": ids, **told, **columns}), file)
    return file


def test_facts_come_from_corpus_table_and_name(corpus, tmp_path):
    rows = [row for row in corpus.rows(with_category=True) if "striped" in row.name][:2]
    ids = [int(row.id.removeprefix("toy:")) for row in rows]
    table = write(tmp_path / "t.parquet", ids, base_colour=["Red", ""], brand=[None, "Acme"])
    facts = read_facts(corpus, table)
    first, second = (row.id for row in rows)
    assert facts.by_name[COLOUR] == {first: "Red"}
    assert facts.by_name["brand"] == {second: "Acme"}
    assert facts.by_name[PATTERN][first] == "striped"
    assert facts.names[first] == rows[0].name
    leaf = facts.by_name[LEAF][first]
    assert leaf == " > ".join(corpus.taxonomy().path(rows[0].category_id))
    assert facts.by_name[BOTH] == {first: f"{leaf}, Red"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Women Polka Dress", "printed"),
        ("Men's STRIPES shirt", "striped"),
        ("Checkered shirt", None),
        ("Striped and printed shirt", None),
        ("", None),
    ],
)
def test_a_pattern_is_told_by_one_word_of_the_name(name, expected):
    assert pattern_of(name) == expected


def test_a_table_of_other_products_is_refused(corpus, tmp_path):
    with pytest.raises(InputError, match="none of the corpus's products"):
        read_facts(corpus, write(tmp_path / "t.parquet", ["nobody"]))


def test_a_table_without_colour_is_refused(corpus, tmp_path):
    pq.write_table(pa.table({"id": ["1"]}), tmp_path / "t.parquet")
    with pytest.raises(InputError, match="has no column base_colour"):
        read_facts(corpus, tmp_path / "t.parquet")


@pytest.mark.parametrize("content", [None, b"no table"])
def test_what_is_no_table_is_refused(corpus, tmp_path, content):
    file = tmp_path / "t.parquet"
    if content:
        file.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_facts(corpus, file)
