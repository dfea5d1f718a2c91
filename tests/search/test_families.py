import pytest
from PIL import Image

from prodcat.corpus.store import Corpus, NewProduct
from prodcat.search.families import corpus_families

NAMES = {
    "twin 1": "Nike Men Blue Running Shoes",
    "twin 2": "Nike Men Red Running Shoes",
    "grouped 1": "Titan Steel Watch Small",
    "grouped 2": "Fossil Leather Handbag Large",
    "pictured 1": "Casio Digital Alarm Clock",
    "pictured 2": "Lamp for Bedside Tables",
    "lone": "Umbrella with Wooden Handle",
    "bare": "Garden Chair Foldable",
}


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "shop.db", create=True) as opened:
        pictures = {}
        for number, name in enumerate(("pictured", "lone")):
            picture = Image.radial_gradient("L").rotate(80 * number).resize((90, 60 + 20 * number))
            picture.save(tmp_path / f"{name}.png")
            pictures[name] = opened.images.put((tmp_path / f"{name}.png").read_bytes())
        opened.upsert_products(
            NewProduct(
                source="shop",
                source_id=product_id,
                name=name,
                description="",
                category_id=None,
                image_sha256=pictures.get(product_id.split()[0]),
                image_status="stored" if product_id.split()[0] in pictures else "",
                group_id="7" if product_id.startswith("grouped") else "",
            )
            for product_id, name in NAMES.items()
        )
    return tmp_path / "shop.db"


def together(families):
    """The products of each family, without their source."""
    by_family = {}
    for product_id, family in families.items():
        by_family.setdefault(family, set()).add(product_id.removeprefix("shop:"))
    return sorted(sorted(members) for members in by_family.values())


def test_a_family_is_what_is_found_and_what_the_corpus_groups(corpus):
    assert together(corpus_families(corpus)) == [
        ["grouped 1", "grouped 2"],
        ["lone"],
        ["pictured 1", "pictured 2"],
        ["twin 1", "twin 2"],
    ]


def test_without_a_search_groups_and_pictures_count_alone(corpus):
    assert together(corpus_families(corpus, search=False)) == [
        ["grouped 1", "grouped 2"],
        ["lone"],
        ["pictured 1", "pictured 2"],
    ]


def test_a_product_alone_is_known_by_its_picture(corpus):
    with Corpus.open(corpus, read_only=True) as opened:
        pictures = {row.id: row.image_sha256 for row in opened.rows()}
    assert corpus_families(corpus)["shop:lone"] == pictures["shop:lone"]
