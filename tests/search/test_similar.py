import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from prodcat.errors import InputError, SearchError
from prodcat.search.similar import SimilarProducts
from tests.model_files import build_model_dir
from tests.toy import draw_corpus, draw_products

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def built(tmp_path_factory, model):
    corpus = draw_corpus(tmp_path_factory.mktemp("shop"), products=120)
    SimilarProducts.build(corpus, model=model).close()
    return corpus.with_suffix(".index")


@pytest.fixture
def similar(built):
    with SimilarProducts.open(built) as opened:
        yield opened


def with_picture(number):
    return next(p for p in draw_products(120)[number:] if p.image and p.name)


def test_a_product_of_the_index_is_not_among_its_own_neighbours(similar):
    product = with_picture(20)
    hits = similar.find(id=f"toy:{product.id}", k=200)
    assert f"toy:{product.id}" not in [hit.id for hit in hits]
    assert [hit.similarity for hit in hits] == sorted((h.similarity for h in hits), reverse=True)


def test_near_duplicates_come_only_when_asked_for(similar):
    # Every twelfth product is the sixth before it, with the same picture.
    twin, product = draw_products(120)[23], draw_products(120)[17]
    assert twin.image == product.image
    by_default = {hit.id for hit in similar.find(id=f"toy:{product.id}", k=200)}
    asked = {hit.id for hit in similar.find(id=f"toy:{product.id}", k=200, duplicates=True)}
    assert f"toy:{twin.id}" in asked - by_default
    families = {similar.index.product(hidden)[0].family for hidden in asked - by_default}
    assert families == {similar.index.product(f"toy:{product.id}")[0].family}


def test_a_product_added_with_the_picture_of_another_is_its_near_duplicate(tmp_path, model):
    corpus = draw_corpus(tmp_path / "shop", products=40)
    product = with_picture(20)
    with SimilarProducts.build(corpus, model=model) as similar:
        similar.add([{"id": "new", "name": "Something else", "image": product.image}])
        asked = {"id": f"toy:{product.id}", "k": 41}
        assert "new" not in {hit.id for hit in similar.find(**asked)}
        assert "new" in {hit.id for hit in similar.find(**asked, duplicates=True)}
        assert f"toy:{product.id}" not in {hit.id for hit in similar.find(id="new", k=41)}


def test_a_hit_says_what_the_corpus_says(similar):
    hit = similar.find(id="toy:1020", k=1, category=("Women", "Shoes", "Boots"))[0]
    product = next(p for p in draw_products(120) if f"toy:{p.id}" == hit.id)
    assert (hit.name, hit.path) == (product.name, product.path)
    if product.image:
        assert hit.picture.read_bytes() == product.image
        assert hit.to_dict()["picture"] == str(hit.picture)


def test_it_finds_by_name_and_picture(similar, tmp_path):
    Image.new("RGB", (30, 30), "#c82832").save(tmp_path / "red.png")
    for parts in ({"name": "red boots"}, {"image": tmp_path / "red.png"}):
        assert len(similar.find(**parts)) == 6
    assert len(similar.find("boots", image=tmp_path / "red.png", category="Women", k=3)) == 3


def test_the_picture_of_a_product_is_found_again_unless_it_is_the_same(similar):
    product = with_picture(30)
    twins = {f"toy:{p.id}" for p in draw_products(120) if p.image == product.image}
    asked = {"image": product.image, "weights": {"look": 1.0}, "k": 200}
    assert similar.find(**asked, duplicates=True)[0].id in twins
    assert not twins & {hit.id for hit in similar.find(**asked)}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "Give the id of a product of the index, or"),
        ({"id": "toy:1000", "name": "boots"}, "Give the id of a product of the index, or"),
        ({"name": "boots", "price": (3, 2)}, "No price is from 3 to 2"),
        ({"name": "boots", "k": 0}, "k = 0"),
        ({"name": "boots", "weights": "taste"}, "Unknown mix 'taste'"),
        ({"name": "boots", "weights": {"look": 1.0}}, "has none of the vectors"),
    ],
)
def test_what_cannot_be_asked_is_told(similar, asked, message):
    with pytest.raises(InputError, match=message):
        similar.find(**asked)


def test_products_are_added_and_deleted(tmp_path, model):
    corpus = draw_corpus(tmp_path / "shop", products=40)
    with SimilarProducts.build(corpus, tmp_path / "own", model=model) as similar:
        new = {"id": "n1", "name": "boots", "category": ("Hats", "Caps"), "price": 5, "image": None}
        assert similar.add([new]) == 1
        hit = similar.find("boots", category="Hats")[0]
        assert (hit.id, hit.path, hit.price) == ("n1", ("Hats", "Caps"), 5.0)
        assert similar.delete("n1") == 1
        assert similar.find("boots", category="Hats") == []
        assert len(similar) == 40


def test_a_product_without_anything_to_read_is_not_added(built):
    with SimilarProducts.open(built) as similar:
        with pytest.raises(InputError, match="Product 'n1' cannot be added"):
            similar.add([{"id": "n1", "name": ""}])
        with pytest.raises(InputError, match="needs an id"):
            similar.add([{"name": "boots"}])
        assert "n1" not in similar


def test_an_index_of_another_model_is_refused_with_both_fingerprints(built, tmp_path):
    other = build_model_dir(tmp_path / "other", image=False)
    with SimilarProducts.open(built, model=other) as similar:
        fingerprint = similar.index.record.fingerprint[:12]
        with pytest.raises(SearchError, match=f"of the fingerprint {fingerprint}, and .* has"):
            similar.find("boots")
        # What needs no model does not ask for it.
        assert len(similar.find(id="toy:1000")) == 6


def test_a_picture_that_is_a_link_out_of_the_corpus_is_none(tmp_path, model):
    corpus = draw_corpus(tmp_path / "shop", products=20)
    with SimilarProducts.build(corpus, model=model) as similar:
        hit = next(h for h in similar.find("boots", k=20) if h.picture)
        secret = tmp_path / "secret.jpg"
        secret.write_bytes(hit.picture.read_bytes())
        hit.picture.unlink()
        hit.picture.symlink_to(secret)
        product, _ = similar.index.product(hit.id)
        assert product.picture == sha256(secret.read_bytes()).hexdigest()
        assert similar.picture(product) is None


@pytest.mark.slow
def test_opening_an_index_loads_no_model_and_no_torch(built):
    code = (
        "import sys, prodcat; assert 'prodcat.search' not in sys.modules;"
        f"prodcat.SimilarProducts.open({str(built)!r}).find(id='toy:1000');"
        "print([m for m in ('torch', 'transformers', 'sklearn', 'onnx')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
