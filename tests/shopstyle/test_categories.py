"""The category tree, held against what is known of the ShopStyle API."""

import pytest

from tests.conftest import REPOSITORY
from tests.shopstyle.drawn import BOOTCUT, PARENTS
from tests.shopstyle_server import ShopstyleServer

requests = pytest.importorskip("requests")


def test_categories_are_a_flat_list_linked_by_parent(ask):
    body = ask("/categories").json()
    assert body["metadata"]["root"]["id"] == "clothes-shoes-and-jewelry"
    assert "parentId" not in body["metadata"]["root"]
    assert body["metadata"]["maxDepth"] == 20
    parents = {c["id"]: c["parentId"] for c in body["categories"]}
    root = "clothes-shoes-and-jewelry"
    assert parents == {i: parent or root for i, (_, parent) in PARENTS.items()}


def test_a_category_object_has_the_fields_of_the_api(ask):
    jeans = next(c for c in ask("/categories").json()["categories"] if c["id"] == "bootcut-jeans")
    number = jeans.pop("numId")
    assert isinstance(number, int)
    assert jeans == {
        "id": "bootcut-jeans",
        "name": "Bootcut Denim",
        "shortName": "Bootcut Denim",
        "fullName": "Women's Bootcut Denim",
        "localizedId": "bootcut-jeans",
        "localizedIds": {"en-US": "bootcut-jeans"},
        "parentId": "jeans",
        "hasHeelHeightFilter": False,
        "hasSizeFilter": True,
        "hasColorFilter": True,
    }


@pytest.mark.parametrize(
    ("params", "expected", "max_depth"),
    [
        ({"cat": "womens-clothes", "depth": 1}, ["jeans", "sweaters"], 2),
        ({"cat": "jeans"}, ["bootcut-jeans", "skinny-jeans"], 1),
        ({"cat": "bootcut-jeans"}, [], 0),
        ({"depth": 1}, ["women", "men"], 20),
        ({"cat": "", "depth": ""}, list(PARENTS), 20),
    ],
)
def test_categories_below_one_and_so_deep(ask, params, expected, max_depth):
    body = ask("/categories", **params).json()
    assert sorted(c["id"] for c in body["categories"]) == sorted(expected)
    assert body["metadata"]["maxDepth"] == max_depth


def test_the_start_of_a_part_of_the_tree_names_its_parent(ask):
    root = ask("/categories", cat="jeans").json()["metadata"]["root"]
    assert (root["id"], root["parentId"]) == ("jeans", "womens-clothes")


def test_numeric_ids_are_understood(ask):
    assert ask("/categories", cat="214").json()["metadata"]["root"]["id"] == "mens-dress-shirts"
    number = ask("/categories", cat="jeans").json()["metadata"]["root"]["numId"]
    assert ask("/products", cat=number).json()["metadata"]["category"]["id"] == "jeans"


def test_the_tree_of_2019_is_served_whole(jeans_corpus):
    path = REPOSITORY.parent / "shared" / "shopstyle" / "categories-2019.json"
    if not path.is_file():
        pytest.skip("categories-2019.json is not beside the repository.")
    with ShopstyleServer(jeans_corpus, tree=path) as server:

        def get(**params):
            return requests.get(f"{server.url}/categories", {"pid": "x"} | params).json()

        whole = get()["categories"]
        parents = {c["parentId"] for c in whole}
        assert len(whole) == 847
        assert len([c for c in whole if c["id"] not in parents]) == 704
        tops = {"women": 272, "men": 103, "kids-and-baby": 146, "living": 183}
        for top, leaves in tops.items():
            below = get(cat=top)["categories"]
            assert len([c for c in below if c["id"] not in parents]) == leaves
        assert get(cat="womens-clothes", depth=1)["metadata"]["maxDepth"] == 3
        assert get(cat="214")["metadata"]["root"]["id"] == "mens-dress-shirts"
        page = requests.get(f"{server.url}/products?pid=x&limit=50&cat=women").json()
    assert 0 < page["metadata"]["total"] < len(BOOTCUT) + 4
