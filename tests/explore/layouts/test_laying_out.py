import sys

import numpy as np
import pytest

from prodcat.errors import InputError
from prodcat.explore.layouts import laying_out
from prodcat.explore.layouts.laying_out import lay_out, place_beside
from tests.explore.layouts.test_methods import lumps


def test_products_without_a_vector_get_no_place():
    vectors, _ = lumps()
    present = np.ones(len(vectors), bool)
    present[3] = False
    vectors[3] = 0

    (layout,) = lay_out(vectors, present, ["pca"]).layouts

    assert np.isnan(layout.xy[3]).all()
    assert "and no place: 1." in layout.about
    assert np.isfinite(layout.xy[present]).all()


def test_few_products_are_laid_out_by_pca_alone_and_it_is_told():
    made = lay_out(np.eye(5, dtype=np.float32), np.ones(5, bool), ["umap", "tsne"], of="names")
    assert [layout.name for layout in made.layouts] == ["PCA"]
    assert made.notes[0] == "UMAP takes at least 8 products; 5 have names."


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_the_fewest_products_have_a_place(rows):
    made = lay_out(np.eye(rows, 4, dtype=np.float32), np.ones(rows, bool), ["pca"])
    assert np.isfinite(made.layouts[0].xy).all()


def test_without_umap_the_others_are_laid_out_and_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    vectors, _ = lumps()
    made = lay_out(vectors, np.ones(len(vectors), bool), ["umap", "pca"])
    assert [layout.name for layout in made.layouts] == ["PCA"]
    assert made.notes == (
        "UMAP is left out. This needs umap. Install it with: pip install 'prodcat[explore]'",
    )


def test_no_product_with_a_vector_is_an_error():
    with pytest.raises(InputError, match="No product has pictures"):
        lay_out(np.zeros((3, 2), np.float32), np.zeros(3, bool), ["pca"], of="pictures")


def test_numbers_that_are_none_are_refused():
    vectors = np.full((9, 2), np.nan, np.float32)
    with pytest.raises(InputError, match="NaN"):
        lay_out(vectors, np.ones(9, bool), ["pca"])


def test_of_many_products_a_sample_is_laid_out_and_the_rest_lies_beside_it(monkeypatch):
    vectors, lump = lumps(size=30)

    made = lay_out(vectors, np.ones(len(vectors), bool), ["tsne"], fitted=60)

    (layout,) = made.layouts
    assert "60 products were laid out, the other 60 are placed" in layout.about
    squared = ((layout.xy[:, None] - layout.xy) ** 2).sum(axis=-1)
    np.fill_diagonal(squared, np.inf)
    assert (lump[squared.argmin(axis=1)] == lump).all()


def test_a_product_lies_between_its_nearest_by_their_distance():
    known = np.array([[0.0], [1.0], [50.0]], np.float32)
    places = np.array([[0, 0], [8, 0], [0, 99]], np.float32)
    # At 0.25 the distances are 0.25 and 0.75, so the weights are 3 to 1.
    placed = place_beside(np.array([[0.25], [50.0]], np.float32), known, places, beside=2)
    np.testing.assert_allclose(placed[0], [2, 0], atol=1e-4)
    np.testing.assert_allclose(placed[1], [0, 99], atol=1e-2)


def test_what_takes_long_is_told_before(monkeypatch):
    lines = []
    vectors, _ = lumps(size=3)
    lay_out(vectors, np.ones(12, bool), ["tsne", "pca"], of="names", on_message=lines.append)
    assert lines == ["t-SNE of names, 12 products"]


def test_the_seconds_of_each_layout_are_kept():
    vectors, _ = lumps(size=3)
    made = laying_out.lay_out(vectors, np.ones(12, bool), ["pca"], suffix=", pixels")
    assert list(made.seconds) == ["PCA, pixels"]


def test_a_layout_is_computed_once_for_the_same_vectors(tmp_path, monkeypatch):
    vectors, _ = lumps(size=3)
    present = np.ones(12, bool)
    (first,) = lay_out(vectors, present, ["tsne"], folder=tmp_path).layouts
    monkeypatch.setitem(sys.modules, "openTSNE", None)

    (again,) = lay_out(vectors, present, ["tsne"], folder=tmp_path).layouts
    np.testing.assert_array_equal(again.xy, first.xy)
    assert lay_out(vectors * 2, present, ["tsne"], folder=tmp_path).notes


def test_a_broken_layout_is_computed_anew(tmp_path):
    vectors, _ = lumps(size=3)
    (first,) = lay_out(vectors, np.ones(12, bool), ["tsne"], folder=tmp_path).layouts
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:50])

    (again,) = lay_out(vectors, np.ones(12, bool), ["tsne"], folder=tmp_path).layouts

    np.testing.assert_array_equal(again.xy, first.xy)
