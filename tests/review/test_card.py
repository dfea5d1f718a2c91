"""What a card shows: label and suggestion as paths, products of both, near-duplicates."""

import pytest

from prodcat.corpus.new_product import NewProduct
from prodcat.review.desk import Desk
from prodcat.review.queue import fill
from prodcat.taxonomy.tree import Taxonomy
from tests.review.shop import BAGS, BOOTS, open_shop, suspect
from tests.toy import draw_picture


@pytest.fixture
def desk(tmp_path):
    with open_shop(tmp_path / "shop.db", 6) as corpus:
        picture = corpus.images.put(draw_picture("Bags", 1))
        corpus.upsert_products(
            NewProduct(
                source="a",
                source_id=name,
                name=f"Pictured {name}",
                category_id=category,
                image_sha256=picture,
            )
            for name, category in (("x", BAGS), ("y", BAGS), ("z", BOOTS))
        )
        fill(corpus, [suspect(1, alike=("a:x", "a:2")), suspect(2, value=0.1)])
        yield Desk(corpus)


def test_a_card_shows_both_categories_with_products_of_each(desk):
    card = desk.next("ana")
    assert (card.name, card.label.path, card.suggestion.path) == (
        "Product 1",
        ("Bags",),
        ("Shoes", "Boots"),
    )
    assert [one.id for one in card.of_label] == ["a:y"]
    assert [one.id for one in card.of_suggestion] == ["a:z"]
    assert [one.id for one in card.alike] == ["a:x", "a:2"]
    assert not card.has_picture


def test_similar_products_stand_before_any_of_the_category(desk):
    desk.find_similar = lambda product_id, path: ["a:1", "a:5"] if path == ("Bags",) else []
    card = desk.next("ana")
    assert [one.id for one in card.of_label] == ["a:5"]
    assert [one.id for one in card.of_suggestion] == ["a:z"]


def test_a_label_that_the_tree_does_not_have_is_told(desk):
    desk.corpus.db.execute("update products set category_id = 'hats' where id = 'a:1'")
    assert desk.next("ana").label.in_tree is False


def test_near_duplicates_that_were_decided_on_are_told(desk):
    desk.decide("ben", "a:2", "keep")
    assert [one.is_decided for one in desk.next("ana").alike] == [False, True]


def test_texts_that_are_none_are_shown_as_none(desk):
    desk.corpus.db.execute("update products set name = x'ff00' where id = 'a:1'")
    assert desk.next("ana").name == ""


def test_no_picture_leads_out_of_the_folder(desk, tmp_path):
    assert desk.picture_file("a:x").read_bytes() == draw_picture("Bags", 1)
    assert desk.picture_file("a:1") is None
    assert desk.picture_file("a:nowhere") is None
    file = desk.corpus.images.path("1" * 64)
    file.parent.mkdir(parents=True)
    (tmp_path / "outside.jpg").write_bytes(draw_picture("Bags", 1))
    file.symlink_to(tmp_path / "outside.jpg")
    desk.corpus.db.execute("update products set image_sha256 = ? where id = 'a:1'", ["1" * 64])
    assert desk.picture_file("a:1") is None
    desk.corpus.db.execute("update products set image_sha256 = '../x' where id = 'a:1'")
    assert desk.picture_file("a:1") is None


def test_categories_are_found_as_one_types_those_chosen_lately_first(desk):
    assert [place.id for place, _ in desk.categories("ana", "s")] == [
        "Shoes > Sandals",
        "Shoes",
        BAGS,
        BOOTS,
    ]
    desk.decide("ana", "a:1", "other", BOOTS)
    found = desk.categories("ana", "s")
    assert (found[0][0].id, found[0][1], found[1][1]) == (BOOTS, True, False)
    assert desk.categories("ben", "s")[0][1] is False


def test_the_tree_follows_an_import(desk):
    assert len(desk.tree) == 4
    desk.corpus.upsert_categories("a", Taxonomy.from_paths([("Hats",)]))
    assert "Hats" in desk.tree
