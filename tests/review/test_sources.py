"""Abstentions of a table of answers, new products, and a choice of one's own as cards."""

import json

import pytest

from prodcat.corpus.corrections import Correction, correct
from prodcat.corpus.new_product import NewProduct
from prodcat.errors import InputError
from prodcat.review.sources import chosen_products, new_products, unsure_products
from tests.review.shop import BAGS, BOOTS, SANDALS, open_shop

HASH = "0" * 63


@pytest.fixture
def corpus(tmp_path):
    with open_shop(tmp_path / "shop.db", 6) as opened:
        opened.upsert_products(
            [
                NewProduct(source="a", source_id="7", name="Red boots", category_id=BOOTS),
                NewProduct(source="a", source_id="8", name="Red sandals", category_id=SANDALS),
                NewProduct(source="b", source_id="9", name="New thing", group_id="g"),
                NewProduct(source="b", source_id="10", name="New thing", group_id="g"),
                NewProduct(source="b", source_id="11", name="Another", image_sha256=HASH + "1"),
                NewProduct(source="b", source_id="12", name="The same", image_sha256=HASH + "1"),
            ]
        )
        yield opened


def write_answers(folder, rows):
    file = folder / "answers.jsonl"
    columns = {"abstained": True, "leaf": BOOTS, "leaf_probability": 0.7, "reason": "unsure"}
    file.write_text("".join(json.dumps(columns | row) + "\n" for row in rows))
    return file


def test_abstentions_become_cards_with_the_best_guess(corpus, tmp_path):
    answers = write_answers(
        tmp_path, [{"id": "a:1"}, {"id": "2", "leaf": "Hats"}, {"id": "3", "abstained": False}]
    )
    first, second = unsure_products(corpus, answers)
    assert (first.product_id, first.suggestion, first.probability) == ("a:1", BOOTS, 0.7)
    assert first.value == pytest.approx(0.3)
    assert first.reason == "The model gave no answer (unsure); its best guess has 70.0 %."
    assert (second.product_id, second.suggestion, second.probability) == ("a:2", None, None)


def test_answers_of_other_products_and_tables_that_are_none_are_refused(corpus, tmp_path):
    with pytest.raises(InputError, match="None of the 1 products"):
        unsure_products(corpus, write_answers(tmp_path, [{"id": "nowhere"}]))
    (tmp_path / "other.csv").write_text("id,name\na:1,Boots\n")
    with pytest.raises(InputError, match="no table of answers"):
        unsure_products(corpus, tmp_path / "other.csv")


def test_new_products_have_no_label_and_near_duplicates_are_one_card(corpus):
    assert [(one.product_id, one.alike) for one in new_products(corpus)] == [
        ("b:10", ("b:9",)),
        ("b:11", ("b:12",)),
    ]
    correct(corpus, [Correction("b:10", None), Correction("b:12", BAGS)])
    assert [(one.product_id, one.alike) for one in new_products(corpus)] == [
        ("b:11", ()),
        ("b:9", ()),
    ]


def test_a_choice_is_by_category_words_and_source_and_without_what_was_decided(corpus):
    def ids(**choice):
        return [one.product_id for one in chosen_products(corpus, **choice)]

    assert ids(category="Shoes") == ids(category=("Shoes",)) == ["a:7", "a:8"]
    assert ids(category=BOOTS) == ["a:7"]
    assert ids(words="red SAND") == ["a:8"]
    assert ids(source="b", words="new") == ["b:10"]
    correct(corpus, [Correction("a:7", SANDALS)])
    assert ids(category="Shoes") == ["a:8"]
    with pytest.raises(InputError, match="no category 'Hats'"):
        ids(category="Hats")
