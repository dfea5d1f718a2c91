"""Runs a model's ONNX graphs, through onnxruntime.

A model is three graphs: one for each encoder, and the head, which fuses both embeddings
and scores the leaves. So a product without a picture pays for none.
"""

import threading
from collections.abc import Sequence
from contextlib import redirect_stdout
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import BoolArray, Float32Array, IntArray, UInt8Array
from prodcat.errors import InputError, ModelError, ModelNotFoundError
from prodcat.modeldir.format import HEAD_ONNX, IMAGE_ONNX, TEXT_ONNX
from prodcat.modeldir.reading import ModelDir

PROVIDERS = {
    "cpu": ("CPUExecutionProvider",),
    "cuda": ("CUDAExecutionProvider", "CPUExecutionProvider"),
}
"""Device → what onnxruntime computes with, the first where it can."""

SLOW_FUSIONS = ("SkipLayerNormFusion",)
"""What onnxruntime 1.31 fuses to its loss on the CPU: an addition and a layer normalization take
a third of the time of both in one; see experiments/LOG.md."""

FUSED = "fused"
"""The head's second output: the joined vector that it scores the leaves from."""

_ONLY_ERRORS = 3  # onnxruntime's severity; below it are notes that no user can act on


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
        self.text = self.image = None
        if model.text is not None:
            tokens = ("input_ids", "attention_mask")
            self.text = Graph(model.folder / TEXT_ONNX, tokens, "text", threads, device)
        if model.image is not None:
            self.image = Graph(
                model.folder / IMAGE_ONNX, ("pixel_values",), "image", threads, device
            )
        parts = [graph.output for graph in (self.text, self.image) if graph is not None]
        inputs = (*parts, "present")
        self.head = Graph(
            model.folder / HEAD_ONNX, inputs, "logits", threads, device, optional=FUSED
        )
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
        return self.text.run(input_ids, attention_mask)

    def embed_images(self, pixel_values: UInt8Array) -> Float32Array:
        """Return the embeddings of pictures, (B, D).

        Args:
            pixel_values: RGB, (B, 3, H, W).

        Raises:
            ModelError: If the graph cannot be loaded or run.
        """
        assert self.image is not None
        return self.image.run(pixel_values)

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
        logits = self._run_head(text, image, present, "logits")
        if logits.shape != (len(present), self.categories):
            raise ModelError(
                f"{self.head.file} answers {logits.shape[-1]} logits, but the model has"
                f" {self.categories} categories; its files do not belong together."
            )
        return logits

    @property
    def fuses(self) -> bool:
        """Whether the head tells the joined vector; linear and older models' heads do not."""
        return FUSED in self.head.outputs

    def fuse(
        self, text: Float32Array | None, image: Float32Array | None, present: BoolArray
    ) -> Float32Array:
        """Return what the head joins the embeddings of a batch to, before it scores, (B, D).

        Args:
            text: See `score`.
            image: See `score`.
            present: See `score`.

        Raises:
            ModelError: If the graph cannot be loaded or run, or does not tell it.
        """
        if not self.fuses:
            raise ModelError(f"{self.head.file} tells no joined vector; export the model again.")
        fused = self._run_head(text, image, present, FUSED)
        if fused.ndim != 2 or len(fused) != len(present):
            raise ModelError(
                f"{self.head.file} answers joined vectors of shape {fused.shape} to"
                f" {len(present)} products; export the model again."
            )
        return fused

    def _run_head(
        self, text: Float32Array | None, image: Float32Array | None, present: BoolArray, output: str
    ) -> Float32Array:
        if len(present) == 1:
            # A single row is multiplied in another way, with other last digits.
            twice = [None if part is None else part.repeat(2, axis=0) for part in (text, image)]
            return self._run_head(twice[0], twice[1], present.repeat(2, axis=0), output)[:1]
        parts = [text if self.text is not None else None, image if self.image is not None else None]
        given = (part for part in parts if part is not None)
        return self.head.run(*given, present, output=output)


