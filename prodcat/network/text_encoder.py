"""BERT-family text encoders: word pieces in, one embedding a product out."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from prodcat.config import TextConfig
from prodcat.errors import ConfigError, one_line
from prodcat.files import whole, write_whole
from prodcat.inputs.tokens import TOKENIZER_FILE
from prodcat.network.shrink import keep_layers

DROPOUTS = (
    *("hidden_dropout_prob", "attention_probs_dropout_prob"),  # BERT, RoBERTa, MPNet
    *("dropout", "attention_dropout"),  # DistilBERT
    *("embedding_dropout", "mlp_dropout"),  # ModernBERT
)
"""What transformers' settings call dropout within the encoder."""


class TextEncoder(nn.Module):
    """A pretrained transformer, pooled."""

    def __init__(self, transformer: Any, pooling: str = "mean") -> None:
        super().__init__()
        self.pooling = pooling
        # Nobody reads BERT's own pooler; left in, DDP waits for its gradients.
        if getattr(transformer, "pooler", None) is not None:
            transformer.pooler = None
        self.transformer = transformer
        self.dim = int(transformer.config.hidden_size)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Embed a batch of texts.

        Args:
            input_ids: Word pieces, (B, T).
            attention_mask: 1 where there is a word piece, 0 for padding, (B, T).

        Returns:
            Embeddings, (B, D).
        """
        output = self.transformer(input_ids=input_ids, attention_mask=attention_mask)
        hidden: Tensor = output.last_hidden_state  # (B, T, D)
        if self.pooling == "cls":
            return hidden[:, 0]
        mask = attention_mask.unsqueeze(1).to(hidden.dtype)  # (B, 1, T)
        # A product of matrices: onnxruntime adds up a batch of one in another order than others.
        return torch.bmm(mask, hidden).squeeze(1) / mask.sum(dim=2).clamp(min=1.0)


def build_text_encoder(config: TextConfig) -> TextEncoder:
    """Load the encoder that the settings name.

    Raises:
        ConfigError: If there is none of that name, here or on the hub.
    """
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoModel

    _check_local(config.encoder)
    try:
        settings: Any = AutoConfig.from_pretrained(config.encoder, trust_remote_code=False)
        for key in DROPOUTS:
            if hasattr(settings, key):
                setattr(settings, key, config.dropout)
        transformer: Any = AutoModel.from_pretrained(
            config.encoder,
            config=settings,
            dtype=torch.float32,
            # Weights as data, and no code that lies beside them.
            use_safetensors=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError, SafetensorError) as error:
        raise _not_loadable(config.encoder, error) from error
    longest = getattr(transformer.config, "max_position_embeddings", config.max_tokens)
    if config.max_tokens > longest:
        raise ConfigError(
            f"text.max_tokens ({config.max_tokens}) is more than {config.encoder} can read"
            f" ({longest})."
        )
    if config.layers:
        keep_layers(transformer, config.layers)
    return TextEncoder(transformer, config.pooling)


def save_tokenizer(encoder: str, folder: Path) -> Path:
    """Write the encoder's ``tokenizer.json`` into *folder*.

    Raises:
        ConfigError: If the encoder has no tokenizer that the Rust library can run.
    """
    target = folder / TOKENIZER_FILE
    local = Path(encoder) / TOKENIZER_FILE
    if local.is_file():
        write_whole(target, local.read_bytes())
        return target
    from transformers import AutoTokenizer

    _check_local(encoder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(encoder, use_fast=True, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise _not_loadable(encoder, error) from error
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ConfigError(f"{encoder} has no fast tokenizer, which prodcat needs at use.")
    # Without any file of a vocabulary, transformers makes a tokenizer that knows no word.
    if not set(backend.get_vocab()) - set(tokenizer.all_special_tokens):
        raise ConfigError(
            f"The tokenizer of {encoder!r} has no vocabulary. Put its tokenizer.json beside the"
            " weights."
        )
    with whole(target) as temporary:
        backend.save(str(temporary))
    return target


def _check_local(encoder: str) -> None:
    """Say that a folder is missing, before the hub is asked for a name like a path."""
    looks_local = encoder.startswith((".", "/", "~")) or encoder.count("/") > 1
    if looks_local and not Path(encoder).is_dir():
        raise ConfigError(
            f"text.encoder is {encoder!r}, but there is no such folder."
            " Give a folder with config.json and model.safetensors, or a hub name."
        )


def _not_loadable(encoder: str, error: Exception) -> ConfigError:
    reason = one_line(error)
    return ConfigError(
        f"Cannot load the text encoder {encoder!r}: {reason} Give text.encoder a local folder"
        " with config.json, model.safetensors and tokenizer.json, or a hub name."
    )
