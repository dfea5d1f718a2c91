"""Products as a model directory's encoders see them, these being taken as they are."""

import logging
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from prodcat.batches.withholding import PartDropout
from prodcat.config import RunConfig
from prodcat.corpus.product_row import ProductRow
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows
from prodcat.errors import ConfigError
from prodcat.evaluation.answers import product_of_row
from prodcat.inference.parts import PartReader
from prodcat.inference.predictor import Predictor
from prodcat.inputs.tokens import TextReader
from prodcat.modeldir.reading import ModelDir, read_model_dir
from prodcat.network.linear import FixedParts
from prodcat.network.words import WordRows
from prodcat.product import PARTS
from prodcat.training.card import encoder_name
from prodcat.training.messages import TimeLeft

logger = logging.getLogger(__name__)

BUNDLED_WORD = "bundled"
AT_ONCE = 512
VARIANTS = (PARTS, ("name",), ("description",))
"""What of a product's texts may be shown: all, the name alone, the description alone."""


def encoders_folder(config: RunConfig) -> Path | None:
    """Return the model directory whose encoders are taken; None for the bundled one."""
    return None if config.model.encoders == BUNDLED_WORD else Path(config.model.encoders)


def adopt_encoders(config: RunConfig) -> RunConfig:
    """Put into the settings how the model whose encoders are taken reads texts and pictures.

    Raises:
        ModelNotFoundError: If there is no such model.
        ConfigError: If the settings say otherwise: its encoders would not be the same.
    """
    if config.model.encoders == "none":
        return config
    model = read_model_dir(encoders_folder(config))
    return replace(
        config,
        text=_adopt(config, model, "text"),
        image=_adopt(config, model, "image"),
    )


def _adopt(config: RunConfig, model: ModelDir, section: str) -> Any:
    settings, used = getattr(config, section), getattr(model, section)
    if settings.encoder == "none":
        return settings
    if used is None:
        return replace(settings, encoder="none")
    changes: dict[str, Any] = {"frozen": True}
    defaults = {f.name: f.default for f in fields(settings) if f.default is not MISSING}
    for entry in fields(used):
        name, value = entry.name, getattr(used, entry.name)
        chosen = getattr(settings, name)
        short = encoder_name(chosen) if name == "encoder" else chosen
        if short != value and chosen != defaults[name]:
            raise ConfigError(
                f"{section}.{name} is {chosen!r}, but the encoders of model.encoders"
                f" ({config.model.encoders}) are made for {value!r}. Leave it out, or train"
                " encoders of your own, without model.encoders."
            )
        changes[name] = value
    return replace(settings, **changes)


@dataclass(frozen=True)
class FixedSide:
    """The products of one side of the split, embedded."""

    text: Tensor | None
    """Embeddings of the texts, (N, 3, D), in the order of `VARIANTS`; None where none are read."""
    words: Tensor | None
    """Rows of the table of words, (N, 3, T)."""
    image: Tensor | None
    """Embeddings of the pictures, (N, D)."""
    have: Tensor
    """Which of (name, description, image) each product has, (N, 3) bool."""
    labels: Tensor
    """Index of each one's leaf, (N,)."""

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, rows: Tensor, dropout: PartDropout | None) -> tuple[FixedParts, Tensor]:
        """Return some products, and which of (text, image) each has, (B, 2).

        Args:
            rows: Their places, (B,).
            dropout: How often parts are withheld; None for never.
        """
        have = self.have[rows]
        shown = have if dropout is None else dropout.draw_many(have)
        name, description, image = shown.unbind(dim=1)
        # With neither shown, `present` hides whatever is there.
        variant = torch.where(name & description, 0, torch.where(name, 1, 2))
        return (
            FixedParts(
                None if self.text is None else self.text[rows, variant],
                None if self.words is None else self.words[rows, variant],
                None if self.image is None else self.image[rows],
            ),
            torch.stack([name | description, image], dim=1),
        )