class Graph:
    """One ONNX graph; loaded on first use, safe to run from several threads.

    Args:
        file: The graph.
        inputs: Names of its inputs, in the order that `run` takes them.
        output: Name of its output.
        threads: Threads for one run.
        device: ``cpu`` or ``cuda``.
        optional: Name of a second output, which it may lack.
    """

    def __init__(
        self,
        file: Path,
        inputs: Sequence[str],
        output: str,
        threads: int = 1,
        device: str = "cpu",
        *,
        optional: str | None = None,
    ) -> None:
        self.optional = optional
        self.file, self.inputs, self.output = file, tuple(inputs), output
        self.threads, self.device = threads, device
        self._lock = threading.Lock()
        self._session: Any = None

    @cached_property
    def width(self) -> int:
        """Numbers that it answers for each product."""
        return int(self.open().get_outputs()[0].shape[-1])

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what it answers."""
        return tuple(node.name for node in self.open().get_outputs())

    def run(self, *arrays: NDArray[Any], output: str | None = None) -> Float32Array:
        """Return what it answers to a batch, (B, width).

        Args:
            arrays: Its inputs.
            output: Which of its outputs; None for the first.

        Raises:
            ModelError: If it cannot be loaded or run, or answers NaN.
        """
        session = self.open()
        try:
            (answer,) = session.run(
                [output or self.output], dict(zip(self.inputs, arrays, strict=True))
            )
        except Exception as error:  # onnxruntime's errors share no base class
            raise ModelError(f"{self.file} cannot be run: {_first_line(error)}") from error
        if not np.isfinite(answer).all():
            raise ModelError(f"{self.file} answers NaN or infinity; export the model again.")
        return answer

    def open(self) -> Any:
        """Return onnxruntime's session."""
        if self._session is None:
            with self._lock:
                if self._session is None:
                    self._session = self._load()
        return self._session

    def _load(self) -> Any:
        from prodcat.inference.runtime import onnxruntime

        if not self.file.is_file():
            raise ModelNotFoundError(
                f"No model in {self.file.parent}: {self.file.name} is missing."
            )
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = _ONLY_ERRORS
        # Waiting threads would otherwise burn the cores that read and decode pictures.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.intra_op_num_threads = self.threads
        try:
            session = onnxruntime.InferenceSession(
                str(self.file),
                sess_options=options,
                providers=list(PROVIDERS[self.device]),
                disabled_optimizers=list(SLOW_FUSIONS) if self.device == "cpu" else None,
            )
        except Exception as error:  # onnxruntime's errors share no base class
            raise ModelError(f"{self.file} cannot be loaded: {_first_line(error)}") from error
        if PROVIDERS[self.device][0] not in session.get_providers():
            # It would have gone on with the CPU, and told nobody.
            raise InputError(
                f"device is {self.device}, but onnxruntime cannot start {PROVIDERS[self.device][0]}"
                " here: its driver or libraries are missing. Install them, or leave the device out."
            )
        inputs = {node.name for node in session.get_inputs()}
        outputs = [node.name for node in session.get_outputs()]
        expected = ([self.output], [self.output, self.optional])
        if inputs != set(self.inputs) or outputs not in expected:
            raise ModelError(
                f"{self.file} takes {', '.join(sorted(inputs))} and answers {', '.join(outputs)};"
                f" expected {', '.join(self.inputs)}, and {self.output}."
            )
        return session


def check_device(device: str) -> None:
    """Refuse a device that the installed onnxruntime does not know.

    Raises:
        InputError: If it does not.
    """
    if device not in PROVIDERS:
        raise InputError(f"device is {device!r}; give one of: {', '.join(PROVIDERS)}.")
    if device == "cpu":
        return
    from prodcat.inference.runtime import onnxruntime

    if hasattr(onnxruntime, "preload_dlls"):  # finds the libraries that came as packages
        with redirect_stdout(None):
            onnxruntime.preload_dlls()
    if PROVIDERS[device][0] not in onnxruntime.get_available_providers():
        raise InputError(
            f"device is {device}, but the installed onnxruntime computes on the CPU alone; install"
            " onnxruntime-gpu in its place, or leave the device out."
        )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
