"""A Ray cluster makes the vectors that one machine makes."""

from importlib.util import find_spec

import numpy as np
import pyarrow as pa
import pytest

from prodcat.bulk.ray.cluster import cluster
from prodcat.bulk.ray.embedding import load_maker, with_vectors
from prodcat.errors import InputError
from prodcat.modeldir.format import MODEL_JSON
from prodcat.tables.rows import RowReader
from prodcat.vectors.product_vectors import VectorMaker
from tests.model_files import build_model_dir, encoded

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
COLUMNS = {"id": ("id",), "name": ("title",), "image": ("photo",)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def maker(folder):
    return VectorMaker.load(folder, threads=1)


@pytest.fixture
def table():
    pictures = [encoded("#ff0000"), None, b"no picture", encoded("#0000ff")]
    return pa.table({"id": range(4), "title": ["boots", None, "bag", None], "photo": pictures})


def test_vectors_stand_behind_the_columns_that_came(maker, table):
    made = with_vectors(table, maker, RowReader(COLUMNS))

    assert made.column_names == [
        *("id", "title"),
        *(f"vector_{kind}" for kind in maker.kinds),
        "vector_error",
    ]
    assert [cell is None for cell in made["vector_picture"].to_pylist()] == [
        False,
        True,
        True,
        False,
    ]
    assert made["vector_error"].to_pylist()[0] is None
    assert "picture" in made["vector_error"].to_pylist()[2].lower()


def test_a_model_that_travelled_makes_the_same(maker, folder, table):
    files = {name: (folder / name).read_bytes() for name in (MODEL_JSON, *maker.model.needed)}

    travelled = load_maker(files, maker.kinds)

    assert travelled.fingerprint == maker.fingerprint
    assert with_vectors(table, travelled, RowReader(COLUMNS)).equals(
        with_vectors(table, maker, RowReader(COLUMNS))
    )


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed")
def test_a_cluster_makes_the_same(maker, folder, table):
    from prodcat.bulk.ray import embed

    with cluster() as ray:
        dataset = ray.data.from_arrow(table)
        columns = {"name": "title", "image": "photo"}
        made = embed(dataset, model=folder, columns=columns, workers=1, batch_size=2).take_all()
        with pytest.raises(InputError, match="vector_fused already"):
            embed(dataset.rename_columns({"title": "vector_fused"}), model=folder)

    expected = with_vectors(table, maker, RowReader(COLUMNS)).to_pylist()
    for row, same in zip(made, expected, strict=True):
        for kind in maker.kinds:
            one, other = row[f"vector_{kind}"], same[f"vector_{kind}"]
            assert (one is None) == (other is None)
            np.testing.assert_array_equal(one, other)
