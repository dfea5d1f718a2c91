import csv
import io
import json

import pytest

from prodcat.errors import InputError, TaxonomyError
from prodcat.taxonomy.mapping import Counterpart, MappedCategory, TreeMapping
from prodcat.taxonomy.tree import Category, Taxonomy
from prodcat.trees.decisions import Names, Place, read_verdict
from prodcat.trees.mapping_files import read_decisions, read_mapping, write_mapping

LEFT = Taxonomy.from_paths([("Shoes", "Boots"), ("Shoes", "Clogs"), ("Hats",), ("=Cups",)])
RIGHT = Taxonomy(
    [
        Category("1", "Footwear"),
        Category("2", "Boots", "1"),
        Category("3", "Clogs", "1"),
        Category("4", "Caps; Hats"),
        Category("5", "Bowls"),
    ]
)


@pytest.fixture
def mapping():
    rows = [
        MappedCategory("Shoes", (Counterpart("1", 0.97, "its children"),), (), 0.97),
        MappedCategory(
            "Shoes > Boots",
            (Counterpart("2", 0.99, "the same name"),),
            (Counterpart("3", 0.01), Counterpart("1", 0.01)),
            0.99,
        ),
        MappedCategory("Shoes > Clogs", (Counterpart("3", 0.5), Counterpart("2", 0.4)), (), 0.6),
        MappedCategory("Hats", (Counterpart("5", 0.3),), (Counterpart("4", 0.2),), 0.3),
    ]
    return TreeMapping(LEFT, RIGHT, rows, "ours.txt", "theirs.txt")


def answers(mapping):
    return {row.category: [each.category for each in row.counterparts] for row in mapping}


@pytest.mark.parametrize("name", ["m.xlsx", "m.csv", "m.json"])
def test_a_mapping_is_read_back_as_it_was_written(tmp_path, mapping, name):
    write_mapping(mapping, tmp_path / name)
    read = read_mapping(tmp_path / name, LEFT, RIGHT)
    assert read.problems == ()
    assert answers(read.mapping) == answers(mapping)
    assert [row.confidence for row in read.mapping] == [row.confidence for row in mapping]
    assert read.mapping.counts() == mapping.counts()


def test_the_doubtful_stand_first(tmp_path, mapping):
    write_mapping(mapping, tmp_path / "m.csv")
    rows = list(csv.DictReader((tmp_path / "m.csv").read_text().splitlines()))
    assert [row["category"] for row in rows] == [
        *("'=Cups", "Hats", "Shoes > Clogs", "Shoes", "Shoes > Boots"),
    ]
    assert [row["kind"] for row in rows] == ["none", "one", "many", "one", "one"]


def with_verdicts(file, mapping, verdicts):
    """Write a mapping, and verdicts into it as a person would in a spreadsheet."""
    write_mapping(mapping, file)
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    for row in rows:
        row["verdict"] = verdicts.get(row["category"], row["verdict"])
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_verdicts_count_before_what_was_found(tmp_path, mapping):
    verdicts = {
        "Shoes": "none of these",
        "Shoes > Boots": "second",
        "Shoes > Clogs": "ok",
        "Hats": "Caps; Hats",
        "'=Cups": "footwear > boots ; 5",
    }
    with_verdicts(tmp_path / "m.csv", mapping, verdicts)
    read = read_mapping(tmp_path / "m.csv", LEFT, RIGHT)
    assert read.problems == ()
    assert answers(read.mapping) == {
        "Shoes": [],
        "Shoes > Boots": ["3"],
        "Shoes > Clogs": ["3", "2"],
        "Hats": ["4"],
        "=Cups": ["2", "5"],
    }
    assert all(row.by_person and row.is_sure for row in read.mapping)


