"""Fusions: the text's and the picture's embedding become one.

Each takes ``text`` (B, D), ``image`` (B, D) and ``present`` (B, 2) bool, and never
lets an absent part through, not even its NaN.
"""

import torch
from torch import Tensor, nn

from prodcat.errors import ConfigError


def stack_present(text: Tensor, image: Tensor, present: Tensor) -> Tensor:
    """Stack both embeddings, zeros where one is absent, (B, 2, D)."""
    pair = torch.stack([text, image], dim=1)
    # where(), not a product: NaN times zero is NaN.
    return torch.where(present.unsqueeze(-1), pair, torch.zeros_like(pair))


class ConcatFusion(nn.Module):
    """Add both up, and what a layer makes of them side by side and of what is there.

    The sum is a short way from each encoder to the answer (a residual connection, He et al.
    2016): without it, pictures learn more slowly.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.mix = nn.Sequential(nn.Linear(2 * dim + 2, dim), nn.GELU(), nn.LayerNorm(dim))

    def forward(self, text: Tensor, image: Tensor, present: Tensor) -> Tensor:
        """Fuse a batch into (B, D)."""
        pair = stack_present(text, image, present)
        mixed = self.mix(torch.cat([pair.flatten(1), present.to(pair.dtype)], dim=1))
        return pair.sum(dim=1) + mixed


class GatedFusion(nn.Module):
    """Weigh text against image, product by product."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.gate = nn.Linear(2 * dim, 2)

    def forward(self, text: Tensor, image: Tensor, present: Tensor) -> Tensor:
        """Fuse a batch into (B, D); zeros where a product has neither."""
        pair = stack_present(text, image, present)
        scores = self.gate(pair.flatten(1))  # (B, 2)
        # The smallest float, not -inf: softmax turns a row of -inf into NaN.
        scores = scores.masked_fill(~present, torch.finfo(scores.dtype).min)
        return (scores.softmax(dim=1).unsqueeze(-1) * pair).sum(dim=1)


class AttentionFusion(nn.Module):
    """Let a learned query attend to both, with several heads."""

    def __init__(self, dim: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Parameter(torch.randn(dim) * dim**-0.5)
        self.kind = nn.Parameter(torch.zeros(2, dim))
        self.key_value = nn.Linear(dim, 2 * dim)
        self.out = nn.Sequential(nn.Linear(dim, dim), nn.LayerNorm(dim))

    def forward(self, text: Tensor, image: Tensor, present: Tensor) -> Tensor:
        """Fuse a batch into (B, D)."""
        pair = stack_present(text, image, present)
        batch, _, dim = pair.shape
        keys, values = self.key_value(pair + self.kind).chunk(2, dim=-1)
        keys = keys.view(batch, 2, self.heads, -1)  # (B, 2, heads, D / heads)
        values = values.view(batch, 2, self.heads, -1)
        query = self.query.view(self.heads, -1)
        scores = (keys * query).sum(dim=-1) * (dim / self.heads) ** -0.5  # (B, 2, heads)
        scores = scores.masked_fill(~present.unsqueeze(-1), torch.finfo(scores.dtype).min)
        weights = scores.softmax(dim=1) * present.unsqueeze(-1).to(scores.dtype)
        return self.out((weights.unsqueeze(-1) * values).sum(dim=1).flatten(1))


FUSIONS: dict[str, type[nn.Module]] = {
    "concat": ConcatFusion,
    "gated": GatedFusion,
    "attention": AttentionFusion,
}


def build_fusion(name: str, dim: int) -> nn.Module:
    """Return the fusion that config files call *name*."""
    if name not in FUSIONS:
        raise ConfigError(f"Unknown fusion {name!r}. Choose one of: {', '.join(FUSIONS)}.")
    return FUSIONS[name](dim)
