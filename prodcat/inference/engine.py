"""Runs a model's ONNX graph on the CPU, through onnxruntime."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.errors import ModelError, ModelNotFoundError
from prodcat.inference.model_format import ONNX
from prodcat.product import PathLike

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]
UInt8Array = NDArray[np.uint8]
BoolArray = NDArray[np.bool_]

INPUTS = ("input_ids", "attention_mask", "pixel_values", "present")
_ONLY_ERRORS = 3  # onnxruntime's severity; below it are notes that no user can act on


class Engine:
    """One ONNX graph; safe to use from several threads at once.

    The graph is loaded on first use.

    Args:
        model_dir: Folder that holds ``model.onnx``.
        threads: Threads for one run; None for one per physical core.
    """

    def __init__(self, model_dir: PathLike, threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise ModelError(f"threads is {threads}; give at least 1, or None for all cores.")
        self.file = Path(model_dir) / ONNX
        self.threads = threads
        self._lock = threading.Lock()
        self._session: Any = None
        self._inputs: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs that this graph has, a part of `INPUTS`."""
        self._open()
        return self._inputs

    def run(
        self,
        input_ids: IntArray | None,
        attention_mask: IntArray | None,
        pixel_values: UInt8Array | None,
        present: BoolArray,
    ) -> FloatArray:
        """Return the leaf logits of a batch, (B, C).

        Inputs that the graph does not have are ignored.

        Args:
            input_ids: Tokens, (B, T); None for a model that reads no text.
            attention_mask: 1 for each token, 0 for padding, (B, T).
            pixel_values: RGB, (B, 3, H, W); None for a model that reads no pictures.
            present: Which of (text, image) each product has, (B, 2).

        Raises:
            ModelError: If the graph cannot be loaded or run.
        """
        session = self._open()
        arrays = (input_ids, attention_mask, pixel_values, present)
        given = dict(zip(INPUTS, arrays, strict=True))
        missing = [name for name in self._inputs if given[name] is None]
        if missing:
            raise ModelError(f"{self.file} needs {missing[0]}, which was not given.")
        try:
            (logits,) = session.run(["logits"], {name: given[name] for name in self._inputs})
        except Exception as error:  # onnxruntime's errors share no base class
            raise ModelError(f"{self.file} cannot be run: {_first_line(error)}") from error
        if not np.isfinite(logits).all():
            raise ModelError(f"{self.file} answers NaN or infinity; export the model again.")
        return logits

    def _open(self) -> Any:
        if self._session is None:
            with self._lock:
                if self._session is None:
                    self._inputs, self._session = self._load()
        return self._session

    def _load(self) -> tuple[tuple[str, ...], Any]:
        import onnxruntime

        if not self.file.is_file():
            raise ModelNotFoundError(f"No model in {self.file.parent}: {ONNX} is missing.")
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = _ONLY_ERRORS
        # Waiting threads would otherwise burn the cores that read and decode pictures.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if self.threads is not None:
            options.intra_op_num_threads = self.threads
        try:
            session = onnxruntime.InferenceSession(
                str(self.file), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors share no base class
            raise ModelError(f"{self.file} cannot be loaded: {_first_line(error)}") from error
        names = tuple(node.name for node in session.get_inputs())
        outputs = [node.name for node in session.get_outputs()]
        if not set(names) <= set(INPUTS) or outputs != ["logits"]:
            raise ModelError(
                f"{self.file} takes {', '.join(names)} and answers {', '.join(outputs)};"
                f" expected some of {', '.join(INPUTS)}, and logits."
            )
        return names, session


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
