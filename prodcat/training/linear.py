"""Learn a linear classifier on what fixed encoders say: no fine-tuning, and all in memory."""

import logging
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from prodcat.arrays import Float32Array
from prodcat.batches.withholding import PartDropout
from prodcat.config import RunConfig
from prodcat.corpus.product_row import ProductRow
from prodcat.errors import ModelError
from prodcat.evaluation.answers import product_of_row
from prodcat.evaluation.measuring import uncalibrated
from prodcat.export.linear_graphs import round_words, write_linear
from prodcat.inference.predictor import Predictor
from prodcat.measures.metrics import accuracy, macro_f1
from prodcat.modeldir.writing import ModelFacts, write_model_dir
from prodcat.network.given import EmbeddedHead
from prodcat.network.linear import FixedParts, LinearClassifier
from prodcat.network.words import WordRows
from prodcat.runs.records import RunMetrics
from prodcat.training.context import RunContext
from prodcat.training.finish import finish_run
from prodcat.training.fixed_encoders import FixedEncoders, FixedSide
from prodcat.training.losses import build_loss
from prodcat.training.rates import rise_and_fall

logger = logging.getLogger(__name__)

AT_ONCE = 4096
"""Products that are judged together."""
OnEmbeddings = LinearClassifier | EmbeddedHead
"""What learns on embeddings alone."""


def train_linear(context: RunContext) -> RunMetrics:
    """Learn what a run shall learn, and finish it.

    Nothing is kept to go on from but the embeddings, which are nearly all of the time.

    Raises:
        ModelError: If the encoders cannot be used, or the exported model answers otherwise.
    """
    context = read_what_there_is(context)
    encoders = FixedEncoders(context.config, context.corpus)
    sides = {side: context.task.sides[side] for side in ("train", "val")}
    words = encoders.find_words(sides["train"])
    train, val = (encoders.embed(side, words, name) for name, side in sides.items())
    classifier = build_linear(train, words, context)
    history = fit_linear(classifier, train, val, context)
    round_words(classifier)
    best = min(row["val_loss"] for row in history) if history else float("nan")
    logger.info(f"Learnt in {len(history)} epochs; least validation loss {best:.4f}.")
    return finish_run(LinearWriter(classifier, words, encoders, context.config), context)


def read_what_there_is(context: RunContext) -> RunContext:
    """Read no pictures, or no texts, where no training product has any.

    A classifier that has learnt nothing from a part would answer it with whatever is frequent.
    """
    config, rows = context.config, context.task.sides["train"].rows
    if context.sees and not any(row.image_sha256 for row in rows):
        logger.info("No training product has a picture, so the model will read none.")
        config = replace(config, image=replace(config.image, encoder="none"))
    if context.reads and not any(row.name or row.description for row in rows):
        logger.info("No training product has a text, so the model will read none.")
        config = replace(config, text=replace(config.text, encoder="none"))
    return replace(context, config=config)


def build_linear(train: FixedSide, words: WordRows | None, context: RunContext) -> LinearClassifier:
    """Build the classifier, untrained, for embeddings such as those of the training products."""
    name, description, image = train.have.unbind(dim=1)
    with_text = name | description
    return LinearClassifier(
        None if train.text is None else train.text[with_text].flatten(0, 1),
        None if train.image is None else train.image[image],
        rows=0 if words is None else words.count,
        width=context.config.model.words,
        categories=len(context.task.leaf_ids),
    )


