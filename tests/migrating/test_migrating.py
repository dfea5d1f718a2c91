"""The sample shop through rename, move, merge, split and deletion, and back."""

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from prodcat.corpus.corrections import Correction, correct, count_corrections, history
from prodcat.corpus.decision_list import keep_decisions, write_decisions
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.corpus.tree_changes import changes_in_force, undo_change
from prodcat.corpus.trees import list_trees
from prodcat.errors import CorpusError, InputError
from prodcat.importing import import_products
from prodcat.migrating.migrating import migrate_corpus
from prodcat.migrating.plan import Choice
from prodcat.review.deciding import decide
from prodcat.review.queue import card_of, take
from prodcat.taxonomy.mapping import Counterpart, MappedCategory, TreeMapping
from prodcat.taxonomy.tree import Taxonomy
from tests.migrating.sample import (
    BAGS,
    COUNTERPARTS,
    KINDS,
    PARTS_OF_BAGS,
    draw_shop,
    dump,
    ids_by_label,
    mapping_of,
    new_tree,
)

RECORD = ("trees", "tree_categories", "tree_changes", "category_changes", "product_changes")
RECORD += ("card_changes",)
"""Tables to which is only ever added."""
REPOSITORY = Path(__file__).resolve().parents[2]
KILLED = """
import sys, time
from prodcat.corpus import tree_changes
from prodcat.corpus.store import Corpus
from prodcat.migrating.migrating import migrate_corpus
from tests.migrating.sample import mapping_of, new_tree

original = getattr(tree_changes, sys.argv[2])

def stopped(*arguments):
    before, after = sys.argv[3] == "before", sys.argv[3] == "after"
    if after:
        original(*arguments)
    print("here", flush=True)
    time.sleep(600)

setattr(tree_changes, sys.argv[2], stopped)
with Corpus.open(sys.argv[1]) as corpus:
    rest = ["Accessories > Umbrellas"] + [c for c in corpus.taxonomy().categories if c.islower()]
    migrate_corpus(corpus, new_tree(), "new", mapping=mapping_of(corpus), gone=rest, carry_out=True)
"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return draw_shop(tmp_path_factory.mktemp("drawn"))


@pytest.fixture
def path(drawn, tmp_path):
    return Path(shutil.copy(drawn, tmp_path / "shop.db"))


@pytest.fixture
def corpus(path):
    with Corpus.open(path) as opened:
        yield opened


def rest_of(corpus):
    """Name the categories that the mapping leaves out: one that is new, and misspelt ones."""
    return ["Accessories > Umbrellas"] + [c for c in corpus.taxonomy().categories if c.islower()]


def go(corpus, *, carry_out=True, **options):
    options = {"mapping": mapping_of(corpus), "gone": rest_of(corpus), **options}
    return migrate_corpus(corpus, new_tree(), "new", carry_out=carry_out, **options)


def labels(corpus):
    return {row.id: row.category_id for row in corpus.rows()}


def test_each_category_ends_as_one_of_six_kinds(corpus):
    kinds = {one.category: one.kind for one in go(corpus, carry_out=False).plan.outcomes}

    assert {category: kinds[category] for category in KINDS} == KINDS
    assert kinds.keys() == corpus.taxonomy().categories.keys()


def test_no_product_is_lost_and_the_dry_run_is_equal_to_the_real_one(corpus, path):
    before, rows = labels(corpus), dump(path)

    dry = go(corpus, carry_out=False)

    assert dump(path) == rows
    real = go(corpus)
    assert (real.plan.outcomes, real.plan.splits) == (dry.plan.outcomes, dry.plan.splits)
    assert {**real.to_dict(), "carried_out": False} == dry.to_dict()
    after = labels(corpus)
    assert after.keys() == before.keys()
    assert Counter(after.values()) == dry.plan.labels_after()
    for product, label in before.items():
        told = COUNTERPARTS.get(label, ())
        assert after[product] == (BAGS if label == BAGS else told[0] if told else None), product
    # What the shop said is in the file as it was.
    assert dump(path)["products"] == rows["products"]
    assert dump(path)["categories"] == rows["categories"]
    assert dump(path)["corrections"] == rows["corrections"]


def test_undone_every_row_is_as_it_was(corpus, path):
    rows = dump(path, without=RECORD)

    go(corpus)
    assert dump(path, without=RECORD) != rows
    undone = undo_change(corpus)

    assert dump(path, without=RECORD) == rows
    assert (undone.tree, undone.back_to, undone.lost) == ("new", "", 0)
    # The record has both, and it can be done and undone once more.
    assert len(dump(path)["tree_changes"]) == 2
    go(corpus)
    undo_change(corpus)
    assert dump(path, without=RECORD) == rows
    with pytest.raises(InputError, match="nothing to undo"):
        undo_change(corpus)


def test_decisions_go_along_and_their_record_stays(corpus):
    made = list(history(corpus))
    counts = count_corrections(corpus)

    go(corpus)

    after = labels(corpus)
    told = [after[one.product_id] for one in made]
    assert told == ["Footwear", BAGS, None, None, "Jewellery > Watches"]
    assert list(history(corpus)) == made
    # One product's shop said women's shoes, and a person men's: in the new tree they are one.
    now = count_corrections(corpus)
    assert (now.products, now.kept) == (counts.products, counts.kept + 1)


def test_decisions_are_written_and_taken_over_in_the_new_tree(corpus, tmp_path):
    go(corpus)
    write_decisions(corpus, tmp_path / "decisions.csv")
    written = (tmp_path / "decisions.csv").read_text()

    assert "Footwear,Footwear,Footwear,ana" in written
    assert "Men > Shoes" not in written
    (bag,) = ids_by_label(corpus)[BAGS][:1]
    keep_decisions(corpus, {bag: ("Women", "Bags", "Clutches")}, who="ana", asked="")
    assert labels(corpus)[bag] == "Women > Bags > Clutches"
    assert "Women > Bags > Clutches" in corpus.taxonomy()
    with pytest.raises(CorpusError, match="no category 'Men > Shoes'"):
        correct(corpus, [Correction(bag, "Men > Shoes")])


def test_products_of_a_split_category_are_told_apart_or_go_into_the_queue(corpus):
    ids = ids_by_label(corpus)
    decided = [one.product_id for one in history(corpus) if one.category_id == BAGS]
    first, second, third = [one for one in ids[BAGS] if one not in decided][:3]
    choices = {
        first: Choice(PARTS_OF_BAGS[0], "ana"),
        second: Choice(PARTS_OF_BAGS[1], "model small"),
        third: Choice("Footwear", "ana"),  # no part of it
    }

    plan = go(corpus, choices=choices).plan

    after = labels(corpus)
    assert (after[first], after[second], after[third]) == (*PARTS_OF_BAGS, BAGS)
    assert plan.to_dict()["split_products"] == {"told_apart": 2, "to_review": len(ids[BAGS]) - 2}
    assert card_of(corpus, first) is None
    card = card_of(corpus, third)
    assert card.kind == "split"
    assert card.reason == (
        "Women > Bags was split into Women > Bags > Handbags, Women > Bags > Shoppers:"
        " which of them is it?"
    )
    # Those that a person decided on are asked for as well, since the decision itself is split.
    assert card_of(corpus, decided[0]).kind == "split"
    assert take(corpus, "eva").kind == "split"
    decide(corpus, "eva", third, "other", PARTS_OF_BAGS[1])
    assert labels(corpus)[third] == PARTS_OF_BAGS[1]
    decide(corpus, "eva", decided[0], "keep")
    assert labels(corpus)[decided[0]] == BAGS


def test_suggestions_of_the_queue_are_told_in_the_new_tree(corpus):
    cards = "select suggestion from review_cards where kind = 'label' order by value desc"
    go(corpus)

    assert [row[0] for row in corpus.db.execute(cards)] == ["Footwear", None, BAGS]
    undo_change(corpus)
    assert [row[0] for row in corpus.db.execute(cards)] == [
        "Men > Shoes",
        "Accessories > Sunglasses",
        BAGS,
    ]


def test_a_card_that_was_noted_wrongly_stops_going_back(corpus, path):
    go(corpus)
    for nonsense in ("x", "[1]", "[" * 100_000, "null", '["shop:1"' + ", {}" * 10 + "]"):
        corpus.db.execute("update card_changes set before = ? where before <> ''", [nonsense])
        rows = dump(path)
        with pytest.raises(CorpusError, match="it is damaged"):
            undo_change(corpus)
        assert dump(path) == rows


def test_what_was_decided_since_goes_back_where_it_can(corpus):
    go(corpus)
    ids = ids_by_label(corpus)
    shoe, top, trousers, bag = ids["Footwear"][2], *ids["Men > Clothing > Tops"][:3]
    correct(corpus, [Correction(shoe, "Jewellery > Watches"), Correction(top, "Footwear")])
    correct(corpus, [Correction(trousers, "Women"), Correction(bag, None)])

    undone = undo_change(corpus)

    after = labels(corpus)
    # Footwear was two categories, so it says not which.
    assert (after[shoe], after[top]) == ("Accessories > Watches", "Men > Clothes > Shirts")
    assert (after[trousers], after[bag], undone.lost) == ("Women", None, 1)
    # Once the new tree counts again, so does all that was said in it.
    go(corpus)
    again = labels(corpus)
    assert (again[shoe], again[top]) == ("Jewellery > Watches", "Footwear")
    assert (again[trousers], again[bag]) == ("Women", None)


def test_what_comes_later_in_the_old_tree_is_taken_along(corpus, drawn):
    go(corpus)
    after = labels(corpus)
    corpus.upsert_categories(
        "shop",
        Taxonomy.from_paths([("Women", "Clothes", "Jeans", "Skinny"), ("Men", "Ties")]),
    )
    new = [
        NewProduct(source="shop", source_id="n1", name="A", category_id="Women > Shoes"),
        NewProduct(source="shop", source_id="n2", name="B", category_id="Footwear"),
        NewProduct(
            source="shop", source_id="n3", name="C", category_id="Women > Clothes > Jeans > Skinny"
        ),
        NewProduct(source="shop", source_id="n4", name="D", category_id="Men > Ties"),
        NewProduct(source="shop", source_id="n5", name="E", category_id="Accessories > Sunglasses"),
    ]
    corpus.upsert_products(new)
    # The same table once more, as the shop exports it every night.
    import_products(drawn.parent / "shop" / "products.csv", corpus, source_name="shop")

    later = labels(corpus)
    assert {one: later[one] for one in after} == after
    assert [later[f"shop:n{n}"] for n in range(1, 6)] == [
        *("Footwear", "Footwear", "Women > Clothing > Trousers", "Men", None)
    ]
    undo_change(corpus)
    assert labels(corpus)["shop:n3"] == "Women > Clothes > Jeans > Skinny"


def test_a_product_that_its_shop_relabels_leaves_what_it_was_told_apart_as(corpus):
    bag = next(row.id for row in corpus.rows() if row.category_id == BAGS and not row.is_decided)
    go(corpus, choices={bag: Choice(PARTS_OF_BAGS[0], "ana")})
    number = bag.partition(":")[2]
    corpus.upsert_products(
        [NewProduct(source="shop", source_id=number, category_id="Women > Shoes")]
    )
    assert labels(corpus)[bag] == "Footwear"
    corpus.upsert_products([NewProduct(source="shop", source_id=number, category_id=BAGS)])
    assert labels(corpus)[bag] == PARTS_OF_BAGS[0]


def test_one_change_after_another(corpus):
    before = labels(corpus)
    go(corpus)
    middle = labels(corpus)
    newer = Taxonomy.from_paths([("Shoes",), ("Fashion", "Upper"), ("Fashion", "Lower")])
    told = {
        "Footwear": "Shoes",
        "Women > Clothing > Tops": "Fashion > Upper",
        "Men > Clothing > Tops": "Fashion > Upper",
        "Women > Clothing > Trousers": "Fashion > Lower",
    }
    left = corpus.taxonomy()
    rows = [MappedCategory(old, (Counterpart(new),)) for old, new in told.items()]
    mapping = TreeMapping(left, newer, rows)
    rest = [c for c in left.categories if c not in told]

    migrate_corpus(corpus, newer, "newer", mapping=mapping, gone=rest, carry_out=True)

    assert labels(corpus) == {one: told.get(label) for one, label in middle.items()}
    assert [change.tree for change in changes_in_force(corpus)] == ["new", "newer"]
    assert undo_change(corpus).back_to == "new"
    assert labels(corpus) == middle
    undo_change(corpus)
    assert labels(corpus) == before
    assert [(tree.name, tree.counts) for tree in list_trees(corpus)] == [
        *(("", True), ("new", False), ("newer", False))
    ]


def test_a_category_with_products_needs_an_answer(corpus, path):
    rows = dump(path)
    unanswered = go(corpus, carry_out=False, gone=()).plan.unanswered

    assert "Accessories > Umbrellas" in {one.category for one in unanswered}
    with pytest.raises(InputError, match="Accessories > Umbrellas"):
        go(corpus, gone=())
    assert dump(path) == rows


def test_the_same_tree_and_another_of_its_name_are_refused(corpus):
    with pytest.raises(InputError, match="has this tree already"):
        migrate_corpus(corpus, corpus.taxonomy(), "same")
    go(corpus)
    other = Taxonomy.from_paths([("Everything",)])
    rest = list(corpus.taxonomy().categories)
    with pytest.raises(InputError, match="another tree under the name 'new'"):
        migrate_corpus(corpus, other, "new", gone=rest, carry_out=True)


@pytest.mark.parametrize(
    ("function", "place"), [("_move_cards", "before"), ("_derive", "before"), ("_derive", "after")]
)
def test_killed_it_went_over_not_at_all(path, function, place):
    with Corpus.open(path) as corpus:
        rows, before = dump(path), labels(corpus)
    command = [sys.executable, "-c", KILLED, path, function, place]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout.readline() == "here\n"
        # Whoever reads meanwhile sees what was.
        with Corpus.open(path, read_only=True) as corpus:
            assert labels(corpus) == before
        process.send_signal(signal.SIGKILL)
        process.wait()

    assert dump(path) == rows
    with Corpus.open(path) as corpus:
        assert labels(corpus) == before
        go(corpus)


@pytest.mark.parametrize("number", [1, 4, 6])
def test_a_corpus_of_an_earlier_format_goes_over_and_back(tmp_path, number):
    stored = REPOSITORY / "tests" / "stored" / f"corpus-migration-{number}" / "shop.sqlite"
    path = Path(shutil.copy(stored, tmp_path / "shop.db"))
    with Corpus.open(path) as corpus:
        before, left = labels(corpus), corpus.taxonomy()
        new = Taxonomy.from_paths([("Everything", "Else")])
        rows = [MappedCategory(c, (Counterpart("Everything > Else"),)) for c in left.categories]
        mapping = TreeMapping(left, new, rows)
        plan = migrate_corpus(corpus, new, "new", mapping=mapping, carry_out=True).plan
        # A crawl may find a label before the tree that has it.
        assert set(labels(corpus).values()) - set(plan.outside) <= {"Everything > Else", None}
        undo_change(corpus)
        assert labels(corpus) == before


def test_one_of_an_earlier_format_that_may_not_be_written_to_is_tried_on(tmp_path):
    stored = REPOSITORY / "tests" / "stored" / "corpus-migration-4" / "shop.sqlite"
    path = Path(shutil.copy(stored, tmp_path / "shop.db"))
    with Corpus.open(path, read_only=True) as corpus:
        plan = migrate_corpus(corpus, Taxonomy.from_paths([("Bags",)]), "new").plan
        assert plan.products == corpus.count() == sum(plan.labels_after().values())
        assert [tree.name for tree in list_trees(corpus)] == [""]


def test_a_reader_sees_the_tree_and_the_labels_change_together(path):
    with Corpus.open(path, read_only=True) as reader, Corpus.open(path) as writer:
        old = reader.taxonomy().fingerprint()
        with writer.transaction():
            go(writer)
            assert reader.taxonomy().fingerprint() == old
            assert "Footwear" not in labels(reader).values()
        assert reader.taxonomy().fingerprint() == new_tree().fingerprint()
        assert "Footwear" in labels(reader).values()
