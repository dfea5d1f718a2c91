"""onnxruntime, with its telemetry switched off: loaded here, and nowhere else.

Left alone, it writes a device id and a queue of events under the user's cache as soon as it is
loaded, from 1.29 on, and seconds later looks for its maker's collector on the network.
"""

import os
from typing import Any

# Read while it is loaded, so later is too late. Processes that this one starts inherit it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

# Windows has no such variable: events go to the system, which may hand them on.
onnxruntime.disable_telemetry_events()

__all__ = ["load_quantization", "onnxruntime"]


def load_quantization() -> Any:
    """Return onnxruntime's module that turns graphs into integers; it needs onnx."""
    import onnxruntime.quantization.shape_inference

    return onnxruntime.quantization
