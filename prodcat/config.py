"""The settings of one run: frozen dataclasses, read from YAML, changed with ``--set``.

A field's docstring stands under it and is its only documentation; defaults are
our recommendation and exist only here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from prodcat.decision.accuracies import DEFAULT_ACCURACY
from prodcat.decision.guarantee import DEFAULT_CONFIDENCE, HIGHEST_ACCURACY, LOWEST_ACCURACY
from prodcat.errors import ConfigError
from prodcat.settings import build_section, read_settings


def _need(holds: bool, message: str) -> None:
    if not holds:
        raise ConfigError(message)


@dataclass(frozen=True)
class DataConfig:
    """Which products train, and which judge."""

    split: Literal["auto", "corpus", "grouped"] = "auto"
    """``corpus`` keeps the corpus's own split, ``grouped`` makes one that keeps near-duplicates
    together, unless they are too many; ``auto`` keeps the corpus's where it has one."""
    min_products: int = 3
    """Categories with fewer training products are left out, and reported."""
    val_share: float = 0.1
    """Share of products for validation, within two points from 100 products on, when the split is
    made here; where the corpus's own has none, share of its training products that is taken."""
    test_share: float = 0.1
    """Share for the test, when the split is made here; within two points as well."""
    workers: int = 1
    """Processes that decode pictures while the network trains; 0 decodes in its own process."""

    def __post_init__(self) -> None:
        _need(self.min_products >= 1, f"data.min_products ({self.min_products}) must be 1 or more.")
        _need(
            self.val_share > 0 and self.test_share >= 0 and self.val_share + self.test_share < 0.9,
            f"data.val_share ({self.val_share}) must be above 0, and with data.test_share"
            f" ({self.test_share}) below 0.9, or nothing is left to train on.",
        )
        _need(self.workers >= 0, f"data.workers ({self.workers}) must be 0 or more.")


@dataclass(frozen=True)
class TextConfig:
    """How name and description are read."""

    encoder: str = "sentence-transformers/all-MiniLM-L6-v2"
    """A BERT-family encoder: local folder or hub name; ``none`` for no text."""
    max_tokens: int = 48
    """Word pieces of name and description together; the longer of both is cut first."""
    description: Literal["always", "alone"] = "always"
    """``alone`` reads a description only where there is no name: quicker, and better where names
    say it all."""
    layers: int = 0
    """How many of the encoder's layers to keep, evenly spread from the first to the last; 0 for
    all. Time per word goes down with them."""
    vocabulary: Literal["all", "seen"] = "all"
    """``seen`` keeps the word pieces of the training products alone, and reads others as
    unknown: a smaller model of the same speed."""
    pooling: Literal["mean", "cls"] = "mean"
    """How token embeddings become one: their mean, or the first token's."""
    frozen: bool = False
    """Keep the encoder as it is; its embeddings are then computed once and cached."""
    dropout: float = 0.0
    """BERT's own dropout while fine-tuning; takes time on a CPU."""
    drop: float = 0.1
    """Share of training products whose name and description are withheld, so that the model
    is good without them."""
    drop_name: float = 0.1
    """Share of training products whose name alone is withheld."""
    drop_description: float = 0.5
    """Share of training products whose description alone is withheld."""
    mask_name: float = 0.1
    """Share of training names that lose the words of the category tree ("Puma Men Black Shoes"
    becomes "Puma Black"), so that the model learns from what is left, and from the picture. A
    frozen encoder reads names once, whole."""

    def __post_init__(self) -> None:
        _need(self.max_tokens >= 4, f"text.max_tokens ({self.max_tokens}) must be 4 or more.")
        _need(self.layers >= 0, f"text.layers ({self.layers}) must be 0 or more.")
        for key in ("dropout", "drop", "drop_name", "drop_description", "mask_name"):
            share = getattr(self, key)
            _need(0 <= share < 1, f"text.{key} ({share}) must be from 0 to below 1.")


@dataclass(frozen=True)
class ImageConfig:
    """How pictures are seen."""

    encoder: str = "mobilenet_v2"
    """Any classification network of torchvision by name (resnet18, mobilenet_v3_small,
    efficientnet_b0 …), ``small_cnn`` and the deep ``vgg_cnn`` for ours from scratch, ``none``
    for no pictures."""
    weights: str = "torchvision"
    """``torchvision`` downloads its weights, ``none`` starts at random, else a local
    safetensors file."""
    height: int = 128
    width: int = 96
    fit: Literal["letterbox", "squash", "crop"] = "letterbox"
    """How a picture of another shape becomes ours: white bars, stretching, or cutting."""
    frozen: bool = False
    """Keep the encoder as it is; its embeddings are then computed once and cached."""
    drop: float = 0.1
    """Share of training products whose picture is withheld."""
    augment: Literal["none", "light", "strong"] = "strong"
    """Changes made to training pictures: ``light`` flips, shifts and shades them a little,
    ``strong`` adds crops and erased patches."""

    def __post_init__(self) -> None:
        for key in ("height", "width"):
            size = getattr(self, key)
            _need(16 <= size <= 1024, f"image.{key} ({size}) must be from 16 to 1024 pixels.")
        _need(0 <= self.drop < 1, f"image.drop ({self.drop}) must be from 0 to below 1.")


