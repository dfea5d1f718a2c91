import numpy as np

from prodcat.explore.clusters import k_means, label_clusters
from prodcat.explore.map_data import MapLayout


def two_lumps(size=40):
    rng = np.random.default_rng(1)
    xy = np.concatenate([rng.normal((0, 0), 0.1, (size, 2)), rng.normal((9, 9), 0.1, (size, 2))])
    names = [f"Acme boots {i}" for i in range(size)] + [f"Acme dress {i}" for i in range(size)]
    return MapLayout("PCA", "", xy.astype(np.float32)), names


def test_labels_lie_in_the_lump_whose_words_they_are():
    layout, names = two_lumps()
    labels = label_clusters(layout, names).labels
    assert {label.text.split()[0] for label in labels} == {"boots", "dress"}
    for label in labels:
        place = 0 if label.text.startswith("boots") else 9
        assert abs(label.x - place) < 1
        assert abs(label.y - place) < 1
    assert sum(label.size for label in labels) == 80


def test_products_without_a_place_are_not_counted():
    layout, names = two_lumps()
    layout.xy[:10] = np.nan
    labels = label_clusters(layout, names).labels
    boots = sum(label.size for label in labels if label.text.startswith("boots"))
    assert 0 < boots <= 30


def test_a_handful_of_products_gets_no_labels():
    layout, names = two_lumps(size=5)
    assert label_clusters(layout, names) is layout


def test_k_means_finds_what_scikit_learn_finds():
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(0)
    centres = rng.uniform(-20, 20, (6, 2))
    points = np.concatenate([rng.normal(centre, 0.5, (50, 2)) for centre in centres])
    theirs = KMeans(6, n_init=10, random_state=0).fit_predict(points)
    assert adjusted_rand_score(theirs, k_means(points, 6)) == 1.0


def test_k_means_of_equal_points_is_one_group():
    assert set(k_means(np.ones((9, 2)), 4).tolist()) == {0}