def fit_linear(
    classifier: OnEmbeddings,
    train: FixedSide,
    val: FixedSide,
    context: RunContext,
    *,
    started: bool = False,
) -> list[dict[str, float]]:
    """Train until it gets no better on the validation products, and keep its best state.

    Args:
        classifier: What is trained.
        train: The products that it learns from.
        val: Those that say which epoch was the best.
        context: The run.
        started: Whether it knows something already: its state before the first epoch is then
            kept where no epoch is better.

    Returns:
        A row for each epoch, as ``history.csv`` has them.
    """
    config, task = context.config, context.task
    settings = config.train
    loss = build_loss(settings, task.leaf_paths, task.counts)
    dropout = PartDropout.of(config.text, config.image)
    groups = [
        {
            "params": [p for p in classifier.parameters() if (p.ndim > 1) == is_matrix],
            # Biases are pulled to zero by nobody.
            "weight_decay": settings.weight_decay if is_matrix else 0.0,
        }
        for is_matrix in (True, False)
    ]
    optimizer = torch.optim.AdamW(groups, lr=settings.lr, fused=True)
    steps = settings.max_epochs * -(-len(train) // settings.batch_size)
    factor = rise_and_fall(steps, settings.warmup)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    sign = -1 if settings.best_by == "val_loss" else 1
    history: list[dict[str, float]] = []
    best, best_state, since = -float("inf"), deepcopy(classifier.state_dict()), 0
    if started:
        classifier.eval()
        best = sign * judge(classifier, val, loss)[settings.best_by]
    for epoch in range(1, settings.max_epochs + 1):
        began = time.monotonic()
        classifier.train()
        total = right = 0.0
        for rows in torch.split(torch.randperm(len(train)), settings.batch_size):
            parts, present = train.batch(rows, dropout)
            labels = train.labels[rows]
            logits = classifier(parts, present)
            main = loss(logits, labels)
            whole = main + settings.side_loss * side_losses(
                classifier, loss, parts, present, labels
            )
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(whole)
            optimizer.step()
            schedule.step()
            total += float(main.detach()) * len(rows)
            right += float((logits.argmax(dim=1) == labels).sum())
        classifier.eval()
        row: dict[str, float] = {
            "epoch": epoch,
            "train_loss": total / len(train),
            "train_accuracy": right / len(train),
            **judge(classifier, val, loss),
            "seconds": time.monotonic() - began,
        }
        history.append(row)
        context.run.write_history([_written(row) for row in history])
        since += 1
        if sign * row[settings.best_by] > best:
            best, since = sign * row[settings.best_by], 0
            best_state = deepcopy(classifier.state_dict())
        if since >= settings.patience:
            break
    classifier.load_state_dict(best_state)
    return history


def side_losses(
    classifier: OnEmbeddings,
    loss: nn.Module,
    parts: FixedParts,
    present: Tensor,
    labels: Tensor,
) -> Tensor:
    """Losses of the text and of the picture alone, of the products that have both.

    A mean over the batch, as `CategorizationTask` has it.
    """
    both = present.all(dim=1)
    total = classifier.bias.new_zeros(())
    if not both.any():
        return total
    some = FixedParts(*(None if part is None else part[both] for part in parts))
    for part in range(2):
        alone = torch.zeros(int(both.sum()), 2, dtype=torch.bool)
        alone[:, part] = True
        total = total + loss(classifier(some, alone), labels[both])
    return total * both.float().mean()


def judge(classifier: OnEmbeddings, side: FixedSide, loss: nn.Module) -> dict[str, float]:
    """Measure it on products with all of their parts."""
    logits = answers(classifier, side)
    predicted, true = logits.argmax(axis=1), side.labels.numpy()
    return {
        "val_loss": float(loss(torch.from_numpy(logits), side.labels)),
        "val_accuracy": float(accuracy(true, predicted)),
        "val_macro_f1": float(macro_f1(true, predicted)),
    }


def answers(classifier: OnEmbeddings, side: FixedSide) -> Float32Array:
    """Return the logits of whole products, (N, C)."""
    with torch.inference_mode():
        batches = torch.split(torch.arange(len(side)), AT_ONCE)
        logits = [classifier(*side.batch(rows, None)) for rows in batches]
    return torch.cat(logits).numpy()


class LinearWriter:
    """Writes a linear classifier into a model directory, and proves that it answers as here.

    Args:
        classifier: Trained, its words rounded.
        words: Which word pieces have a row.
        encoders: What it was trained on.
        config: Settings of the run.
    """

    def __init__(
        self,
        classifier: LinearClassifier,
        words: WordRows | None,
        encoders: FixedEncoders,
        config: RunConfig,
    ) -> None:
        self.classifier, self.words, self.encoders = classifier, words, encoders
        self.config = config

    def write(
        self, facts: ModelFacts, sample: Sequence[ProductRow], folder: Path
    ) -> dict[str, float]:
        """Write everything but the calibration and the card; see `GraphWriter.write`."""
        export = self.config.export
        write_linear(self.classifier, self.words, self.encoders.model.folder, folder)
        nothing = uncalibrated(export.default_accuracy)
        # The classifier, too, answers once.
        write_model_dir(folder, replace(facts, name_view=0.0), nothing)
        products = [product_of_row(row, self.encoders.corpus) for row in sample]
        with torch.inference_mode():
            expected = self.classifier(*self.encoders.parts_of(sample, self.words)).numpy()
        found = Predictor.load(folder).logits(products)
        by_product = np.abs(found - expected).max(axis=1)
        difference = float(by_product.max(initial=0.0))
        if not difference <= export.tolerance:
            worst = sample[int(by_product.argmax())]
            raise ModelError(
                f"The exported model's logits differ from those learnt by {difference:.2g} for"
                f" product {worst.id}, more than export.tolerance ({export.tolerance:g})."
            )
        write_model_dir(folder, facts, nothing)
        return {"float32": difference}

    def save_weights(self, file: Path) -> None:
        """Write nothing: what was learnt are the graphs, and the encoders are another model's."""


def _written(row: dict[str, float]) -> dict[str, object]:
    return {name: int(value) if name == "epoch" else f"{value:.6f}" for name, value in row.items()}