@pytest.mark.parametrize("name", ["again.xlsx", "again.csv", "again.json"])
def test_decisions_outlive_being_written_again(tmp_path, mapping, name):
    with_verdicts(tmp_path / "m.csv", mapping, {"Shoes": "none of these", "Hats": "second"})
    decided = read_mapping(tmp_path / "m.csv", LEFT, RIGHT).mapping
    write_mapping(decided, tmp_path / name)
    again = read_mapping(tmp_path / name, LEFT, RIGHT).mapping
    assert {row.category for row in again if row.by_person} == {"Shoes", "Hats"}
    assert again["Hats"].counterparts[0].category == "4"
    assert again["Shoes"].kind == "none"
    # Ids that are of no tree any more: what was decided is found by its path.
    renumbered = Taxonomy(
        Category("x" + c.id, c.name, "x" + c.parent_id if c.parent_id else None) for c in RIGHT
    )
    decisions, problems = read_decisions(tmp_path / name, renumbered)
    assert problems == []
    assert {Names(renumbered).find(each) for d in decisions for each in d.counterparts} == {"x4"}


def test_a_verdict_that_names_nothing_is_told_with_its_line(tmp_path, mapping):
    with_verdicts(tmp_path / "m.csv", mapping, {"Hats": "Hads"})
    read = read_mapping(tmp_path / "m.csv", LEFT, RIGHT)
    assert len(read.problems) == 1
    assert read.problems[0].startswith("line 3: 'Hads' is no category of the right tree")


def test_what_the_trees_no_longer_have_is_told(tmp_path, mapping):
    with_verdicts(tmp_path / "m.csv", mapping, {"Hats": "second"})
    small = Taxonomy.from_paths([("Footwear", "Boots")])
    read = read_mapping(tmp_path / "m.csv", small, RIGHT)
    assert any("the left tree has no category 'Hats'" in each for each in read.problems)
    read = read_mapping(tmp_path / "m.csv", LEFT, small)
    assert any("the right tree has no category 'Caps; Hats'" in each for each in read.problems)


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("", None),
        ("-", None),
        ("n/a", None),
        ("Gone", ()),
        ("yes", (Place("2", "Footwear > Boots"),)),
        ("third", (Place("", "Bowls"),)),
        ("5", (Place("5", "5"),)),
        ("2", (Place("2", "2"),)),
        ("Caps; Hats|1", (Place("Caps; Hats", "Caps; Hats"), Place("1", "1"))),
    ],
)
def test_verdicts_mean_what_people_mean(verdict, expected):
    answer = [Place("2", "Footwear > Boots")]
    candidates = [Place("", "Footwear"), Place("", "Bowls")]
    assert read_verdict(verdict, answer, candidates, Names(RIGHT)) == expected


def test_a_mapping_of_what_is_in_no_tree_is_refused():
    with pytest.raises(TaxonomyError, match="left tree has no category 'Coats'"):
        TreeMapping(LEFT, RIGHT, [MappedCategory("Coats")])
    with pytest.raises(TaxonomyError, match="right tree has no category '9'"):
        TreeMapping(LEFT, RIGHT, [MappedCategory("Hats", (Counterpart("9"),))])
    with pytest.raises(TaxonomyError, match="mapped twice"):
        TreeMapping(LEFT, RIGHT, [MappedCategory("Hats"), MappedCategory("Hats")])


BROKEN = {
    "no mapping": ("m.csv", "id,name\n1,x\n", "lacks the columns answer, category, verdict"),
    "other JSON": ("m.json", "{}", "no mapping of format 1"),
    "JSON with rows of numbers": ("m.json", '{"format": 1, "rows": [1]}', "no mapping that we"),
    "JSON that is none": ("m.json", "{", "not JSON"),
    "confidence that is a text": (
        "m.json",
        json.dumps(
            {
                "format": 1,
                "rows": [
                    {
                        "id": "",
                        "category": "",
                        "decided_by": "machine",
                        "confidence": "x",
                        "counterparts": [],
                        "candidates": [],
                    }
                ],
            }
        ),
        "no mapping that we",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_mapping_is_refused_in_one_line(tmp_path, case):
    name, text, message = BROKEN[case]
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        read_mapping(tmp_path / name, LEFT, RIGHT)


def test_another_ending_is_refused_before_anything_is_written(tmp_path, mapping):
    with pytest.raises(InputError, match="named so"):
        write_mapping(mapping, tmp_path / "m.txt")
