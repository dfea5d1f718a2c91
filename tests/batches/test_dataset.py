import io
import logging

import pytest
import torch
from PIL import Image

from prodcat.batches.dataset import Collator, ProductDataset, Sample
from prodcat.batches.withholding import NameMask, PartDropout
from prodcat.config import ImageConfig
from prodcat.data.labels import LabelledRows
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


def dataset(rows, store, image=IMAGE, **settings):
    side = LabelledRows(tuple(rows), labels=tuple(range(4, 4 + len(rows))), paths=((),) * len(rows))
    return ProductDataset(side, store, image, **settings)


def test_a_product_is_read_with_all_its_parts(store):
    red = store.put(picture_of((255, 0, 0)))
    rows = [row("1", name="Boots", description="Red.", image_sha256=red), row("2", name="Bag")]
    first, second = (dataset(rows, store)[i] for i in range(2))
    assert (first.name, first.description, first.label) == ("Boots", "Red.", 4)
    assert first.pixels.shape == (3, 32, 24)
    assert first.pixels.dtype == torch.uint8
    assert first.pixels.float().mean(dim=(1, 2)).tolist() == [255, 0, 0]
    assert second == Sample("Bag", "", None, 5, 1)


def test_a_name_loses_the_words_of_the_tree_where_a_mask_says_so(store):
    mask = NameMask(frozenset({"men", "shoe"}), share=1.0)
    rows = [row("1", name="Puma Men Black Shoe")]
    assert dataset(rows, store, mask=mask)[0].name == "Puma Black"


def test_withheld_parts_are_not_there(store):
    rows = [row("1", name="Boots", description="Red.", image_sha256=store.put(picture_of("red")))]
    nameless = dataset(rows, store, dropout=PartDropout(text=1.0))[0]
    assert (nameless.name, nameless.description) == ("", "")
    assert nameless.pixels is not None
    blind = dataset(rows, store, dropout=PartDropout(image=1.0))[0]
    assert (blind.name, blind.pixels) == ("Boots", None)


@pytest.mark.parametrize("data", [b"", b"not a picture", None])
def test_a_picture_that_cannot_be_read_counts_as_absent(store, caplog, data):
    sha256 = "0" * 64 if data is None else store.put(data)
    products = dataset([row("1", name="Boots", image_sha256=sha256)], store)
    with caplog.at_level(logging.WARNING):
        assert products[0].pixels is None
    assert "cannot be read, and is left out" in caplog.text


def test_a_model_without_pictures_reads_none(store):
    rows = [row("1", name="Boots", image_sha256="0" * 64)]
    assert dataset(rows, store, ImageConfig(encoder="none"))[0].pixels is None


def test_only_training_pictures_are_changed(store):
    rows = [row("1", image_sha256=store.put(draw_picture(LEAVES[0], 0)))]
    plain = dataset(rows, store)
    assert torch.equal(plain[0].pixels, plain[0].pixels)
    changed = dataset(rows, store, augment=True)
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
