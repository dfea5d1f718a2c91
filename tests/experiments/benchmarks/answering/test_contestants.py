from dataclasses import replace

import pytest

from experiments.benchmarks.answering.cases import ALL_PARTS, Setup, only, read_products
from experiments.benchmarks.answering.contestants import (
    CONTESTANTS,
    HAND_WRITTEN,
    TITLES,
    HandWritten,
    LinearNames,
    available,
    check_setup,
    fit_linear,
)
from prodcat.errors import InputError
from prodcat.product import Product
from tests.model_files import build_model_dir


@pytest.fixture
def products(products_file):
    return list(read_products(products_file, 4))


def answers(kind, setup, products):
    contestant = CONTESTANTS[kind](setup)
    return list(contestant.answer(contestant.ready(products)))


@pytest.mark.parametrize("parts", [ALL_PARTS, ("name", "description"), ("name",)])
@pytest.mark.parametrize("kind", ["prodcat", "linear"])
def test_each_answers_every_product(kind, parts, setup, products):
    assert len(answers(kind, setup, [only(p, parts) for p in products])) == len(products)


@pytest.mark.parametrize("parts", [ALL_PARTS, ("name", "description"), ("name",)])
def test_torch_answers_every_product(parts, torch_setup, products):
    assert len(answers("torch", torch_setup, [only(p, parts) for p in products])) == len(products)


@pytest.mark.slow
@pytest.mark.parametrize("kind", HAND_WRITTEN)
def test_what_people_write_answers_every_product(kind, torch_setup, products):
    assert len(answers(kind, torch_setup, products)) == len(products)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "texts"), [("hand", 2), ("hand1", 1), ("hand224", 1)])
def test_the_same_model_reads_the_name_alone_too(kind, texts, torch_setup, products, monkeypatch):
    read = []
    monkeypatch.setattr(HandWritten, "_embed_text", embed_and_note(HandWritten._embed_text, read))
    answers(kind, torch_setup, products[:1])
    assert read == [[products[0].name, products[0].description], [products[0].name]][:texts]


def embed_and_note(embed_text, read):
    def embed(self, texts):
        read.append(texts)
        return embed_text(self, texts)

    return embed


def test_prodcat_answers_by_the_model(setup, products):
    found = [answer.category for answer in answers("prodcat", setup, products)]
    assert found == ["Boots", "Sandals", "Jeans", "Bags"]


def test_the_linear_classifier_learns_the_training_products(setup, products_file):
    model = LinearNames(setup)
    train = list(read_products(products_file))[4:]
    # Sorted: bags, jeans, boots, sandals.
    assert model.answer(train).tolist() == [2, 3, 1, 0] * 5


def test_a_table_of_one_category_gives_no_linear_classifier(products_file, tmp_path):
    assert not fit_linear({}, str(products_file), str(tmp_path / "linear.pickle"), most=1)


def test_who_cannot_be_built_is_left_out():
    assert available(Setup(threads=1)) == ("bare", "bare_at_once", "prodcat")
    assert available(Setup(threads=1, encoder="x", linear="y")) == tuple(CONTESTANTS)


def test_all_have_a_title():
    assert list(TITLES) == list(CONTESTANTS)


def test_a_model_without_pictures_is_refused(tmp_path):
    model = build_model_dir(tmp_path, image=False)
    with pytest.raises(InputError, match="only text"):
        check_setup(Setup(threads=1, model=str(model)))


def test_a_folder_without_an_encoder_is_refused(setup, tmp_path):
    with pytest.raises(InputError, match="has no config"):
        check_setup(replace(setup, encoder=str(tmp_path)))


def test_only_withholds_the_rest():
    assert only(Product("a", "b", b"c", "d"), ("name", "image")) == Product("a", None, b"c")
