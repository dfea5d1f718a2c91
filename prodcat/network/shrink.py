"""Make a pretrained text encoder smaller: fewer layers, fewer word pieces."""

import re
from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from prodcat.errors import ConfigError

LAYER = re.compile(r"(.*?)\.([0-9]+)\.(.*)")
"""Name of a tensor within a list of layers."""


class KeptEmbedding(nn.Module):
    """A table of word pieces that has rows for some of them alone; all others share one.

    Args:
        table: One row a word piece, (V, D).
        token_ids: Ids of the word pieces that keep their own, ascending, (K,).
    """

    place: Tensor

    def __init__(self, table: nn.Embedding, token_ids: Tensor) -> None:
        super().__init__()
        rows = table.weight.detach()
        shared = rows[token_ids].mean(dim=0, keepdim=True)
        weight = torch.cat([shared, rows[token_ids]])
        self.table = nn.Embedding(len(weight), weight.shape[1], _weight=weight)
        place = torch.zeros(len(rows), dtype=torch.int64)
        place[token_ids] = torch.arange(1, len(token_ids) + 1)
        self.register_buffer("place", place)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Return the rows of word pieces, (B, T, D)."""
        rows: Tensor = self.table(self.place[input_ids])
        return rows


def keep_tokens(transformer: Any, tokens: Collection[int]) -> None:
    """Keep the rows of these word pieces in a transformer's table."""
    table = transformer.get_input_embeddings()
    transformer.set_input_embeddings(KeptEmbedding(table, torch.tensor(sorted(tokens))))


def keep_layers(transformer: Any, layers: int) -> None:
    """Keep some layers of a transformer, evenly spread from the first to the last.

    DistilBERT began so (Sanh et al. 2019, arXiv:1910.01108).

    Raises:
        ConfigError: If it has fewer.
    """
    have = int(transformer.config.num_hidden_layers)
    if layers > have:
        raise ConfigError(f"text.layers is {layers}, but the encoder has {have}.")
    places = spread(have, layers)
    for module in list(transformer.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.ModuleList) and len(child) == have:
                setattr(module, name, nn.ModuleList(child[place] for place in places))
    transformer.config.num_hidden_layers = layers


def spread(layers: int, count: int) -> list[int]:
    """Choose places evenly from the first to the last.

    >>> spread(6, 3), spread(6, 2), spread(6, 1)
    ([0, 2, 5], [0, 5], [0])
    """
    step = (layers - 1) / max(1, count - 1)
    return [int(place * step) for place in range(count)]


def weights_for(transformer: Any, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Choose those of another transformer's weights that this one kept, under its names.

    Args:
        transformer: Maybe with fewer layers and word pieces than its kind.
        weights: Those of another, by name; none are chosen where its layers are of another
            shape.

    Raises:
        ConfigError: If the other has fewer layers or fewer word pieces.
    """
    mine = transformer.state_dict()
    have, layers = _count_layers(weights), _count_layers(mine)
    shapes = [
        (tensor.shape, mine[name].shape)
        for name, tensor in weights.items()
        if LAYER.fullmatch(name) and name in mine
    ]
    if not all(theirs == ours for theirs, ours in shapes):
        return {}
    if shapes and have < layers:
        raise ConfigError(f"It keeps {have} layers of its text encoder: set text.layers={have}.")
    our_place = {place: i for i, place in enumerate(spread(have, layers))}
    chosen = {}
    for name, tensor in weights.items():
        layer = LAYER.fullmatch(name)
        if layer is None:
            chosen[name] = tensor
        elif int(layer[2]) in our_place:
            chosen[f"{layer[1]}.{our_place[int(layer[2])]}.{layer[3]}"] = tensor
    for name, module in transformer.named_modules():
        if isinstance(module, KeptEmbedding):
            _choose_rows(module, name, chosen)
        elif f"{name}.place" in weights:
            raise ConfigError("It keeps the word pieces it saw: set text.vocabulary=seen.")
    return chosen


def _choose_rows(module: KeptEmbedding, name: str, chosen: dict[str, Tensor]) -> None:
    """Put the rows of the word pieces that both have into *chosen*, under our names."""
    rows = module.table.weight.detach().clone()
    ids = module.place.nonzero().squeeze(1)
    if f"{name}.weight" in chosen:
        theirs, places = chosen.pop(f"{name}.weight"), torch.arange(len(module.place))
    elif f"{name}.place" in chosen:
        theirs, places = chosen.pop(f"{name}.table.weight"), chosen.pop(f"{name}.place")
    else:
        return
    if len(places) != len(module.place) or theirs.shape[1] != rows.shape[1]:
        return  # of another vocabulary
    rows[module.place[ids]] = theirs[places[ids]].to(rows.dtype)
    chosen[f"{name}.table.weight"] = rows


def _count_layers(weights: Mapping[str, Tensor]) -> int:
    layers = (LAYER.fullmatch(name) for name in weights)
    return 1 + max((int(layer[2]) for layer in layers if layer), default=-1)