@dataclass(frozen=True)
class ModelConfig:
    """How both embeddings become one answer."""

    fusion: Literal["concat", "gated", "attention"] = "concat"
    dim: int = 384
    """Width of the fused embedding."""
    dropout: float = 0.1
    start: str = "none"
    """A model directory whose weights to start from, where they fit; ``none`` for none."""
    encoders: str = "none"
    """A model directory whose encoders are taken as they are, ``bundled`` for that of the model
    that comes with prodcat: nothing is downloaded, and what is learnt on top is linear, within a
    minute. How texts and pictures are read is then that model's, and neither fusion, ``dim`` nor
    the settings of fine-tuning count. ``none`` for the encoders of ``text`` and ``image``."""
    words: int = 128
    """Numbers for each word piece of the shop's own, beside ``encoders``; 0 reads no words."""

    def __post_init__(self) -> None:
        _need(self.dim >= 8 and self.dim % 4 == 0, f"model.dim ({self.dim}) must be 8, 12, 16 …")
        _need(0 <= self.dropout < 1, f"model.dropout ({self.dropout}) must be from 0 to below 1.")
        _need(self.words >= 0, f"model.words ({self.words}) must not be negative.")


@dataclass(frozen=True)
class TrainConfig:
    """How it is trained."""

    lr: float = 1e-3
    """Highest learning rate of the fusion and the head."""
    text_lr: float = 1e-4
    """Highest learning rate of the text encoder."""
    image_lr: float = 6e-4
    """Highest learning rate of the image encoder."""
    weight_decay: float = 0.01
    warmup: float = 0.1
    """Share of all steps during which the learning rates rise; then they fall by a cosine."""
    batch_size: int = 64
    max_epochs: int = 5
    best_by: Literal["val_macro_f1", "val_accuracy", "val_loss"] = "val_loss"
    """Which measure says the best epoch, the one that is kept. Macro-F1 and accuracy jump with
    single products of small categories; the loss does not."""
    patience: int = 3
    """Epochs without a better one before stopping early."""
    clip: float = 1.0
    """Longest gradient, by its norm."""
    loss: Literal["cross_entropy", "hierarchical"] = "cross_entropy"
    label_smoothing: float = 0.05
    hierarchy_weight: float = 0.5
    """Weight of the ancestors' part in the hierarchical loss."""
    class_weights: float = 0.0
    """Power of inverse class size that weighs the loss: 0 all alike, 1 fully balanced."""
    sampler: Literal["shuffle", "balanced"] = "shuffle"
    """``balanced`` draws small categories more often."""
    balance: float = 0.5
    """Power of inverse class size with which the balanced sampler draws: 0 as they are, 1 alike."""
    side_loss: float = 0.5
    """Weight of two further losses, of products with both parts as if they had the text alone
    and the picture alone; keeps each encoder good by itself."""
    ema: float = 0.998
    """Decay of the averaged weights that are kept and judged; 0 for none."""
    precision: Literal["auto", "32", "bf16"] = "auto"
    """``auto`` uses bfloat16 where the processor computes in it, else float32."""
    compile: Literal["auto", "yes", "no"] = "auto"
    """Compile the image encoder before training, which takes about a minute and speeds it up;
    ``auto`` does for long trainings on a CPU, where there is a C++ compiler."""
    seed: int = 0
    checkpoint_minutes: float = 5.0
    """Longest time of work that a kill can cost."""
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    devices: int = 1
    strategy: str = "auto"
    """Lightning's strategy, such as ``ddp``."""

    def __post_init__(self) -> None:
        _need(
            self.patience >= 1 and self.max_epochs >= 1,
            f"train.patience ({self.patience}) and train.max_epochs ({self.max_epochs})"
            " must be 1 or more.",
        )
        for key in ("lr", "text_lr", "image_lr", "clip", "checkpoint_minutes"):
            _need(getattr(self, key) > 0, f"train.{key} ({getattr(self, key)}) must be above 0.")
        for key in ("warmup", "label_smoothing", "ema"):
            share = getattr(self, key)
            _need(0 <= share < 1, f"train.{key} ({share}) must be from 0 to below 1.")
        for key in ("weight_decay", "class_weights", "balance", "hierarchy_weight", "side_loss"):
            _need(
                getattr(self, key) >= 0, f"train.{key} ({getattr(self, key)}) must not be negative."
            )
        _need(
            self.batch_size >= 1 and self.devices >= 1,
            f"train.batch_size ({self.batch_size}) and train.devices ({self.devices})"
            " must be 1 or more.",
        )


