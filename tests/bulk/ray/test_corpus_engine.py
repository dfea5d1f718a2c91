"""A Ray cluster makes the vectors of a corpus that one machine makes."""

from importlib.util import find_spec

import numpy as np
import pytest

from prodcat.bulk.ray.cluster import cluster
from prodcat.bulk.ray.corpus_engine import embed_on_ray, from_table, to_table
from prodcat.corpus.store import Corpus
from prodcat.errors import InputError
from prodcat.vectors.corpus import embed_corpus, make_rows
from prodcat.vectors.product_vectors import VectorMaker
from tests.model_files import build_model_dir
from tests.toy import draw_corpus

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
ADDRESS = "10.0.0.1:6379"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    corpus = draw_corpus(tmp_path_factory.mktemp("shop"), products=300)
    with Corpus.open(corpus) as opened, opened.db.conn:
        row = next(row for row in opened.rows() if row.image_sha256)
        opened.images.path(row.image_sha256).write_bytes(b"no picture")
    return corpus


def test_vectors_are_the_same_on_the_other_side(corpus, model):
    maker = VectorMaker.load(model, threads=1)
    with Corpus.open(corpus, read_only=True) as opened:
        ids, made = make_rows([*opened.rows()][:40], maker, opened.images)

    ids_there, there = from_table(to_table((ids, made)), maker)

    assert ids_there == ids
    for kind in maker.kinds:
        np.testing.assert_array_equal(there.by_kind[kind], made.by_kind[kind])
        np.testing.assert_array_equal(there.present[kind], made.present[kind])
    assert [*map(str, sum(there.errors, ()))] == [*map(str, sum(made.errors, ()))] != []


@pytest.mark.parametrize(
    ("options", "told"),
    [({"cache": True}, "leave out --cache"), ({"device": "cuda"}, "leave out --device")],
)
def test_what_does_not_fit_a_cluster_is_refused(corpus, model, tmp_path, options, told):
    cache = tmp_path / "cache" if options.get("cache") else None
    maker = VectorMaker.load(model, threads=1, cache=cache)
    maker._engine.device = options.get("device", "cpu")
    with pytest.raises(InputError, match=told):
        embed_corpus(corpus, maker, folder=tmp_path / "vectors", engine=embed_on_ray(ADDRESS))


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed")
def test_a_cluster_embeds_a_corpus_as_this_machine_does(corpus, model, tmp_path):
    maker = VectorMaker.load(model, threads=1)
    here = embed_corpus(corpus, maker, folder=tmp_path / "here")
    with cluster():
        there = embed_corpus(
            corpus, maker, folder=tmp_path / "there", engine=embed_on_ray(workers=2)
        )
    assert (there.ids, there.digest, there.unread) == (here.ids, here.digest, here.unread)
    assert there.problems == here.problems
    for kind in maker.kinds:
        np.testing.assert_array_equal(there.by_kind[kind], here.by_kind[kind])
    assert [*(tmp_path / "there" / "cache").iterdir()] != []
