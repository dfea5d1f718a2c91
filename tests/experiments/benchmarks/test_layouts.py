import numpy as np
import pytest

from experiments.benchmarks.layouts import METHODS, lay_out_rows, measure, ours, sklearn_pca


def vectors(rows=60):
    return np.random.default_rng(0).normal(size=(rows, 5)).astype(np.float32) * [9, 5, 1, 1, 1]


def test_our_pca_keeps_as_many_neighbours_as_that_of_scikit_learn():
    points = vectors().astype(np.float32)
    measured = measure(points, {("PCA", "a"): ours("pca"), ("PCA", "b"): sklearn_pca})
    assert measured[0][2] == pytest.approx(measured[1][2], abs=1e-9)
    assert 0.1 < measured[0][2] < 1


def test_the_table_has_a_row_for_each_method():
    section = lay_out_rows("text", [(layout, whose, 0.5, 1.25) for layout, whose in METHODS])
    assert len(section.rows) == 6
    assert section.rows[0] == ["PCA", "prodcat", "0.500", "1.2 s"]
