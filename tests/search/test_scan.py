import numpy as np
import onnx
import pytest

from prodcat.search.scan import Scanner, scan_graph


def test_the_graph_written_by_hand_is_one_of_onnx():
    onnx.checker.check_model(onnx.load_from_string(scan_graph(384, 3)))


@pytest.mark.parametrize(("width", "columns"), [(1, 1), (7, 3), (384, 3)])
def test_products_are_those_of_whole_numbers(width, columns):
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 256, (50, width), dtype=np.uint8)
    query = rng.integers(-63, 64, (width, columns), dtype=np.int8)

    products = Scanner(width, columns)(rows, query)

    assert (products == rows.astype(np.int64) @ query.astype(np.int64)).all()


def test_the_largest_products_do_not_overflow():
    rows, query = np.full((2, 384), 255, np.uint8), np.full((384, 3), 63, np.int8)
    assert (Scanner(384, 3)(rows, query) == 255 * 63 * 384).all()
