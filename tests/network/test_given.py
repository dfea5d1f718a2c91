import torch

from prodcat.config import config_from_dict
from prodcat.network.classifier import Embeddings
from prodcat.network.given import EmbeddedHead
from prodcat.network.linear import FixedParts

CONFIG = config_from_dict({"model": {"dim": 8, "dropout": 0.0}})


def test_it_scores_as_the_classifier_does_after_its_encoders():
    head = EmbeddedHead(CONFIG, text=5, image=7, categories=3)
    text, image = torch.randn(4, 5), torch.randn(4, 7)
    present = torch.tensor([[True, True], [True, False], [False, True], [True, True]])
    logits = head(FixedParts(text, None, image), present)
    torch.testing.assert_close(logits, head.classifier.score(Embeddings(text, image), present))


def test_it_has_no_weights_of_encoders():
    names = {
        name.split(".")[1]
        for name in EmbeddedHead(CONFIG, text=5, image=7, categories=3).state_dict()
    }
    assert names == {"text_projection", "image_projection", "fusion", "head"}


def test_a_part_without_an_encoder_is_not_looked_at():
    head = EmbeddedHead(CONFIG, text=5, image=None, categories=3)
    text, present = torch.randn(2, 5), torch.ones(2, 2, dtype=torch.bool)
    without = present & torch.tensor([True, False])
    parts = FixedParts(text, None, None)
    torch.testing.assert_close(head(parts, present), head(parts, without))
