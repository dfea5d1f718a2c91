"""How a classifier is trained, as a LightningModule."""

from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn

from prodcat.batches.dataset import Batch
from prodcat.batches.embedded import EmbeddedBatch
from prodcat.config import TrainConfig
from prodcat.measures.metrics import accuracy, macro_f1
from prodcat.network.classifier import Embeddings, ProductClassifier
from prodcat.training.losses import TeacherLoss
from prodcat.training.rates import rise_and_fall

FUSED = ("cpu", "cuda")
"""Devices on which AdamW takes a step in one pass over the weights."""


class CategorizationTask(LightningModule):
    """Train a classifier on batches of products.

    Args:
        classifier: The network.
        loss: Of (logits (B, C), label (B,)).
        config: Training settings.
        teachers: A further loss, against what other models answer.
        weight: Its share of the whole, 0 to 1.
    """

    def __init__(
        self,
        classifier: ProductClassifier,
        loss: nn.Module,
        config: TrainConfig,
        *,
        teachers: TeacherLoss | None = None,
        weight: float = 0.5,
    ) -> None:
        super().__init__()
        self.classifier, self.loss, self.config = classifier, loss, config
        self.teachers, self.weight = teachers, weight
        self._answers: list[tuple[Tensor, Tensor]] = []

    def training_step(self, batch: Batch | EmbeddedBatch, batch_idx: int) -> Tensor:
        """Return the loss of one batch."""
        embeddings = self._embed(batch)
        logits, loss = self._answer(embeddings, batch, stage="train")
        right = (logits.argmax(dim=1) == batch["label"]).float().mean()
        self.log("train_accuracy", right, on_step=False, on_epoch=True, batch_size=len(logits))
        if not self.config.side_loss:
            return loss
        return loss + self.config.side_loss * self._side_losses(embeddings, batch)

    def validation_step(self, batch: Batch | EmbeddedBatch, batch_idx: int) -> None:
        """Keep the answers of one batch."""
        logits, _ = self._answer(self._embed(batch), batch, stage="val")
        self._answers.append((logits.argmax(dim=1).cpu(), batch["label"].cpu()))

    def on_validation_epoch_end(self) -> None:
        """Measure the answers to all validation products, from all processes."""
        answered = torch.cat([answer for answer, _ in self._answers])
        labels = torch.cat([label for _, label in self._answers])
        self._answers.clear()
        if self.trainer.world_size > 1:
            parts: list[Any] = [None] * self.trainer.world_size
            torch.distributed.all_gather_object(parts, (answered, labels))
            answered = torch.cat([part[0] for part in parts])
            labels = torch.cat([part[1] for part in parts])
        predicted, true = answered.numpy(), labels.numpy()
        self.log("val_accuracy", float(accuracy(true, predicted)), prog_bar=True)
        self.log("val_macro_f1", float(macro_f1(true, predicted)), prog_bar=True)

    def configure_optimizers(self) -> Any:
        """AdamW with a rate for each part; rates rise linearly, then fall by a cosine."""
        optimizer = build_optimizer(self._parameter_groups())
        steps = max(1, int(self.trainer.estimated_stepping_batches))
        factor = rise_and_fall(steps, self.config.warmup)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def _answer(
        self, embeddings: Embeddings, batch: Batch | EmbeddedBatch, stage: str
    ) -> tuple[Tensor, Tensor]:
        logits = self.classifier.score(embeddings, batch["present"])
        loss = self._loss(logits, batch["label"], batch["row"])
        self.log(f"{stage}_loss", loss, on_step=False, on_epoch=True, batch_size=len(logits))
        return logits, loss

    def _loss(self, logits: Tensor, label: Tensor, row: Tensor) -> Tensor:
        loss: Tensor = self.loss(logits, label)
        if self.teachers is None or not self.training:
            return loss
        return (1 - self.weight) * loss + self.weight * self.teachers(logits, row)

    def _embed(self, batch: Batch | EmbeddedBatch) -> Embeddings:
        parts: Any = batch  # which of both kinds it is, its keys tell
        if "text" in parts:
            return Embeddings(parts["text"], parts["image"])
        return self.classifier.encode(
            parts["input_ids"], parts["attention_mask"], parts["pixel_values"], parts["present"]
        )

    def _side_losses(self, embeddings: Embeddings, batch: Batch | EmbeddedBatch) -> Tensor:
        """Losses of the text and of the picture alone, of the products that have both.

        A mean over the batch, to which products with one part add nothing: it is their answer.
        """
        present = batch["present"]
        both = present.all(dim=1)
        total = self.classifier.head.weight.new_zeros(())
        if not both.any():
            return total
        for part in range(2):
            alone = torch.zeros_like(present)
            alone[:, part] = both
            logits = self.classifier.score(embeddings, alone)
            total = total + self._loss(logits[both], batch["label"][both], batch["row"][both])
        return total * both.float().mean()

    def _parameter_groups(self) -> list[dict[str, Any]]:
        rates = {"text_encoder": self.config.text_lr, "image_encoder": self.config.image_lr}
        groups: dict[tuple[float, float], list[nn.Parameter]] = {}
        for name, parameter in self.classifier.named_parameters():
            if not parameter.requires_grad:
                continue
            lr = rates.get(name.split(".")[0], self.config.lr)
            # Biases and norms are pulled to zero by nobody.
            decay = self.config.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((lr, decay), []).append(parameter)
        return [
            {"params": parameters, "lr": lr, "weight_decay": decay}
            for (lr, decay), parameters in groups.items()
        ]


def build_optimizer(groups: list[dict[str, Any]]) -> torch.optim.AdamW:
    """Build AdamW, fused where it can be; it goes on from states of either kind."""
    places = {parameter.device.type for group in groups for parameter in group["params"]}
    fused = True if places <= set(FUSED) else None
    optimizer = torch.optim.AdamW(groups, fused=fused)
    # Lightning would refuse to clip, for the sake of gradients that are scaled; ours never are.
    optimizer._step_supports_amp_scaling = False

    def keep_fused(_: torch.optim.Optimizer, state: dict[str, Any]) -> dict[str, Any]:
        return state | {"param_groups": [g | {"fused": fused} for g in state["param_groups"]]}

    optimizer.register_load_state_dict_pre_hook(keep_fused)
    return optimizer
