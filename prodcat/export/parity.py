"""Hand a trained network on as graphs, and prove that they answer as torch does."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from prodcat.batches.dataset import Batch, Collator, ProductDataset
from prodcat.config import RunConfig
from prodcat.corpus.product_row import ProductRow
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows, LearningTask
from prodcat.errors import ModelError
from prodcat.evaluation.answers import product_of_row
from prodcat.evaluation.measuring import uncalibrated
from prodcat.export.graphs import export_graphs, save_weights
from prodcat.export.odd_products import spread
from prodcat.export.quantize import Example, quantize_graphs
from prodcat.files import whole
from prodcat.inference.predictor import Predictor
from prodcat.inputs.tokens import TextReader
from prodcat.modeldir.format import IMAGE_ONNX, TEXT_ONNX, TOKENIZER
from prodcat.modeldir.writing import ModelFacts, write_model_dir
from prodcat.network.classifier import ProductClassifier

EXAMPLES = 256
EXAMPLES_AT_ONCE = 16


class GraphWriter:
    """Writes a run's graphs into a model directory.

    Args:
        classifier: The trained network.
        corpus: Holds the pictures.
        task: What was learnt, and from what.
        config: Settings of the run.
        tokenizer: The run's tokenizer file; not there for a model that reads no text.
    """

    def __init__(
        self,
        classifier: ProductClassifier,
        corpus: Corpus,
        task: LearningTask,
        config: RunConfig,
        tokenizer: Path,
    ) -> None:
        self.classifier = classifier
        self.corpus, self.task, self.config, self.tokenizer = corpus, task, config, tokenizer

    def write(
        self,
        facts: ModelFacts,
        sample: Sequence[ProductRow],
        folder: Path,
    ) -> dict[str, float]:
        """Write everything but the calibration and the card.

        Args:
            facts: What is known of the model.
            sample: Some products, to compare the answers for.
            folder: Where to write.

        Returns:
            The largest difference to torch's logits: of the graphs in floats, and, where the
            run asks for it, in integers.

        Raises:
            ModelError: If the graphs in floats answer otherwise than the network; it names the
                product that they differ most for.
        """
        classifier, export = self.classifier, self.config.export
        if self.tokenizer.is_file():
            shutil.copyfile(self.tokenizer, folder / TOKENIZER)
        # One at a time, so that no text is padded, as none is where the graphs are used.
        expected = torch_logits(classifier, self._batches(sample, at_once=1))
        size = self.config.image
        export_graphs(classifier, folder, height=size.height, width=size.width)
        by_product = self._differences(facts, folder, sample, expected)
        differences = {"float32": float(by_product.max(initial=0.0))}
        # Asked so, and not with `>`, a difference of NaN is refused as well.
        if not differences["float32"] <= export.tolerance:
            # Of several NaN, numpy names the first.
            worst = sample[int(by_product.argmax())]
            raise ModelError(
                "The exported model's logits differ from torch's by"
                f" {differences['float32']:.2g} for product {worst.id}, more than"
                f" export.tolerance ({export.tolerance:g}). Its answers cannot be trusted; raise"
                " the tolerance only if you know why."
            )
        if export.quantize == "int8":
            quantize_graphs(folder, self._examples())
            by_product = self._differences(facts, folder, sample, expected)
            differences["int8"] = float(by_product.max(initial=0.0))
        write_model_dir(folder, facts, uncalibrated(export.default_accuracy))
        return differences

    def save_weights(self, file: Path) -> None:
        """Write all weights as safetensors, to continue training from."""
        with whole(file) as temporary:
            save_weights(self.classifier, temporary)

    def _differences(
        self, facts: ModelFacts, folder: Path, rows: Sequence[ProductRow], expected: np.ndarray
    ) -> NDArray[np.float32]:
        """Return the largest difference of a logit, for each product."""
        facts = replace(facts, name_view=0.0)  # the network, too, answers once
        write_model_dir(folder, facts, uncalibrated(self.config.export.default_accuracy))
        logits = Predictor.load(folder).logits([product_of_row(row, self.corpus) for row in rows])
        by_product: NDArray[np.float32] = np.abs(logits - expected).max(axis=1)
        return by_product

    def _batches(
        self, rows: Sequence[ProductRow], at_once: int, *, describe: bool = True
    ) -> list[Batch]:
        """Read products as training does, but with nothing withheld or changed."""
        reader, text = None, self.config.text
        if text.encoder != "none":
            reader = TextReader(
                self.tokenizer, max_tokens=text.max_tokens, description=text.description
            )
        if not describe:
            rows = [replace(row, description="") if row.name else row for row in rows]
        # Neither labels nor paths are looked at.
        side = LabelledRows(tuple(rows), labels=(0,) * len(rows), paths=((),) * len(rows))
        products = ProductDataset(side, self.corpus.images, self.config.image)
        collate = Collator(reader, self.config.image)
        return [
            collate([products[i] for i in range(start, min(start + at_once, len(products)))])
            for start in range(0, len(products), at_once)
        ]

    def _examples(self) -> dict[str, list[Example]]:
        """Training products, evenly spread; of texts every other one without its description."""
        rows = self.task.sides["train"].rows
        chosen = [rows[place] for place in spread(len(rows), EXAMPLES)]
        texts = [replace(row, image_sha256=None) for row in chosen]
        # Where few products have a picture, few of those evenly spread would have one.
        seen = [row for row in rows if row.image_sha256]
        pictured = [
            replace(seen[place], name="", description="") for place in spread(len(seen), EXAMPLES)
        ]
        batches = [
            *self._batches(texts[::2], EXAMPLES_AT_ONCE),
            # Names alone are read as well: of products without a description, and by the name view.
            *self._batches(texts[1::2], EXAMPLES_AT_ONCE, describe=False),
            *self._batches(pictured, EXAMPLES_AT_ONCE),
        ]
        examples: dict[str, list[Example]] = {TEXT_ONNX: [], IMAGE_ONNX: []}
        for batch in batches:
            text, image = batch["present"].unbind(dim=1)
            if text.any():
                ids, mask = batch["input_ids"][text], batch["attention_mask"][text]
                examples[TEXT_ONNX].append(
                    {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
                )
            if image.any():
                examples[IMAGE_ONNX].append({"pixel_values": batch["pixel_values"][image].numpy()})
        return examples


def torch_logits(classifier: ProductClassifier, batches: Sequence[Batch]) -> NDArray[np.float32]:
    """Return what torch answers to *batches*, (N, C), for comparing with the exported model."""
    training = classifier.training
    classifier.eval()
    device = next(classifier.parameters()).device
    try:
        with torch.inference_mode():
            parts = [
                classifier(
                    batch["input_ids"].to(device),
                    batch["attention_mask"].to(device),
                    batch["pixel_values"].to(device),
                    batch["present"].to(device),
                )
                for batch in batches
            ]
        return torch.cat(parts).float().cpu().numpy()
    finally:
        classifier.train(training)
