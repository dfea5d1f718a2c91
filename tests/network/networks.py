"""Networks small enough to be built in every test, and batches for them."""

import torch
from torch import nn

from prodcat.network.classifier import ProductClassifier
from prodcat.network.fusion import build_fusion
from prodcat.network.image_encoder import ImageEncoder, SmallCnn
from prodcat.network.text_encoder import TextEncoder

HEIGHT, WIDTH, WORDS, LEAVES = 32, 24, 50, 5


def build_text(seed=0):
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=WORDS,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return TextEncoder(BertModel(config))


def build_network(fusion="concat", *, text=True, image=True, dim=16, seed=0, **settings):
    """Build a classifier of five leaves."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return ProductClassifier(
            build_text(seed) if text else None,
            ImageEncoder(SmallCnn(), SmallCnn.dim) if image else None,
            build_fusion(fusion, dim),
            dim=dim,
            **{"categories": LEAVES, **settings},
        )


def draw_batch(present, tokens=6, seed=0):
    """Draw input_ids, attention_mask, pixel_values for products with these parts, and present."""
    generator = torch.Generator().manual_seed(seed)
    count = len(present)
    lengths = torch.randint(2, tokens + 1, (count, 1), generator=generator)
    return (
        torch.randint(1, WORDS, (count, tokens), generator=generator),
        (torch.arange(tokens) < lengths).long(),
        torch.randint(0, 256, (count, 3, HEIGHT, WIDTH), generator=generator).to(torch.uint8),
        torch.tensor(present),
    )


class Nan(nn.Module):
    """An encoder whose every embedding is NaN."""

    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.some = nn.Parameter(torch.ones(1))

    def forward(self, inputs, *_):
        return torch.full((len(inputs), self.dim), torch.nan) * self.some
