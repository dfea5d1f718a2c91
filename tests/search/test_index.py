import numpy as np
import pytest

from prodcat.errors import InputError, SearchError
from prodcat.search.building import build_index
from prodcat.search.index import VectorIndex
from tests.search.drawn import draw_index, draw_product, draw_vectors, joined

ROWS = joined(draw_vectors(300))
QUERIES = joined(draw_vectors(20, seed=5))


@pytest.fixture
def index(tmp_path):
    with draw_index(tmp_path / "shop.index") as opened:
        yield opened


def nearest_ids(index, query, k=10, **options):
    return [found.product.id for found in index.nearest(query, k, **options)]


def true_ids(query, k=10, allowed=None):
    scores = ROWS.astype(np.float64) @ query
    if allowed is not None:
        scores[~np.array([allowed(draw_product(n)) for n in range(len(scores))])] = -np.inf
    return [f"p{n}" for n in np.argsort(-scores)[:k] if np.isfinite(scores[n])]


def test_what_is_found_is_what_is_nearest(index):
    for query in QUERIES:
        assert nearest_ids(index, query) == true_ids(query)


def test_similarities_are_products_with_the_query(index):
    found = index.nearest(QUERIES[0], 3)
    scores = np.sort(ROWS @ QUERIES[0])[::-1][:3]
    np.testing.assert_allclose([one.similarity for one in found], scores, atol=1e-4)


@pytest.mark.parametrize("exact", [200_000, 100])
def test_weights_of_a_query_move_what_is_found(tmp_path, exact):
    weights = np.repeat([0.0, 1.0], [16, 8]).astype(np.float32)
    with draw_index(tmp_path / "index", exact=exact) as index:
        assert nearest_ids(index, QUERIES[1] * weights, 1) == true_ids(QUERIES[1] * weights, 1)


def test_an_index_in_lists_finds_nearly_all(tmp_path):
    rows = joined(draw_vectors(3000))
    with draw_index(tmp_path / "index", 3000, exact=1000) as index:
        assert 0 < index.record.share < 1
        right = 0
        for query in QUERIES:
            best = {f"p{n}" for n in np.argsort(-(rows @ query))[:10]}
            right += len(best & set(nearest_ids(index, query)))
    assert right / 200 >= 0.97


@pytest.mark.parametrize("exact", [200_000, 100])
@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        ({"category": "Shoes"}, lambda p: p.category.startswith("Shoes >")),
        ({"category": "Shoes > Boots"}, lambda p: p.category == "Shoes > Boots"),
        ({"price": (20, 40)}, lambda p: p.price is not None and 20 <= p.price <= 40),
        ({"price": (None, 8)}, lambda p: p.price is not None and p.price <= 8),
        (
            {"category": "Bags", "price": (50, None)},
            lambda p: p.category == "Bags" and p.price is not None and p.price >= 50,
        ),
        ({"without": ["p3", "p77"]}, lambda p: p.id not in ("p3", "p77")),
        (
            {"without_families": ["pair 1", "pair 2"]},
            lambda p: p.family not in ("pair 1", "pair 2"),
        ),
    ],
)
def test_a_filter_gives_the_nearest_of_what_it_keeps(tmp_path, exact, options, allowed):
    with draw_index(tmp_path / "index", exact=exact) as index:
        for query in QUERIES[:5]:
            assert nearest_ids(index, query, **options) == true_ids(query, allowed=allowed)


def test_fewer_are_found_where_fewer_may_be(index):
    assert sorted(nearest_ids(index, QUERIES[0], price=(1, 3))) == ["p1", "p2", "p3"]


def test_a_price_of_none_is_in_no_range(index):
    assert "p9" not in nearest_ids(index, QUERIES[0], 300, price=(None, None))


def test_a_category_that_no_product_has_is_refused(index):
    with pytest.raises(InputError, match=r"No product of the index has the category 'Boots'"):
        index.nearest(QUERIES[0], 3, category="Boots")


@pytest.mark.parametrize("query", [np.zeros(3), np.full(24, np.nan)])
def test_a_query_that_does_not_fit_is_refused(index, query):
    with pytest.raises(InputError, match="Expected a query of 24 finite numbers"):
        index.nearest(query, 3)


@pytest.mark.parametrize("exact", [200_000, 100])
def test_a_product_is_added_replaced_and_deleted(tmp_path, exact):
    with draw_index(tmp_path / "index", exact=exact) as index:
        new = {kind: rows[:1] for kind, rows in draw_vectors(1, seed=8).items()}
        other = {kind: rows[:1] for kind, rows in draw_vectors(1, seed=9).items()}
        query, other_query = joined(new)[0], joined(other)[0]
        product = draw_product(1000)

        index.add([product], new)
        assert (nearest_ids(index, query, 1), len(index)) == (["p1000"], 301)

        index.add([product], other)
        assert (nearest_ids(index, other_query, 1), len(index)) == (["p1000"], 301)
        assert nearest_ids(index, query, 301).count("p1000") == 1

        assert index.delete(["p1000", "nobody"]) == 1
        assert "p1000" not in nearest_ids(index, other_query, 301)
        assert "p1000" not in index


def test_an_open_index_sees_what_another_one_writes(index):
    new = {kind: rows[:1] for kind, rows in draw_vectors(1, seed=8).items()}
    with VectorIndex.open(index.folder) as other:
        other.add([draw_product(1000)], new)
        other.delete(["p5"])
    assert nearest_ids(index, joined(new)[0], 1) == ["p1000"]
    assert "p5" not in index


def test_an_open_index_sees_that_it_was_built_anew(index):
    products = [draw_product(number) for number in range(40)]
    build_index(index.folder, draw_vectors(40), products, fingerprint="drawn")
    assert len(index) == 40
    assert len(list(index.folder.glob("data-*"))) == 1


def test_an_empty_index_finds_nothing_and_takes_products(tmp_path):
    vectors = draw_vectors(1)
    none = {kind: rows[:0] for kind, rows in vectors.items()}
    build_index(tmp_path / "index", none, [], fingerprint="drawn")
    with VectorIndex.open(tmp_path / "index") as index:
        assert index.nearest(QUERIES[0], 3) == []
        index.add([draw_product(1)], vectors)
        assert nearest_ids(index, QUERIES[0], 3) == ["p1"]


def test_an_id_that_is_there_twice_is_refused(tmp_path):
    with pytest.raises(SearchError, match="1 products have the id of another one"):
        build_index(tmp_path / "i", draw_vectors(2), [draw_product(1)] * 2, fingerprint="drawn")
    assert not (tmp_path / "i").exists()


def test_vectors_that_do_not_fit_are_refused(index):
    with pytest.raises(SearchError, match="Expected 1 vectors of"):
        index.add([draw_product(1)], {"fused": draw_vectors(1)["fused"]})
    broken = {kind: rows * np.nan for kind, rows in draw_vectors(1).items()}
    with pytest.raises(SearchError, match="NaN"):
        index.add([draw_product(1)], broken)
    assert len(index) == 300


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear")
    with pytest.raises(SearchError, match="is no index, and not empty"):
        build_index(tmp_path, draw_vectors(2), [draw_product(1), draw_product(2)], fingerprint="d")
    assert (tmp_path / "letter.txt").read_text() == "Dear"


def test_a_product_and_its_vector_come_back(index):
    product, vector = index.product("p7")
    assert product == draw_product(7)
    np.testing.assert_allclose(vector, ROWS[7], atol=1e-4)
    with pytest.raises(SearchError, match="No product 'nobody'"):
        index.product("nobody")
