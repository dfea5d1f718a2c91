import json

import pytest

from prodcat.corpus.describe import CategoryCount, DuplicateCount, LevelCount, describe_corpus
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.importing import import_products
from prodcat.taxonomy.tree import Taxonomy
from tests.toy import UNKNOWN_ID, draw_products


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "corpus.db", create=True) as corpus:
        yield corpus


def fill(corpus, *rows):
    """Write products given as (name, label) or (name, label, picture)."""
    corpus.upsert_products(
        NewProduct(
            source="shop",
            source_id=str(number),
            name=name,
            category_id=label,
            image_sha256=corpus.images.put(picture[0]) if picture else None,
        )
        for number, (name, label, *picture) in enumerate(rows)
    )


def oddities(report):
    return {odd.kind: (odd.count, odd.products, odd.examples) for odd in report.oddities}


def test_levels_count_what_is_at_and_below_them(corpus):
    corpus.upsert_categories("shop", Taxonomy.from_paths([("W", "S", "B"), ("M",), ("K",)]))
    labels = ["W > S > B", "W > S > B", "W > S", "M", "gone"]
    fill(corpus, *((f"p{n}", label) for n, label in enumerate(labels)))
    report = describe_corpus(corpus)
    assert report.levels == (
        LevelCount(1, categories=2, products=4, labels=1),
        LevelCount(2, categories=1, products=3, labels=1),
        LevelCount(3, categories=1, products=2, labels=2),
    )
    assert (report.products, report.nodes, report.leaves, report.labels) == (5, 5, 3, 4)
    assert report.largest[0] == CategoryCount("W > S > B", 2)
    assert report.smallest[0] == CategoryCount("gone", 1)


def test_odd_labels_are_counted(corpus):
    corpus.upsert_categories("shop", Taxonomy.from_paths([("W", "S"), ("M",), ("K",)]))
    fill(corpus, *[("p", "M")] * 3, ("q", "W"), ("r", "gone"), ("s", None))
    found = oddities(describe_corpus(corpus))
    assert found["label that is no leaf"] == (1, 1, ("W",))
    assert found["label that the tree does not have"] == (1, 1, ("gone",))
    assert found["category with fewer than 3 products"] == (2, 2, ("W", "gone"))
    assert found["leaf without products"] == (2, 0, ("K", "W > S"))


def test_duplicates_are_counted_and_those_with_several_labels_told(corpus):
    fill(
        corpus,
        ("boots", "A, b", b"1"),
        ("boots", "C", b"1"),
        ("clogs", "C", b"2"),
        ("clogs", "C", b"2"),
        ("", None, b"2"),
        ("", "C", b"3"),
    )
    report = describe_corpus(corpus)
    assert report.duplicates == (
        DuplicateCount("name", groups=2, products=4),
        DuplicateCount("description", groups=0, products=0),
        DuplicateCount("picture", groups=2, products=5),
    )
    found = oddities(report)
    assert found["same name, several categories"] == (1, 2, ("boots: A, b, C",))
    assert found["same picture, several categories"][:2] == (1, 2)


def test_missing_parts_are_counted(corpus):
    fill(corpus, ("a", "A"), ("", "A", b"1"), ("b", None, b"1"), ("c", "A", b"2"))
    corpus.images.path(corpus.images.put(b"2")).unlink()
    report = describe_corpus(corpus)
    assert report.missing == {"name": 1, "description": 4, "image": 1, "category": 1}
    assert report.parts == {"name+image": 2, "name": 1, "image": 1}
    assert (report.pictures, report.lost_pictures) == (2, 1)


def test_sources_splits_and_rejections_are_counted(tmp_path, corpus):
    rows = ['{"id": 1, "name": "a", "split": "train"}', '{"id": 2}', '{"id": 3, "name": "b"}']
    (tmp_path / "a.jsonl").write_text("\n".join(rows))
    import_products(tmp_path / "a.jsonl", corpus)
    fill(corpus, ("p", None))
    report = describe_corpus(corpus)
    assert report.sources == {"a": 2, "shop": 1}
    assert report.splits == {"": 2, "train": 1}
    assert [(r.reason, r.count) for r in report.rejections] == [
        ("no name, description or picture", 1)
    ]


def test_an_empty_corpus_has_a_report(corpus):
    report = describe_corpus(corpus)
    assert (report.products, report.levels, report.largest) == (0, (), ())


def test_the_report_of_the_toy_corpus_is_plain_data(toy_corpus):
    with Corpus.open(toy_corpus, read_only=True) as corpus:
        report = describe_corpus(corpus)
    expected = draw_products(240)
    assert json.loads(json.dumps(report.to_dict()))["products"] == 240
    assert report.missing["image"] == sum(p.image is None for p in expected)
    assert oddities(report)["label that the tree does not have"] == (1, 1, (UNKNOWN_ID,))
    assert oddities(report)["label that is no leaf"][0] == 1


def test_lists_and_paths_of_ids_look_odd(corpus):
    long_id = "0190f3a1b2c34d5e8f90a1b2c3d4e5f6"
    paths = [("Home,Shoes",), ("Home;Bags",), (long_id, "5"), ("Bags, Caps",)]
    corpus.upsert_categories("shop", Taxonomy.from_paths(paths))
    fill(
        corpus,
        ("a", "Home,Shoes"),
        ("b", "Home;Bags"),
        ("c", f"{long_id} > 5"),
        ("d", "Bags, Caps"),
    )
    found = oddities(describe_corpus(corpus))
    unsplit = found["category of one level with a separator in it"]
    assert unsplit == (2, 2, ("Home,Shoes", "Home;Bags"))
    assert found["category that is an id, not a name"][0] == 1
