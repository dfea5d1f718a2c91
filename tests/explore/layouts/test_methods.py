import sys

import numpy as np
import pytest

from prodcat.errors import InputError, MissingDependencyError
from prodcat.explore.layouts.methods import (
    METHODS,
    check_methods,
    fit_tsne,
    fit_umap,
    principal_components,
)


def lumps(count=4, size=15, width=12, seed=0):
    """Products in lumps far apart, and the lump of each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 10, (count, width))
    vectors = np.concatenate([rng.normal(centre, 0.5, (size, width)) for centre in centres])
    return vectors.astype(np.float32), np.repeat(np.arange(count), size)


@pytest.mark.parametrize("shape", [(40, 6), (6, 40)])
def test_principal_components_are_those_of_scikit_learn(shape):
    from sklearn.decomposition import PCA

    vectors = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    theirs = PCA(3, svd_solver="full").fit(vectors)
    expected = theirs.transform(vectors)

    ours, share = principal_components(vectors, 3)

    signs = np.sign((ours * expected).sum(axis=0))
    np.testing.assert_allclose(ours, expected * signs, atol=1e-4)
    assert share == pytest.approx(theirs.explained_variance_ratio_.sum(), abs=1e-5)


def test_equal_vectors_have_no_direction():
    components, share = principal_components(np.ones((5, 3), np.float32), 2)
    assert (components == 0).all()
    assert share == 1.0


def test_components_that_are_not_there_are_zeros():
    components, _ = principal_components(np.array([[0, 0], [2, 0], [9, 0]], np.float32), 4)
    assert components.shape == (3, 4)
    assert (components[:, 1:] == 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("fit", [fit_tsne, fit_umap])
def test_a_lump_stays_together_and_the_same_vectors_give_the_same_map(fit):
    vectors, lump = lumps()
    components, _ = principal_components(vectors, 10)

    places = fit(components)

    squared = ((places[:, None] - places) ** 2).sum(axis=-1)
    np.fill_diagonal(squared, np.inf)
    assert (lump[squared.argmin(axis=1)] == lump).mean() == 1.0
    np.testing.assert_array_equal(fit(components), places)


@pytest.mark.slow
@pytest.mark.parametrize("fit", [fit_tsne, fit_umap])
@pytest.mark.parametrize("rows", [8, 60])
def test_products_that_are_all_alike_are_laid_out_too(fit, rows):
    places = fit(np.zeros((rows, 10), np.float32))
    assert places.shape == (rows, 2)
    assert np.isfinite(places).all()


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_a_library_that_is_not_installed_is_named_with_its_extra(monkeypatch, method):
    monkeypatch.setitem(sys.modules, METHODS[method].libraries[0], None)
    with pytest.raises(MissingDependencyError, match=r"prodcat\[explore\]"):
        METHODS[method].fit(np.zeros((9, 2), np.float32))


@pytest.mark.parametrize(("names", "culprit"), [(["pca", "som"], "'som'"), ([], "none")])
def test_unknown_layouts_are_refused(names, culprit):
    with pytest.raises(InputError, match=f"umap, tsne, pca, but found {culprit}"):
        check_methods(names)
