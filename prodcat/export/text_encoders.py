"""A pretrained text encoder as a graph, without a classifier behind it."""

from pathlib import Path

import torch

from prodcat.config import TextConfig
from prodcat.export.graphs import write_graph
from prodcat.modeldir.format import TEXT_ONNX
from prodcat.network.text_encoder import build_text_encoder, save_tokenizer


def export_text_encoder(encoder: str, folder: Path, *, max_tokens: int) -> tuple[Path, Path]:
    """Write a pretrained encoder's ``text.onnx`` and ``tokenizer.json``, and return both paths.

    Args:
        encoder: Local folder or hub name.
        folder: Where to write.
        max_tokens: Word pieces that it has to be able to read.

    Raises:
        ConfigError: If there is no such encoder, or it reads less.
        ModelError: If it cannot be exported.
    """
    network = build_text_encoder(TextConfig(encoder=encoder, max_tokens=max_tokens)).eval()
    # Sizes of 0 or 1 would be taken for constants.
    ones = torch.ones(3, 7, dtype=torch.int64)
    file = folder / TEXT_ONNX
    write_graph(network, {"input_ids": ones, "attention_mask": ones.clone()}, ["text"], file)
    return file, save_tokenizer(encoder, folder)
