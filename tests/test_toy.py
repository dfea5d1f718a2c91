from collections import Counter

import numpy as np
import pytest
from PIL import Image

from prodcat.corpus.store import Corpus
from prodcat.inputs.images import open_image
from tests.toy import (
    LEAVES,
    UNKNOWN_ID,
    draw_corpus,
    draw_encoder,
    draw_picture,
    draw_products,
    draw_tokenizer,
    toy_taxonomy,
)


def colour(picture: bytes) -> np.ndarray:
    """Mean of what is not paper."""
    pixels = np.asarray(open_image(picture)).reshape(-1, 3).astype(float)
    return pixels[pixels.min(axis=1) < 200].mean(axis=0)


def test_the_same_corpus_is_drawn_again(tmp_path):
    fingerprints = []
    for folder in ("a", "b"):
        with Corpus.open(draw_corpus(tmp_path / folder, products=40)) as corpus:
            fingerprints.append(corpus.fingerprint())
    with Corpus.open(draw_corpus(tmp_path / "c", products=40, seed=1)) as corpus:
        assert fingerprints[0] == fingerprints[1] != corpus.fingerprint()


def test_every_category_has_enough_products_to_learn():
    counts = Counter(product.path for product in draw_products())
    assert min(counts[leaf] for leaf in LEAVES) >= 12
    assert counts[(UNKNOWN_ID,)] == 1
    assert set(map(len, LEAVES)) == {1, 2, 3}


def test_parts_are_missing_but_never_all():
    patterns = Counter((bool(p.name), bool(p.description), bool(p.image)) for p in draw_products())
    assert (False, False, False) not in patterns
    assert {(True, True, True), (False, True, True), (True, False, True)} <= set(patterns)
    assert {(True, True, False), (False, False, True)} <= set(patterns)


def test_there_are_near_duplicates():
    drawn = draw_products()
    pictures = Counter(p.image for p in drawn if p.image)
    assert sum(count > 1 for count in pictures.values()) >= 10


def test_boots_differ_in_the_picture_alone():
    women, men = ("Women", "Shoes", "Boots"), ("Men", "Shoes", "Boots")
    names = {
        path: {p.name.split()[3] for p in draw_products() if p.path == path and p.name}
        for path in (women, men)
    }
    assert names[women] & names[men]
    for seed in range(10):
        assert colour(draw_picture(women, seed))[0] > 150 > colour(draw_picture(men, seed))[0]


def test_dresses_and_skirts_differ_in_the_name_alone():
    assert draw_picture("Women > Dresses", 3) == draw_picture("Women > Skirts", 3)
    assert draw_picture("Women > Dresses", 3) != draw_picture("Women > Dresses", 4)


def test_pictures_are_small_jpegs(tmp_path):
    (tmp_path / "a.jpg").write_bytes(draw_picture(LEAVES[0], 0))
    with Image.open(tmp_path / "a.jpg") as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (48, 64))


def test_toy_tree_repeats_names():
    tree = toy_taxonomy()
    assert len(tree.leaf_ids) == len(LEAVES) == 8
    assert Counter(category.name for category in tree)["Boots"] == 2


def test_tokenizer_knows_the_toy_words(tmp_path):
    tokenizers = pytest.importorskip("tokenizers")
    path = draw_tokenizer(tmp_path / "a")
    assert path.read_bytes() == draw_tokenizer(tmp_path / "b").read_bytes()
    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    tokens = tokenizer.encode("Acme boots 42", "A ring.").tokens
    assert tokens == ["[CLS]", "acme", "boots", "4", "##2", "[SEP]", "a", "ring", ".", "[SEP]"]
    assert tokenizer.token_to_id("[PAD]") == 0


@pytest.mark.slow
def test_encoder_loads_from_its_folder(tmp_path):
    transformers = pytest.importorskip("transformers")
    model = transformers.AutoModel.from_pretrained(draw_encoder(tmp_path))
    assert model.config.hidden_size == 16
    assert (tmp_path / "tokenizer.json").is_file()
