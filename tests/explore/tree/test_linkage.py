import numpy as np
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist, squareform

from prodcat.errors import InputError
from prodcat.explore.tree.drawing import join_lines
from prodcat.explore.tree.linkage import arrange, cluster, cut


def vectors(rows=30, width=6, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32)


def scipys(points, method):
    metric = "cosine" if method == "average" else "euclidean"
    return hierarchy.linkage(pdist(points.astype(np.float64), metric), method)


def joined_at(joins, leaves):
    """The height at which any two leaves come together, (N, N); 0 on the diagonal."""
    heights = np.zeros((leaves, leaves))
    below = [np.array([leaf]) for leaf in range(leaves)]
    for join in joins:
        a, b = below[join.left], below[join.right]
        heights[np.ix_(a, b)] = join.height
        heights[np.ix_(b, a)] = join.height
        below.append(np.concatenate([a, b]))
    return heights


@pytest.mark.parametrize("method", ["average", "ward"])
@pytest.mark.parametrize("rows", [2, 3, 30])
def test_joins_order_and_drawn_lines_are_those_of_scipy(method, rows):
    points = vectors(rows)
    table = scipys(points, method)
    theirs = hierarchy.dendrogram(table, no_plot=True)

    dendrogram = arrange(cluster(points, method), rows)

    assert [(j.left, j.right, j.size) for j in dendrogram.joins] == [
        (int(a), int(b), int(n)) for a, b, _, n in table
    ]
    assert list(dendrogram.order) == theirs["leaves"]
    # scipy has leaves at 5, 15, 25 … and gives each line by four corners.
    drawn = sorted(
        (
            (10 * line.first + 5, 10 * line.first + 5, 10 * line.second + 5, 10 * line.second + 5),
            (line.first_height, line.height, line.height, line.second_height),
        )
        for line in join_lines(dendrogram)
    )
    expected = sorted(
        (tuple(x), tuple(y)) for x, y in zip(theirs["icoord"], theirs["dcoord"], strict=True)
    )
    np.testing.assert_allclose(np.array(drawn), np.array(expected), atol=1e-9)


def test_average_linkage_is_what_its_name_says():
    # Plainly: the two groups with the least mean distance, again and again.
    points = vectors(12)
    distances = squareform(pdist(points.astype(np.float64), "cosine"))
    groups, heights = [[i] for i in range(12)], []
    while len(groups) > 1:
        height, a, b = min(
            (distances[np.ix_(groups[a], groups[b])].mean(), a, b)
            for a in range(len(groups))
            for b in range(a)
        )
        heights.append(height)
        groups[b] += groups.pop(a)
    assert [join.height for join in cluster(points)] == pytest.approx(heights)


def test_groups_are_those_of_scipy():
    points = vectors(40)
    theirs = hierarchy.fcluster(scipys(points, "ward"), 5, "maxclust")
    ours = cut(cluster(points, "ward"), 40, 5)
    pairs = set(zip(theirs.tolist(), ours.tolist(), strict=True))
    assert len(pairs) == len(set(ours.tolist())) == 5


def test_heights_of_pairs_are_those_of_scipy():
    points = vectors(15)
    expected = squareform(hierarchy.cophenet(scipys(points, "average")))
    np.testing.assert_allclose(joined_at(cluster(points), 15), expected, atol=1e-12)


def test_branches_are_turned_to_where_they_are_wanted_and_no_line_changes_its_height():
    points = vectors(20)
    joins = cluster(points)
    plain, wanted = arrange(joins, 20), list(range(20))

    turned = arrange(joins, 20, wanted)

    def away(dendrogram):
        return sum(abs(place - leaf) for place, leaf in enumerate(dendrogram.order))

    assert away(turned) < away(plain)
    assert sorted(turned.order) == wanted
    assert sorted(line.height for line in join_lines(turned)) == pytest.approx(
        sorted(line.height for line in join_lines(plain))
    )


def test_equal_vectors_join_at_nothing():
    assert [join.height for join in cluster(np.ones((3, 4), np.float32))] == [0.0, 0.0]


def test_a_vector_of_zeros_joins_last():
    joins = cluster(np.array([[1, 0], [0, 0], [1, 0.1]], np.float32))
    assert (joins[0].left, joins[0].right, joins[1].height) == (0, 2, 1.0)


def test_one_leaf_has_no_joins():
    assert cluster(vectors(1)) == ()
    assert arrange((), 1).order == (0,)


def test_unknown_linkages_and_wrong_counts_are_refused():
    with pytest.raises(InputError, match="average, ward, but found 'single'"):
        cluster(vectors(3), "single")
    with pytest.raises(InputError, match="3 leaves take 2 joins, but found 0"):
        arrange((), 3)
