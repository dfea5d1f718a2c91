import json
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError, InputError
from prodcat.vectors.corpus import default_folder, embed_corpus
from prodcat.vectors.product_vectors import VectorMaker
from prodcat.vectors.stored import open_vectors


@pytest.fixture(scope="module")
def corpus_before(tmp_path_factory):
    from tests.toy import draw_corpus

    return draw_corpus(tmp_path_factory.mktemp("corpus"), products=48)


@pytest.fixture(scope="module")
def maker(toy_run):
    return VectorMaker.load(toy_run, threads=1)


@pytest.fixture
def corpus(corpus_before, tmp_path):
    shutil.copytree(corpus_before.parent, tmp_path / "shop")
    return tmp_path / "shop" / corpus_before.name


def products(corpus):
    with Corpus.open(corpus, read_only=True) as opened:
        return list(opened.rows())


def picture_of(corpus, row):
    with Corpus.open(corpus, read_only=True) as opened:
        return opened.images.path(row.image_sha256)


def test_every_product_has_its_vectors_in_the_order_of_the_ids(corpus, maker):
    vectors = embed_corpus(corpus, maker)

    rows = products(corpus)
    assert vectors.ids == [row.id for row in rows]
    assert vectors.rows == rows
    third = maker.make(
        [
            {
                "name": rows[3].name,
                "description": rows[3].description,
                "image": picture_of(corpus, rows[3]) if rows[3].image_sha256 else None,
            }
        ]
    )
    for kind in maker.kinds:
        assert vectors.by_kind[kind].shape == (len(rows), maker.widths[kind])
        np.testing.assert_allclose(vectors.by_kind[kind][3], third.by_kind[kind][0], atol=1e-3)
        assert vectors.present[kind][3] == third.present[kind][0]


def test_they_lie_beside_the_corpus_if_nothing_else_is_said(corpus, maker):
    assert embed_corpus(corpus, maker).folder == default_folder(corpus)


def test_what_is_there_is_not_computed_again(corpus, maker, monkeypatch):
    first = embed_corpus(corpus, maker)
    monkeypatch.setattr(VectorMaker, "make", None)

    assert embed_corpus(corpus, maker).digest == first.digest


def test_after_a_change_only_what_changed_is_computed(corpus, maker, monkeypatch):
    embed_corpus(corpus, maker)
    with Corpus.open(corpus) as opened, opened.transaction():
        opened.db.execute(
            "update products set name = 'Other words' where id = ?", [first_id(corpus)]
        )
    texts = []
    engine = "prodcat.inference.engine.Engine.embed_texts"
    from prodcat.inference.engine import Engine

    embed = Engine.embed_texts
    monkeypatch.setattr(engine, lambda *given: texts.extend(given[1]) or embed(*given))
    again = embed_corpus(corpus, maker)

    assert len(texts) == 2  # the whole, and the name alone
    assert again.rows[0].name == "Other words"
    assert len(list(again.folder.glob("fused-*.npy"))) == 1


def first_id(corpus):
    return products(corpus)[0].id


def test_a_broken_picture_is_told_and_the_rest_is_used(corpus, maker):
    row = next(row for row in products(corpus) if row.image_sha256 and row.name)
    picture_of(corpus, row).write_bytes(b"no picture")

    vectors = embed_corpus(corpus, maker)

    place = vectors.ids.index(row.id)
    broken = sum(other.image_sha256 == row.image_sha256 for other in products(corpus))
    assert vectors.unread == broken
    assert row.id in [key for key, _ in vectors.problems]
    assert not vectors.present["picture"][place]
    assert vectors.present["fused"][place]


def test_a_link_out_of_the_pictures_is_not_followed(corpus, maker, tmp_path):
    row = next(row for row in products(corpus) if row.image_sha256)
    picture = picture_of(corpus, row)
    picture.rename(tmp_path / "elsewhere.jpg")
    picture.symlink_to(tmp_path / "elsewhere.jpg")

    vectors = embed_corpus(corpus, maker)

    assert not vectors.present["look"][vectors.ids.index(row.id)]


def test_an_empty_corpus_is_refused(tmp_path, maker):
    Corpus.open(tmp_path / "empty.db", create=True).close()

    with pytest.raises(CorpusError, match="no products"):
        embed_corpus(tmp_path / "empty.db", maker)


def test_two_at_once_are_refused(corpus, maker, monkeypatch):
    def at_it_again(*_):
        embed_corpus(corpus, maker)

    with pytest.raises(InputError, match="Another process"):
        embed_corpus(corpus, maker, on_progress=at_it_again)


@pytest.mark.parametrize("name", ["vectors.json", "ids-*.json", "fused-*.npy", "present-*.npy"])
def test_broken_files_are_told_and_made_anew(corpus, maker, name):
    vectors = embed_corpus(corpus, maker)
    (file,) = vectors.folder.glob(name)
    file.write_bytes(file.read_bytes()[:40])

    with pytest.raises(InputError, match=r"broken|not JSON"):
        open_vectors(vectors.folder)
    assert embed_corpus(corpus, maker).ids == vectors.ids


def test_a_name_that_leads_elsewhere_is_refused(corpus, maker):
    folder = embed_corpus(corpus, maker).folder
    data = json.loads((folder / "vectors.json").read_text())
    (folder / "vectors.json").write_text(json.dumps(data | {"digest": "../" * 21 + "a"}))

    with pytest.raises(InputError, match="broken"):
        open_vectors(folder)


KILLED = """
import os, sys
from prodcat.vectors import corpus as module
from prodcat.vectors.product_vectors import VectorMaker
module.AT_ONCE = 8
def on_progress(done, total):
    print(done, flush=True)
    if done >= 16:
        os.kill(os.getpid(), 9)
module.embed_corpus(sys.argv[1], VectorMaker.load(sys.argv[2], threads=1), on_progress=on_progress)
"""


@pytest.mark.slow
def test_a_killed_run_leaves_nothing_half_and_goes_on(corpus, maker, toy_run, monkeypatch):
    done = subprocess.run([sys.executable, "-c", KILLED, str(corpus), str(toy_run)], check=False)
    assert done.returncode == -signal.SIGKILL
    folder = default_folder(corpus)
    with pytest.raises(InputError, match="No vectors"):
        open_vectors(folder)

    pictures = []
    from prodcat.inference.engine import Engine

    embed = Engine.embed_images
    monkeypatch.setattr(
        Engine, "embed_images", lambda self, batch: pictures.extend(batch) or embed(self, batch)
    )
    vectors = embed_corpus(corpus, maker)

    different = len({row.image_sha256 for row in vectors.rows if row.image_sha256})
    before = len({row.image_sha256 for row in vectors.rows[:16] if row.image_sha256})
    assert len(pictures) <= different - before
    assert len(vectors) == 48