class FixedEncoders:
    """Embeds products by the encoders of a model directory.

    Args:
        config: Settings of the run, as `adopt_encoders` leaves them.
        corpus: Holds the pictures; embeddings are kept beside it.
    """

    def __init__(self, config: RunConfig, corpus: Corpus) -> None:
        self.config, self.corpus = config, corpus
        folder = encoders_folder(config)
        self.predictor = Predictor.load(folder, cache=corpus.path.parent / "embeddings")
        self.model = self.predictor.model
        self.reads = config.text.encoder != "none"
        self.sees = config.image.encoder != "none"
        self._reader = PartReader(replace(self.model, image=None))

    @property
    def text_reader(self) -> TextReader:
        """Cuts texts into word pieces."""
        assert self._reader.text_reader is not None
        return self._reader.text_reader

    def find_words(self, side: LabelledRows) -> WordRows | None:
        """Return the words of training products; None where they are not read."""
        if not self.reads or not self.config.model.words:
            return None
        pieces = (tokens for variant in VARIANTS for tokens in self._pieces(side.rows, variant))
        return WordRows.of(pieces, self.text_reader.vocabulary)

    def embed(self, side: LabelledRows, words: WordRows | None, name: str) -> FixedSide:
        """Embed the products of a side, as far as they are not known from an earlier time.

        Args:
            side: The products.
            words: The words that have a row of their own.
            name: Of the side, for messages.
        """
        rows = side.rows
        logger.info(f"Embedding {len(rows):,} {name} products, as far as it was not done before.")
        have = np.array(
            [[self.reads and bool(r.name), self.reads and bool(r.description), False] for r in rows]
        ).reshape(len(rows), len(PARTS))
        told = TimeLeft(f"Embedding {name} products", len(rows) * len(VARIANTS))
        whole = self._embed(rows, told)
        image = whole.image if self.sees else None
        if image is not None:
            have[:, 2] = whole.present[:, 1]
        text = None
        if self.reads and whole.text is not None:
            text = np.stack([whole.text] * len(VARIANTS), axis=1)
            both = np.flatnonzero(have[:, 0] & have[:, 1])
            for place, variant in enumerate(VARIANTS[1:], 1):
                alone = self._embed([rows[i] for i in both.tolist()], told, variant)
                text[both, place] = alone.text
        pieces = None
        if words is not None:
            tokens = [ids for variant in VARIANTS for ids in self._pieces(rows, variant)]
            looked_up = words.look_up(*self.text_reader.pad(tokens))
            pieces = looked_up.reshape(len(VARIANTS), len(rows), -1).transpose(1, 0, 2)
        return FixedSide(
            None if text is None else torch.from_numpy(text),
            None if pieces is None else torch.from_numpy(pieces.astype(np.int32)),
            None if image is None else torch.from_numpy(image),
            torch.from_numpy(have),
            torch.tensor(side.labels, dtype=torch.int64),
        )

    def parts_of(
        self, rows: Sequence[ProductRow], words: WordRows | None
    ) -> tuple[FixedParts, Tensor]:
        """Return whole products, and which of (text, image) each has, (N, 2)."""
        side = LabelledRows(tuple(rows), (0,) * len(rows), ((),) * len(rows))
        return self.embed(side, words, "odd").batch(torch.arange(len(rows)), None)

    def _embed(
        self, rows: Sequence[ProductRow], told: TimeLeft, parts: Sequence[str] = PARTS
    ) -> Any:
        shown = [part for part in parts if (self.sees if part == "image" else self.reads)]

        def products() -> Any:
            for row in rows:
                yield product_of_row(row, self.corpus, shown)
                told(1)

        return self.predictor.embed(products(), batch_size=AT_ONCE)

    def _pieces(self, rows: Sequence[ProductRow], parts: Sequence[str]) -> list[list[int]]:
        read = [self._reader.read(product_of_row(row, self.corpus, parts)) for row in rows]
        texts = [(parts.name, parts.description) for parts in read]
        tokens = iter(self.text_reader.tokenize([text for text in texts if any(text)]))
        return [next(tokens) if any(text) else [] for text in texts]
