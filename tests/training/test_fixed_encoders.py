from dataclasses import replace

import numpy as np
import pytest
import torch

from prodcat.batches.withholding import PartDropout
from prodcat.config import config_from_dict
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows
from prodcat.errors import ConfigError, ModelNotFoundError
from prodcat.importing import import_products
from prodcat.inference.predictor import Predictor
from prodcat.product import Product
from prodcat.training.fixed_encoders import FixedEncoders, adopt_encoders
from tests.model_files import build_model_dir
from tests.training.shop_table import CATEGORY, COLUMNS, draw_rows

HEIGHT, WIDTH = 24, 16


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("encoders"), size=(HEIGHT, WIDTH))


def settings(model, **sections):
    return config_from_dict({**sections, "model": {"encoders": str(model)}})


def test_texts_and_pictures_are_read_as_by_the_model(model):
    config = adopt_encoders(settings(model))
    assert (config.text.encoder, config.text.max_tokens) == ("bag of words", 16)
    assert (config.image.height, config.image.width, config.image.fit) == (HEIGHT, WIDTH, "squash")
    assert config.text.frozen
    assert config.image.frozen
    assert adopt_encoders(config) == config


def test_what_the_model_cannot_read_or_nobody_wants_is_not_read(model, tmp_path):
    assert adopt_encoders(settings(model, image={"encoder": "none"})).image.encoder == "none"
    words_alone = build_model_dir(tmp_path / "text", image=False)
    assert adopt_encoders(settings(words_alone)).image.encoder == "none"


def test_another_way_of_reading_is_refused(model):
    with pytest.raises(ConfigError, match=r"image.height is 64, but .* made for 24"):
        adopt_encoders(settings(model, image={"height": 64}))


def test_a_model_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ModelNotFoundError):
        adopt_encoders(settings(tmp_path / "nowhere"))


def test_withholding_from_many_at_once_never_leaves_nothing():
    torch.manual_seed(0)
    have = torch.tensor([[True, True, True], [True, False, False]]).repeat(4000, 1)
    shown = PartDropout(text=0.2, name=0.5, description=0.25, image=0.1).draw_many(have)
    assert not (shown & ~have).any()
    assert shown.any(dim=1).all()
    assert shown[1::2, 0].all()  # what a product has alone is never withheld
    # All would be withheld of 0.1 x (0.2 + 0.8 x 0.5 x 0.25) = 0.03, which show all instead.
    assert float(shown[::2, 0].float().mean()) == pytest.approx(0.8 * 0.5 + 0.03, abs=0.02)
    assert float(shown[::2, 2].float().mean()) == pytest.approx(0.9 + 0.03, abs=0.01)


@pytest.fixture(scope="module")
def encoders(tmp_path_factory, model):
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path_factory.mktemp("shop")
    pq.write_table(pa.Table.from_pylist(draw_rows(30)), folder / "shop.parquet")
    with Corpus.open(folder / "shop.db", create=True) as corpus:
        columns = {**COLUMNS, "category": CATEGORY}
        import_products(folder / "shop.parquet", corpus, columns=columns)
        yield FixedEncoders(adopt_encoders(settings(model)), corpus)


def side_of(encoders):
    rows = tuple(encoders.corpus.rows())
    return LabelledRows(rows, (0,) * len(rows), ((),) * len(rows))


def test_products_are_embedded_whole_and_part_by_part(encoders):
    side = side_of(encoders)
    words = encoders.find_words(side)
    embedded = encoders.embed(side, words, "train")
    predictor = Predictor.load(encoders.model.folder)
    row = next(i for i, have in enumerate(embedded.have.tolist()) if all(have))
    product = side.rows[row]
    given = [(product.name, product.description), (product.name, ""), ("", product.description)]
    expected = predictor.embed([Product(*texts) for texts in given]).text
    np.testing.assert_array_equal(embedded.text[row].numpy(), expected)
    tokens = encoders.text_reader.tokenize([("", product.description)])
    known = [int(words.rows[piece]) for piece in tokens[0]]
    assert embedded.words[row, 2, : len(known)].tolist() == known


def test_what_is_withheld_is_not_shown(encoders):
    side = side_of(encoders)
    embedded = encoders.embed(side, None, "train")
    rows = torch.arange(len(embedded))
    hidden = replace(embedded, have=embedded.have & torch.tensor([True, False, False]))
    parts, present = hidden.batch(rows, None)
    torch.testing.assert_close(present[:, 0], embedded.have[:, 0])
    assert not present[:, 1].any()
    named = embedded.have[:, 0]
    torch.testing.assert_close(parts.text[named], embedded.text[named, 1])


def test_embeddings_are_kept_beside_the_corpus(encoders, monkeypatch):
    side = side_of(encoders)
    encoders.embed(side, None, "train")

    def fail(*_):
        raise AssertionError("It was embedded before.")

    monkeypatch.setattr(encoders.predictor.engine, "embed_texts", fail)
    monkeypatch.setattr(encoders.predictor.engine, "embed_images", fail)
    encoders.embed(side, None, "train")
