"""With a cache, no text and no picture is embedded twice, and every answer stays the same."""

import io
import json
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest
from PIL import Image

from prodcat.embeddings.cache import EmbeddingCache
from prodcat.errors import InputError
from prodcat.inference.engine import Engine
from prodcat.inference.predictor import Predictor
from prodcat.product import Product
from tests.model_files import build_model_dir, write_model_json


def encoded(colour):
    stream = io.BytesIO()
    Image.new("RGB", (12, 16), colour).save(stream, "PNG")
    return stream.getvalue()


PRODUCTS = [
    Product("bag", "blue", encoded("#ff0000")),
    Product("boots", None, encoded("#00ff00")),
    Product(None, "jeans"),
    Product(None, None, encoded("#0000ff")),
    Product("bag", None, Image.new("RGB", (12, 16), "#ff0000")),
]


@pytest.fixture
def model_dir(tmp_path):
    return build_model_dir(tmp_path / "model")


@pytest.fixture
def forbid_encoders(monkeypatch):
    def forbid():
        def embed(*_):
            raise AssertionError("embedded again")

        monkeypatch.setattr(Engine, "embed_texts", embed)
        monkeypatch.setattr(Engine, "embed_images", embed)

    return forbid


def test_what_was_embedded_is_not_embedded_again(model_dir, tmp_path, forbid_encoders):
    expected = Predictor.load(model_dir).logits(PRODUCTS)
    first = Predictor.load(model_dir, cache=tmp_path / "cache").logits(PRODUCTS)
    forbid_encoders()

    again = Predictor.load(model_dir, cache=tmp_path / "cache")

    np.testing.assert_array_equal(first, expected)
    np.testing.assert_array_equal(again.logits(PRODUCTS[:4]), expected[:4])
    assert again.predict(image=encoded("#ff0000")).used == ("image",)


def test_a_known_picture_is_not_even_decoded(model_dir, tmp_path, monkeypatch):
    predictor = Predictor.load(model_dir, cache=tmp_path / "cache")
    before = predictor.predict(image=encoded("#ff0000"))
    monkeypatch.setattr("prodcat.inference.parts.open_image", None)

    assert predictor.predict(image=encoded("#ff0000")) == before


def test_pictures_that_come_decoded_are_embedded_each_time(model_dir, tmp_path, forbid_encoders):
    Predictor.load(model_dir, cache=tmp_path / "cache").logits(PRODUCTS[4:])
    forbid_encoders()

    with pytest.raises(AssertionError, match="embedded again"):
        Predictor.load(model_dir, cache=tmp_path / "cache").logits(PRODUCTS[4:])


def test_a_model_with_another_head_shares_the_embeddings(model_dir, tmp_path, forbid_encoders):
    Predictor.load(model_dir, cache=tmp_path / "cache").logits(PRODUCTS[:4])
    other = tmp_path / "other"
    shutil.copytree(model_dir, other)
    write_model_json(other, name="another", name_view=1.0)
    Predictor.load(other, cache=tmp_path / "cache").logits(PRODUCTS[:4])  # names alone are new
    forbid_encoders()

    Predictor.load(other, cache=tmp_path / "cache").logits(PRODUCTS[:4])


@pytest.mark.parametrize("changed", ["text", "image"])
def test_a_model_that_reads_otherwise_shares_none(model_dir, tmp_path, changed):
    Predictor.load(model_dir, cache=tmp_path / "cache")
    before = {file.name for file in (tmp_path / "cache").glob("*.db")}
    data = json.loads((model_dir / "model.json").read_text())
    data[changed] |= {"max_tokens": 5} if changed == "text" else {"fit": "letterbox"}
    (model_dir / "model.json").write_text(json.dumps(data))

    Predictor.load(model_dir, cache=tmp_path / "cache")

    after = {file.name for file in (tmp_path / "cache").glob("*.db")}
    assert [name.split("-")[0] for name in after - before] == [changed]


def test_a_broken_picture_is_told_each_time(model_dir, tmp_path):
    predictor = Predictor.load(model_dir, cache=tmp_path / "cache")
    product = Product("bag", None, b"\xff\xd8 no picture")

    told = [next(predictor.predict_many([product])) for _ in range(2)]

    assert told[0] == told[1]
    assert told[0].error is not None


def test_a_model_of_one_encoder_has_one_cache(tmp_path):
    folder = build_model_dir(tmp_path / "text", image=False)

    answer = Predictor.load(folder, cache=tmp_path / "cache").predict("bag")

    assert answer.used == ("name",)
    assert [f.name.split("-")[0] for f in (tmp_path / "cache").glob("*.db")] == ["text"]


def test_a_cache_that_breaks_is_no_broken_picture(model_dir, tmp_path, monkeypatch):
    def fail(self, keys):
        raise InputError("Embeddings cannot be kept: the disk is broken.")

    predictor = Predictor.load(model_dir, threads=1, cache=tmp_path)
    monkeypatch.setattr(EmbeddingCache, "find", fail)

    with pytest.raises(InputError, match="disk is broken"):
        list(predictor.predict_many(PRODUCTS[3:4]))


def test_many_threads_share_a_cache(model_dir, tmp_path):
    predictor = Predictor.load(model_dir, cache=tmp_path / "cache")
    expected = Predictor.load(model_dir).logits(PRODUCTS)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: predictor.logits(PRODUCTS), range(40)))

    for answer in answers:
        np.testing.assert_array_equal(answer, expected)


def test_a_folder_that_cannot_be_used_is_told(model_dir, tmp_path):
    (tmp_path / "file").write_text("here")
    with pytest.raises(InputError, match=r"Embeddings cannot be kept in .*name another folder"):
        Predictor.load(model_dir, cache=tmp_path / "file")


def test_a_file_that_is_no_cache_any_more_is_made_anew(model_dir, tmp_path, caplog):
    Predictor.load(model_dir, cache=tmp_path / "cache")
    for file in (tmp_path / "cache").iterdir():
        if file.suffix == ".db":
            file.write_bytes(b"no database" * 1000)
        else:
            file.unlink()

    answers = Predictor.load(model_dir, cache=tmp_path / "cache").logits(PRODUCTS)

    np.testing.assert_array_equal(answers, Predictor.load(model_dir).logits(PRODUCTS))
    assert "damaged (file is not a database); made anew" in caplog.text


@pytest.mark.parametrize(
    "damage", ["vector = zeroblob(length(vector))", "vector = x'00'", "vector = 7"]
)
def test_an_embedding_that_was_damaged_is_computed_anew(model_dir, tmp_path, damage):
    expected = Predictor.load(model_dir, cache=tmp_path / "cache").logits(PRODUCTS)
    for file in (tmp_path / "cache").glob("*.db"):
        with closing(sqlite3.connect(file)) as database:
            database.execute(f"update embeddings set {damage}")
            database.commit()

    answers = Predictor.load(model_dir, cache=tmp_path / "cache").logits(PRODUCTS)

    np.testing.assert_array_equal(answers, expected)
    for file in (tmp_path / "cache").glob("*.db"):
        with closing(sqlite3.connect(file)) as database:
            sizes = database.execute("select distinct length(vector) % 4 from embeddings")
            assert sizes.fetchall() == [(0,)]
