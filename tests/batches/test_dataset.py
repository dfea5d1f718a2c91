import io
import logging
from itertools import product

import pytest
import torch
from PIL import Image

from prodcat.batches.dataset import Collator, ProductDataset, Sample
from prodcat.batches.withholding import NameMask, PartDropout
from prodcat.config import ImageConfig, TextConfig
from prodcat.data.category_words import category_words
from prodcat.inputs.image_store import ImageStore
from prodcat.inputs.tokens import TextReader
from tests.data.rows import row
from tests.toy import LEAVES, draw_picture, draw_tokenizer

IMAGE = ImageConfig(encoder="small_cnn", weights="none", height=32, width=24, augment="strong")


@pytest.fixture
def store(tmp_path):
    return ImageStore(tmp_path / "images")


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    return TextReader(draw_tokenizer(tmp_path_factory.mktemp("tokenizer")), max_tokens=16)


def picture_of(colour):
    out = io.BytesIO()
    Image.new("RGB", (24, 32), colour).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("have", list(product([True, False], repeat=3)))
def test_withholding_never_leaves_nothing_and_never_adds(have):
    for _ in range(50):
        shown = PartDropout(text=0.5, name=0.9, description=0.9, image=0.9).draw(have)
        assert any(shown) == any(have)
        assert not any(s and not h for s, h in zip(shown, have, strict=True))


def test_nothing_is_withheld_by_default():
    for have in product([True, False], repeat=3):
        assert PartDropout().draw(have) == have


@pytest.mark.parametrize(
    ("dropout", "part", "share"),
    [
        (PartDropout(image=0.3), 2, 0.3),
        (PartDropout(name=0.3), 0, 0.3),
        (PartDropout(description=0.3), 1, 0.3),
        (PartDropout(text=0.5, name=0.5), 0, 0.75),
    ],
)
def test_parts_are_withheld_as_often_as_asked(dropout, part, share):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        shown = [dropout.draw((True, True, True))[part] for _ in range(2000)]
    assert shown.count(False) / 2000 == pytest.approx(share, abs=0.04)


def test_withholding_the_text_withholds_name_and_description():
    assert PartDropout(text=1.0).draw((True, True, True)) == (False, False, True)


def test_the_settings_say_what_is_withheld():
    text = TextConfig(drop=0.1, drop_name=0.2, drop_description=0.3)
    assert PartDropout.of(text, ImageConfig(drop=0.4)) == PartDropout(0.1, 0.2, 0.3, 0.4)


def test_a_model_is_never_refused_the_only_thing_it_reads():
    blind, mute = ImageConfig(encoder="none"), TextConfig(encoder="none")
    assert PartDropout.of(mute, ImageConfig()).image == 0
    assert PartDropout.of(TextConfig(), blind).text == 0


def test_names_lose_the_words_of_the_tree_as_often_as_asked(store):
    mask = NameMask.of(TextConfig(mask_name=0.3), [("Men", "Casual Shoes"), ("Women", "Jeans")])
    rows = [row("1", name="Puma Men Black Shoe")]
    dataset = ProductDataset(rows, [0], store, ImageConfig(encoder="none"), mask=mask)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        names = [dataset[0].name for _ in range(2000)]
    assert set(names) == {"Puma Men Black Shoe", "Puma Black"}
    assert names.count("Puma Black") / 2000 == pytest.approx(0.3, abs=0.04)


def test_a_name_of_nothing_but_words_of_the_tree_stays():
    assert NameMask(category_words(["Men", "Shoes"]), 0.999).draw("Men's Shoes") == "Men's Shoes"


def test_names_stay_whole_unless_asked_and_where_the_encoder_is_frozen():
    before = torch.random.get_rng_state()
    for config in (TextConfig(mask_name=0), TextConfig(mask_name=0.5, frozen=True)):
        mask = NameMask.of(config, [("Men", "Shoes")])
        assert mask.draw("Puma Men's Shoes") == "Puma Men's Shoes"
    assert torch.equal(torch.random.get_rng_state(), before)  # nor does it shift other draws


