"""Runs a model's ONNX graphs, through onnxruntime.

A model is three graphs: one for each encoder, and the head, which fuses both embeddings
and scores the leaves. So a product without a picture pays for none.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from numpy.typing import NDArray

from prodcat.arrays import BoolArray, Float32Array, IntArray, UInt8Array
from prodcat.errors import ModelError
from prodcat.inference.graph import Graph, check_device
from prodcat.modeldir.format import HEAD_ONNX, IMAGE_ONNX, TEXT_ONNX
from prodcat.modeldir.reading import ModelDir

FUSED = "fused"
"""The head's second output: the joined vector that it scores the leaves from."""


class Engine:
    """The graphs of one model; safe to use from several threads at once.

    Each graph is loaded on first use.

    Args:
        model: The model directory.
        threads: Threads for one run.
        device: ``cpu`` or ``cuda``.

    Raises:
        ModelError: If *threads* is less than 1.
        InputError: If the installed onnxruntime cannot use the device.
    """

    def __init__(self, model: ModelDir, threads: int = 1, device: str = "cpu") -> None:
        check_device(device)
        self.device = device
        if threads < 1:
            raise ModelError(f"threads is {threads}; give at least 1.")

        def graph(name: str, inputs: Sequence[str], output: str, more: str | None = None) -> Graph:
            file, read = model.folder / name, partial(model.content, name)
            return Graph(file, inputs, output, threads, device, optional=more, read=read)

        self.text = self.image = None
        if model.text is not None:
            self.text = graph(TEXT_ONNX, ("input_ids", "attention_mask"), "text")
        if model.image is not None:
            self.image = graph(IMAGE_ONNX, ("pixel_values",), "image")
        parts = [encoder.output for encoder in (self.text, self.image) if encoder is not None]
        self.head = graph(HEAD_ONNX, (*parts, "present"), "logits", FUSED)
        self.categories = len(model.labels)

    def embed_texts(self, input_ids: IntArray, attention_mask: IntArray) -> Float32Array:
        """Return the embeddings of texts, (B, D).

        Args:
            input_ids: Tokens, (B, T).
            attention_mask: 1 for each token, 0 for padding, (B, T).

        Raises:
            ModelError: If the graph cannot be loaded or run.
        """
        assert self.text is not None
        return _embedded(self.text, self.text.run(input_ids, attention_mask), len(input_ids))

    def embed_images(self, pixel_values: UInt8Array) -> Float32Array:
        """Return the embeddings of pictures, (B, D).

        Args:
            pixel_values: RGB, (B, 3, H, W).

        Raises:
            ModelError: If the graph cannot be loaded or run.
        """
        assert self.image is not None
        return _embedded(self.image, self.image.run(pixel_values), len(pixel_values))

    def score(
        self, text: Float32Array | None, image: Float32Array | None, present: BoolArray
    ) -> Float32Array:
        """Return the leaf logits of a batch, (B, C).

        Args:
            text: Embeddings, (B, D), anything where there is no text; None for a model that
                reads none.
            image: The same of pictures.
            present: Which of (text, image) each product has, (B, 2).

        Raises:
            ModelError: If the graph cannot be loaded or run, or answers nonsense.
        """
        inputs = self._head_inputs(text, image, present)
        logits = self.head.run(*inputs)
        self._check_logits(logits, inputs)
        return logits[: len(present)]

    @property
    def fuses(self) -> bool:
        """Whether the head tells the joined vector; linear and older models' heads do not."""
        return FUSED in self.head.outputs

    def score_and_fuse(
        self, text: Float32Array | None, image: Float32Array | None, present: BoolArray
    ) -> tuple[Float32Array, Float32Array]:
        """Return the leaf logits of a batch, (B, C), and what the head joined it to, (B, D).

        Args:
            text: See `score`.
            image: See `score`.
            present: See `score`.

        Raises:
            ModelError: If the graph cannot be loaded or run, answers nonsense, or does not tell
                the joined vector.
        """
        if not self.fuses:
            raise ModelError(f"{self.head.file} tells no joined vector; export the model again.")
        inputs = self._head_inputs(text, image, present)
        logits, fused = self.head.run_both(*inputs)
        self._check_logits(logits, inputs)
        if fused.ndim != 2 or len(fused) != len(logits):
            raise ModelError(
                f"{self.head.file} answers joined vectors of shape {fused.shape} to"
                f" {len(logits)} products; export the model again."
            )
        return logits[: len(present)], fused[: len(present)]

    def _head_inputs(
        self, text: Float32Array | None, image: Float32Array | None, present: BoolArray
    ) -> list[NDArray[Any]]:
        """Return what the head takes: a batch, of a single product twice that."""
        encoders = ((self.text, text), (self.image, image))
        arrays: list[NDArray[Any]] = [
            rows for encoder, rows in encoders if encoder is not None and rows is not None
        ]
        arrays.append(present)
        # A single row is multiplied in another way, with other last digits.
        return [rows.repeat(2, axis=0) for rows in arrays] if len(present) == 1 else arrays

    def _check_logits(self, logits: Float32Array, inputs: Sequence[NDArray[Any]]) -> None:
        if logits.shape != (len(inputs[-1]), self.categories):
            count = logits.shape[-1] if logits.ndim else 1
            raise ModelError(
                f"{self.head.file} answers {count} logits, but the model has"
                f" {self.categories} categories; its files do not belong together."
            )


def _embedded(encoder: Graph, rows: Float32Array, products: int) -> Float32Array:
    """Refuse embeddings of another shape than the graph says; what takes them would stumble."""
    if rows.shape != (products, encoder.width):
        raise ModelError(
            f"{encoder.file} answers embeddings of shape {rows.shape} to {products} products;"
            f" expected {encoder.width} numbers for each. Export the model again."
        )
    return rows
