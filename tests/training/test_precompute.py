import pytest
import torch

from prodcat.batches.dataset import ProductDataset
from prodcat.batches.withholding import PartDropout
from prodcat.config import config_from_dict
from prodcat.data.labels import LabelledRows
from prodcat.inputs.image_store import ImageStore
from prodcat.inputs.tokens import TextReader
from prodcat.network.classifier import build_classifier
from prodcat.training import precompute
from prodcat.training.messages import messages_to
from prodcat.training.precompute import embed_sides
from tests.data.rows import row
from tests.toy import LEAVES, draw_picture


class Shop:
    """Twelve products on two sides, and frozen encoders to embed them."""

    def __init__(self, folder, encoder, **settings):
        self.store = ImageStore(folder / "images")
        self.cache = folder / "embeddings"
        self.said = []
        image = {"encoder": "small_cnn", "weights": "none", "height": 32, "width": 24}
        self.config = config_from_dict(
            {
                "text": {"encoder": str(encoder), "frozen": True, "max_tokens": 16},
                "image": {**image, "frozen": True, "augment": "strong"},
                "model": {"dim": 16},
                **settings,
            }
        )
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.classifier = build_classifier(self.config, categories=2)
        reads = self.config.text.encoder != "none"
        self.reader = TextReader(encoder / "tokenizer.json", max_tokens=16) if reads else None
        pictures = [self.store.put(draw_picture(LEAVES[i], i)) for i in range(4)]
        rows = [
            row(
                str(i),
                name=f"acme boots {i}" if i % 4 != 1 else "",
                description=f"a plain ring {i}" if i % 4 != 2 else "",
                image_sha256=pictures[i % 4] if i % 4 != 3 else None,
            )
            for i in range(12)
        ]
        self.sides = {
            "train": self.side(rows[:8], dropout=PartDropout(image=1.0), augment=True),
            "val": self.side(rows[8:], dropout=PartDropout(text=1.0)),
        }

    def side(self, rows, **settings):
        side = LabelledRows(tuple(rows), labels=(0,) * len(rows), paths=((),) * len(rows))
        return ProductDataset(side, self.store, self.config.image, **settings)

    def embed(self):
        with messages_to(self.said.append):
            return embed_sides(self.classifier, self.sides, self.reader, self.config, self.cache)

    def text(self, name, description):
        ids, mask = self.reader.encode([name], [description])
        with torch.no_grad():
            return self.classifier.text_encoder(torch.from_numpy(ids), torch.from_numpy(mask))[0]

    def picture(self, row):
        with torch.no_grad():
            return self.classifier.image_encoder(
                self.sides["val"].read_picture(row.image_sha256).unsqueeze(0)
            )[0]


@pytest.fixture
def shop(tmp_path, toy_encoder):
    return Shop(tmp_path, toy_encoder)


def close(a, b):
    torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


def test_embeddings_are_what_the_encoders_say(shop):
    embedded = shop.embed()
    for side, products in shop.sides.items():
        for i, product in enumerate(products.rows):
            variants = [
                (product.name, product.description),
                (product.name, ""),
                ("", product.description),
            ]
            for variant, texts in enumerate(variants):
                if any(texts):
                    close(embedded[side].text[i, variant], shop.text(*texts))
                else:
                    assert not embedded[side].text[i, variant].any()
            if product.image_sha256:
                close(embedded[side].image[i], shop.picture(product))
            else:
                assert not embedded[side].image[i].any()


def test_what_a_product_has_is_known(shop):
    have = shop.embed()["val"].have.tolist()
    assert have == [
        [True, True, True],
        [False, True, True],
        [True, False, True],
        [True, True, False],
    ]


def test_parts_are_withheld_in_training_alone(shop):
    embedded = shop.embed()
    assert embedded["train"].dropout == PartDropout(image=1.0)
    assert embedded["val"].dropout == PartDropout()