def test_a_product_is_read_with_all_its_parts(store):
    red = store.put(picture_of((255, 0, 0)))
    rows = [row("1", name="Boots", description="Red.", image_sha256=red), row("2", name="Bag")]
    first, second = (ProductDataset(rows, [4, 7], store, IMAGE)[i] for i in range(2))
    assert (first.name, first.description, first.label) == ("Boots", "Red.", 4)
    assert first.pixels.shape == (3, 32, 24)
    assert first.pixels.dtype == torch.uint8
    assert first.pixels.float().mean(dim=(1, 2)).tolist() == [255, 0, 0]
    assert second == Sample("Bag", "", None, 7, 1)


def test_withheld_parts_are_not_there(store):
    rows = [row("1", name="Boots", description="Red.", image_sha256=store.put(picture_of("red")))]
    nameless = ProductDataset(rows, [0], store, IMAGE, dropout=PartDropout(text=1.0))[0]
    assert (nameless.name, nameless.description) == ("", "")
    assert nameless.pixels is not None
    blind = ProductDataset(rows, [0], store, IMAGE, dropout=PartDropout(image=1.0))[0]
    assert (blind.name, blind.pixels) == ("Boots", None)


@pytest.mark.parametrize("data", [b"", b"not a picture", None])
def test_a_picture_that_cannot_be_read_counts_as_absent(store, caplog, data):
    sha256 = "0" * 64 if data is None else store.put(data)
    products = ProductDataset([row("1", name="Boots", image_sha256=sha256)], [0], store, IMAGE)
    with caplog.at_level(logging.WARNING):
        assert products[0].pixels is None
    assert "cannot be read, and is left out" in caplog.text


def test_a_model_without_pictures_reads_none(store):
    rows = [row("1", name="Boots", image_sha256="0" * 64)]
    assert ProductDataset(rows, [0], store, ImageConfig(encoder="none"))[0].pixels is None


def test_only_training_pictures_are_changed(store):
    rows = [row("1", image_sha256=store.put(draw_picture(LEAVES[0], 0)))]
    plain = ProductDataset(rows, [0], store, IMAGE)
    assert torch.equal(plain[0].pixels, plain[0].pixels)
    changed = ProductDataset(rows, [0], store, IMAGE, augment=True)
    assert not torch.equal(changed[0].pixels, changed[0].pixels)
    assert not torch.equal(changed[0].pixels, plain[0].pixels)


def test_a_batch_is_padded_and_says_what_is_present(reader):
    white = torch.full((3, 32, 24), 255, dtype=torch.uint8)
    samples = [
        Sample("boots", "A plain ring.", white, 3, 7),
        Sample("bag", "", None, 1, 0),
        Sample("", "", white, 0, 4),
        Sample("", "", None, 2, 1),
    ]
    batch = Collator(reader, IMAGE)(samples)
    assert batch["present"].tolist() == [[True, True], [True, False], [False, True], [False, False]]
    assert batch["label"].tolist() == [3, 1, 0, 2]
    assert batch["input_ids"].shape == batch["attention_mask"].shape == (4, 8)
    assert batch["attention_mask"].sum(dim=1).tolist() == [8, 3, 2, 2]
    assert [picture.float().mean().item() for picture in batch["pixel_values"]] == [255, 0, 255, 0]
    assert batch["pixel_values"].dtype == torch.uint8


def test_a_batch_without_a_reader_has_no_text():
    batch = Collator(None, IMAGE)([Sample("boots", "", None, 0, 0)] * 2)
    assert batch["present"].tolist() == [[False, False]] * 2
    assert batch["input_ids"].dtype == torch.int64


def test_a_batch_for_a_model_without_pictures_carries_next_to_none(reader):
    batch = Collator(reader, ImageConfig(encoder="none"))([Sample("boots", "", None, 0, 0)] * 2)
    assert batch["pixel_values"].shape == (2, 3, 1, 1)
    assert batch["present"].tolist() == [[True, False]] * 2
