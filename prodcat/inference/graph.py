"""One ONNX graph of a model, run through onnxruntime, and what it can be run on."""

import threading
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import Float32Array
from prodcat.errors import InputError, ModelError, ModelNotFoundError
from prodcat.modeldir.graph_checks import check_graph

PROVIDERS = {
    "cpu": ("CPUExecutionProvider",),
    "cuda": ("CUDAExecutionProvider", "CPUExecutionProvider"),
}
"""Device → what onnxruntime computes with, the first where it can."""

SLOW_FUSIONS = ("SkipLayerNormFusion",)
"""What onnxruntime 1.31 fuses to its loss on the CPU: an addition and a layer normalization take
a third of the time of both in one; see experiments/LOG.md."""

MAX_WIDTH = 1 << 16
"""Of an embedding; the widest of people's encoders have a few thousand numbers."""

_ONLY_ERRORS = 3  # onnxruntime's severity; below it are notes that no user can act on


class Graph:
    """One ONNX graph; loaded on first use, safe to run from several threads.

    Args:
        file: The graph.
        inputs: Names of its inputs, in the order that `run` takes them.
        output: Name of its output.
        threads: Threads for one run.
        device: ``cpu`` or ``cuda``.
        optional: Name of a second output, which it may lack.
        read: Returns what is in the file, verified; None to read it as it lies.
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
        read: Callable[[], bytes] | None = None,
    ) -> None:
        self._read = read or file.read_bytes
        self.optional = optional
        self.file, self.inputs, self.output = file, tuple(inputs), output
        self.threads, self.device = threads, device
        self._lock = threading.Lock()
        self._session: Any = None

    @cached_property
    def width(self) -> int:
        """Numbers that it answers for each product.

        Raises:
            ModelError: If it does not say, or far too many.
        """
        shape = self.open().get_outputs()[0].shape or [None]
        if not isinstance(shape[-1], int) or not 0 < shape[-1] <= MAX_WIDTH:
            raise ModelError(
                f"{self.file} answers {shape[-1]!r:.50} numbers for each product; expected 1 to"
                f" {MAX_WIDTH:,}. Export the model again."
            )
        return shape[-1]

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what it answers."""
        return tuple(node.name for node in self.open().get_outputs())

    def run(self, *arrays: NDArray[Any]) -> Float32Array:
        """Return what it answers to a batch, (B, width).

        Args:
            arrays: Its inputs.

        Raises:
            ModelError: If it cannot be loaded or run, or answers NaN.
        """
        (answer,) = self._run(arrays, [self.output])
        return answer

    def run_both(self, *arrays: NDArray[Any]) -> tuple[Float32Array, Float32Array]:
        """Return its answer and its second output; arguments and errors are those of `run`."""
        assert self.optional is not None
        answer, second = self._run(arrays, [self.output, self.optional])
        return answer, second

    def _run(self, arrays: Sequence[NDArray[Any]], outputs: list[str]) -> list[Float32Array]:
        session = self.open()
        try:
            answers: list[Float32Array] = session.run(
                outputs, dict(zip(self.inputs, arrays, strict=True))
            )
        except Exception as error:  # onnxruntime's errors share no base class
            raise ModelError(f"{self.file} cannot be run: {_first_line(error)}") from error
        if not all(np.isfinite(answer).all() for answer in answers):
            raise ModelError(f"{self.file} answers NaN or infinity; export the model again.")
        return answers

    def open(self) -> Any:
        """Return onnxruntime's session."""
        if self._session is None:
            with self._lock:
                if self._session is None:
                    self._session = self._load()
        return self._session

    def _load(self) -> Any:
        from prodcat.inference.runtime import onnxruntime

        # The very bytes that are checked are loaded; a path would be read once more, with whatever
        # lies there by then. So no graph knows a folder that it could read other files of.
        content = self._content()
        check_graph(content, self.file)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = _ONLY_ERRORS
        # Waiting threads would otherwise burn the cores that read and decode pictures.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.intra_op_num_threads = self.threads
        try:
            session = onnxruntime.InferenceSession(
                content,
                sess_options=options,
                providers=list(PROVIDERS[self.device]),
                disabled_optimizers=list(SLOW_FUSIONS) if self.device == "cpu" else None,
            )
        except Exception as error:  # onnxruntime's errors share no base class
            raise ModelError(f"{self.file} cannot be loaded: {_first_line(error)}") from error
        del content  # the session has its own; of a large model that is as much again
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

    def _content(self) -> bytes:
        try:
            return self._read()
        except FileNotFoundError as error:
            raise ModelNotFoundError(
                f"No model in {self.file.parent}: {self.file.name} is missing."
            ) from error
        except OSError as error:
            raise ModelError(f"{self.file} cannot be read: {error.strerror}.") from error


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