def test_nothing_is_embedded_twice(shop, monkeypatch):
    before = shop.embed()
    assert len(shop.said) == 2
    monkeypatch.setattr(shop.classifier.text_encoder, "forward", None)
    monkeypatch.setattr(shop.classifier.image_encoder, "forward", None)
    after = shop.embed()
    assert len(shop.said) == 2
    for side in shop.sides:
        assert torch.equal(before[side].text, after[side].text)
        assert torch.equal(before[side].image, after[side].image)


def test_each_text_and_each_picture_is_embedded_once(shop):
    shop.embed()
    # 6 products with both give 3 texts each, 6 with one part give one.
    assert shop.said == [
        "Embedding 24 texts; 0 are known.",
        "Embedding 3 pictures; the others are known.",
    ]


def test_an_interrupted_call_goes_on(shop, monkeypatch):
    monkeypatch.setattr(precompute, "EMBED_AT_ONCE", 5)
    encoder = shop.classifier.text_encoder
    whole, calls = encoder.forward, []

    def interrupted(*args):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return whole(*args)

    with monkeypatch.context() as patch:
        patch.setattr(encoder, "forward", interrupted)
        with pytest.raises(KeyboardInterrupt):
            shop.embed()
    embedded = shop.embed()
    assert shop.said[1] == "Embedding 14 texts; 10 are known."
    first = shop.sides["train"].rows[0]
    close(embedded["train"].text[0, 0], shop.text(first.name, first.description))


def test_another_encoder_or_size_is_embedded_anew(shop, tmp_path, toy_encoder):
    shop.embed()
    with torch.no_grad():
        next(shop.classifier.text_encoder.parameters())[0] += 1
    shop.embed()
    assert shop.said[2:] == ["Embedding 24 texts; 0 are known."]
    image = {"encoder": "small_cnn", "weights": "none", "frozen": True, "height": 40, "width": 24}
    larger = Shop(tmp_path, toy_encoder, image=image)
    larger.embed()
    assert larger.said == ["Embedding 3 pictures; the others are known."]


def test_cached_pictures_are_free_of_the_trainings_changes(shop):
    augmentation = shop.sides["train"].augmentation
    embedded = shop.embed()["train"]
    close(embedded.image[0], shop.picture(shop.sides["train"].rows[0]))
    assert shop.sides["train"].augmentation is augmentation is not None


def test_pictures_that_cannot_be_read_count_as_absent_until_they_can(shop):
    lost = "0" * 64
    broken = shop.store.put(b"no picture")
    good = shop.sides["val"].rows[0].image_sha256
    shop.sides["val"] = shop.side(
        [row(str(i), name="x", image_sha256=key) for i, key in enumerate((lost, broken, good))]
    )
    embedded = shop.embed()["val"]
    assert embedded.have[:, 2].tolist() == [False, False, True]
    assert not embedded.image[:2].any()
    shop.store.path(broken).write_bytes(draw_picture(LEAVES[0], 9))
    assert shop.embed()["val"].have[:, 2].tolist() == [False, True, True]


def test_the_network_stays_in_its_mode(shop):
    modes = {name: module.training for name, module in shop.classifier.named_modules()}
    assert modes["dropout"]
    assert not modes["image_encoder"]
    shop.embed()
    assert {n: module.training for n, module in shop.classifier.named_modules()} == modes


@pytest.mark.parametrize("off", ["text", "image"])
def test_an_encoder_that_is_not_there_has_nothing_to_say(tmp_path, toy_encoder, off):
    shop = Shop(tmp_path, toy_encoder, **{off: {"encoder": "none"}})
    embedded = shop.embed()["val"]
    assert len(shop.said) == 1
    gone = embedded.have[:, :2] if off == "text" else embedded.have[:, 2:]
    assert not gone.any()
    assert embedded.have.any()
    with torch.no_grad():
        sample = embedded[0]
    assert sample["present"].tolist() == ([False, True] if off == "text" else [True, False])