@dataclass(frozen=True)
class DistillConfig:
    """Learning from what other models answer, too (Hinton et al. 2015, arXiv:1503.02531).

    So a small model comes close to a large one, or to several.
    """

    teachers: tuple[str, ...] = ()
    """Model directories, which must know every category that is learnt; the mean of their
    log-probabilities, for all that there is of a training product, is what they teach."""
    weight: float = 0.5
    """Share of the loss that is theirs; the rest is the labels'."""
    temperature: float = 2.0
    """Divides the logits of teachers and student: above 1, unlikely categories count more."""

    def __post_init__(self) -> None:
        _need(0 < self.weight <= 1, f"distill.weight ({self.weight}) must be above 0, at most 1.")
        _need(self.temperature > 0, f"distill.temperature ({self.temperature}) must be above 0.")


@dataclass(frozen=True)
class ExportConfig:
    """What is handed on for use."""

    quantize: Literal["none", "int8"] = "none"
    """``int8`` stores weights as integers and computes with them: a quarter of the size, twice the
    speed, hardly another answer."""
    name_view: float = 1.0
    """A product that has more than a name is answered from its name alone as well; these logits
    are added with this weight, 0 to 1. It costs another run over few words; 0 for one answer."""
    tolerance: float = 1e-3
    """Largest difference of float32 logits between torch and the exported model."""
    keep_weights: bool = True
    """Keep ``weights.safetensors`` in the run, for ``model.start`` of another to continue from."""
    default_accuracy: float = DEFAULT_ACCURACY
    """The accuracy that answers keep when the caller asks for none."""
    confidence: float = DEFAULT_CONFIDENCE
    """How sure each promised accuracy is to hold for the products to come."""
    about: str = "none"
    """A paragraph for the model card: where the products come from, under which licence."""

    def __post_init__(self) -> None:
        _need(self.tolerance > 0, f"export.tolerance ({self.tolerance}) must be above 0.")
        _need(0 <= self.name_view <= 1, f"export.name_view ({self.name_view}) must be from 0 to 1.")
        low, high = LOWEST_ACCURACY, HIGHEST_ACCURACY
        told = f"export.default_accuracy ({self.default_accuracy}) must be from {low} to {high}."
        _need(low <= self.default_accuracy <= high, told)
        _need(0 < self.confidence < 1, f"export.confidence ({self.confidence}) must be a share.")


@dataclass(frozen=True)
class RunConfig:
    """All the settings of one run."""

    data: DataConfig = field(default_factory=DataConfig)
    text: TextConfig = field(default_factory=TextConfig)
    image: ImageConfig = field(default_factory=ImageConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    distill: DistillConfig = field(default_factory=DistillConfig)
    export: ExportConfig = field(default_factory=ExportConfig)

    def __post_init__(self) -> None:
        _need(
            self.text.encoder != "none" or self.image.encoder != "none",
            "text.encoder and image.encoder are both none: there is nothing to learn from.",
        )
        if self.model.encoders != "none":
            _need(
                self.model.start == "none" and not self.distill.teachers,
                "model.encoders takes encoders as they are, and neither model.start nor"
                " distill.teachers has a part in it: leave these out, or model.encoders.",
            )


def load_config(
    path: Path | None = None,
    overrides: Sequence[str] = (),
    *,
    base: Mapping[str, Any] | None = None,
) -> RunConfig:
    """Read a run's settings.

    Args:
        path: A YAML file with some of the settings; the others keep their defaults.
        overrides: Single changes such as ``"train.lr=1e-3"``, applied in order.
        base: Settings in place of the defaults, which the file and then the changes change.

    Raises:
        ConfigError: If a setting is unknown or its value does not fit.
    """
    return config_from_dict(read_settings(path, overrides, base=base))


def config_from_dict(data: Mapping[str, Any]) -> RunConfig:
    """Build the settings from nested plain data, as YAML gives them.

    >>> config_from_dict({"train": {"lr": 0.01}}).train.lr
    0.01
    >>> config_from_dict({"train": {"pacience": 3}})
    Traceback (most recent call last):
    prodcat.errors.ConfigError: Unknown setting train.pacience. Did you mean train.patience?
    """
    return build_section(RunConfig, data)
