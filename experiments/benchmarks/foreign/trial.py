"""One branch left out: a head that has never seen it, and what it says of all products."""

import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch_lightning import seed_everything
from torch import Tensor, nn

from experiments.baselines.neighbours import side_by_side
from experiments.benchmarks.foreign.products import Branch
from experiments.benchmarks.foreign.scores import (
    OF_LOGITS,
    fit_mahalanobis,
    fit_neighbours,
)
from prodcat.arrays import BoolArray, Float64Array, IntArray
from prodcat.batches.datamodule import ProductDataModule
from prodcat.batches.embedded import EmbeddedDataset
from prodcat.config import RunConfig
from prodcat.network.classifier import Embeddings, ProductClassifier
from prodcat.network.fusion import build_fusion
from prodcat.runs.directory import RunDir
from prodcat.taxonomy.paths import CategoryPath
from prodcat.training.checkpoints import BEST
from prodcat.training.losses import build_loss
from prodcat.training.task import CategorizationTask
from prodcat.training.trainer import build_trainer, ignore_advice

FULL, NAME = "all parts", "name alone"
PATTERNS = {FULL: "name+description+image", NAME: "name"}
VARIANTS = {FULL: 0, NAME: 1}
"""Which of a product's text embeddings each reads; see `EmbeddedDataset`."""


@dataclass(frozen=True)
class Answered:
    """What the head says of the validation products, of either kind."""

    places: IntArray
    """Place of each on its side of the split, (N,): those that have what is read."""
    labels: IntArray
    """Index among the kept leaves, (N,); -1 for a foreign product."""
    logits: Float64Array
    """(N, C)."""
    scores: dict[str, Float64Array]
    """How novel each product is, (N,), by each score."""

    @property
    def foreign(self) -> BoolArray:
        """Which products are of the branch left out, (N,)."""
        return self.labels < 0


class Encoder(nn.Module):
    """Stands for a frozen encoder whose embeddings are known."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim, self.compiled = dim, None


def try_branch(
    branch: Branch,
    sides: Mapping[str, EmbeddedDataset],
    leaf_paths: tuple[CategoryPath, ...],
    config: RunConfig,
) -> dict[str, Answered]:
    """Train without the branch, and answer the validation products by each of `PATTERNS`."""
    paths = tuple(leaf_paths[i] for i in branch.kept)
    numbers = {leaf: i for i, leaf in enumerate(branch.kept.tolist())}
    labels = {k: np.array([numbers.get(i, -1) for i in d.labels]) for k, d in sides.items()}
    kept = {side: take(data, labels[side]) for side, data in sides.items()}
    classifier = train_head(kept, paths, config)
    answered = {}
    for pattern in PATTERNS:
        # Products without a name have nothing to be told by it alone.
        told = np.flatnonzero(given(sides["val"], pattern).any(dim=1).numpy())
        logits = score(classifier, sides["val"], pattern, config.export.name_view)[told]
        known = embeddings(kept["train"], pattern)
        some = embeddings(sides["val"], pattern)[told]
        scores = {name: rule(logits) for name, rule in OF_LOGITS.items()}
        scores["distance to means"] = fit_mahalanobis(known, np.array(kept["train"].labels))(some)
        scores["distance to neighbours"] = fit_neighbours(known)(some)
        answered[pattern] = Answered(told, labels["val"][told], logits, scores)
    return answered


def take(data: EmbeddedDataset, labels: IntArray) -> EmbeddedDataset:
    """Return the products that have a label."""
    rows = torch.from_numpy(np.flatnonzero(labels >= 0))
    chosen = labels[labels >= 0].tolist()
    return EmbeddedDataset(data.text[rows], data.image[rows], data.have[rows], chosen, data.dropout)


def train_head(
    sides: Mapping[str, EmbeddedDataset], paths: tuple[CategoryPath, ...], config: RunConfig
) -> ProductClassifier:
    """Train fusion and head by the recipe, and return those of the best epoch."""
    seed_everything(config.train.seed, workers=True, verbose=False)
    train, val = sides["train"], sides["val"]
    text: Any = Encoder(train.text.shape[-1])
    image: Any = Encoder(train.image.shape[-1])
    classifier = ProductClassifier(
        text,
        image,
        build_fusion(config.model.fusion, config.model.dim),
        dim=config.model.dim,
        categories=len(paths),
        dropout=config.model.dropout,
    )
    counts = np.bincount(train.labels, minlength=len(paths)).tolist()
    task = CategorizationTask(classifier, build_loss(config.train, paths, counts), config.train)
    data = ProductDataModule(train, train.labels, val, collate=None, config=config.train)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        ignore_advice(config)
        run = RunDir(Path(folder) / "run")
        run.prepare(config)
        build_trainer(config, run).fit(task, datamodule=data)
        best = torch.load(run.checkpoints / BEST, weights_only=True)["state_dict"]
    task.load_state_dict(best)
    return classifier.eval()


def score(
    classifier: ProductClassifier, data: EmbeddedDataset, pattern: str, name_view: float
) -> Float64Array:
    """Return the logits that a predictor would give, (N, C): those of the name are added."""
    with torch.inference_mode():
        text = data.text[:, VARIANTS[pattern]]
        logits = classifier.score(Embeddings(text, data.image), given(data, pattern))
        if pattern == FULL and name_view:
            name = Embeddings(data.text[:, VARIANTS[NAME]], data.image)
            several = (data.have[:, 0] & (data.have.sum(dim=1) > 1)).unsqueeze(1)
            logits = logits + name_view * several * classifier.score(name, given(data, NAME))
    return logits.double().numpy()


def given(data: EmbeddedDataset, pattern: str) -> Tensor:
    """Return which of (text, image) is given of each product, (N, 2) bool."""
    name, description, image = data.have.T
    if pattern == NAME:
        return torch.stack([name, torch.zeros_like(name)], dim=1)
    return torch.stack([name | description, image], dim=1)


def embeddings(data: EmbeddedDataset, pattern: str) -> Float64Array:
    """Return what is fused, side by side, (N, D); zeros for what is not given."""
    parts = data.text[:, VARIANTS[pattern]]
    text = torch.where(given(data, pattern)[:, :1], parts, 0.0)
    image = torch.where(given(data, pattern)[:, 1:], data.image, 0.0)
    shown = [text] if pattern == NAME else [text, image]
    return side_by_side([part.double().numpy() for part in shown])
