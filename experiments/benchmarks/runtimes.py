"""How fast other runtimes run a model's text encoder, and whether they answer the same.

    python -m experiments.benchmarks.runtimes --model runs/floats/model --encoder FOLDER

onnxruntime as prodcat uses it, OpenVINO where it is installed, torch as it is and compiled by
inductor where ``--encoder`` names the encoder before it was fine-tuned. They take turns on the
same word pieces, drawn at random, each with one thread.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from experiments.benchmarks.answering.options import installed, processor
from experiments.benchmarks.section import Section, show_sections
from prodcat.errors import InputError, ProdcatError
from prodcat.inference.engine import Engine
from prodcat.modeldir.format import TEXT_ONNX
from prodcat.modeldir.reading import ModelDir, read_model_dir
from prodcat.wording import ABSENT

Run = Callable[[Any, Any], Any]
"""From word pieces and mask, (B, T) each, to embeddings, (B, D)."""

SHAPES = ((1, 12), (1, 48), (16, 12), (16, 48))
"""Texts at once, and word pieces of each."""
LEAST_PIECE = 1000
"""Special tokens are below it."""
BASE = "onnxruntime"
LIBRARIES = ("onnxruntime", "openvino", "torch")
ROUNDS = 20


def main() -> None:
    """Measure, print a table, and write it if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", help="a model directory; the bundled one if not given")
    parser.add_argument("--encoder", type=Path, help="text encoder for torch; without, no torch")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="runs of each")
    parser.add_argument("--markdown", type=Path, help="where to write the table as a page")
    options = parser.parse_args()
    try:
        model = read_model_dir(options.model)
        if model.text is None:
            raise InputError(f"{model.folder} reads no texts.")
        found = measure(runtimes(model, options.encoder), options.rounds)
    except ProdcatError as error:
        sys.exit(f"Error: {error}")
    versions = [f"{name} {number}" for name in LIBRARIES if (number := installed(name))]
    about = [f"{processor()}; {', '.join(versions)}. Model {model.name}, one thread."]
    show_sections("The text encoder in several runtimes", about, [lay_out(found)], options.markdown)


def runtimes(model: ModelDir, encoder: Path | None) -> dict[str, Run]:
    """Load the text encoder in every runtime that there is."""
    text = Engine(model).text
    assert text is not None
    found: dict[str, Run] = {BASE: text.run}
    if find_spec("openvino"):
        file = model.folder / TEXT_ONNX
        found["OpenVINO, float32"] = open_vino(file, "f32")
        found["OpenVINO, bfloat16"] = open_vino(file, "bf16")
    if encoder is not None:
        eager = torch_encoder(encoder)
        found["torch"] = eager
        found["torch, inductor"] = compiled(eager)
    return found


def open_vino(file: Path, precision: str) -> Run:
    """Load a graph in OpenVINO."""
    openvino: Any = __import__("openvino")
    settings = {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": 1,
        "NUM_STREAMS": 1,
    }
    request = openvino.Core().compile_model(file, "CPU", settings).create_infer_request()

    def run(input_ids: Any, attention_mask: Any) -> Any:
        request.infer({"input_ids": input_ids, "attention_mask": attention_mask})
        return request.get_output_tensor(0).data.copy()

    return run


def torch_encoder(folder: Path) -> Run:
    """Load an encoder of the same architecture in torch, the mean of its states on top."""
    import torch
    from transformers import AutoModel

    torch.set_num_threads(1)
    encoder: Any = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()

    def run(input_ids: Any, attention_mask: Any) -> Any:
        ids, mask = torch.as_tensor(input_ids), torch.as_tensor(attention_mask)
        with torch.no_grad():  # inductor does not compile in inference mode
            states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            weights = mask[..., None].to(states.dtype)
            return ((states * weights).sum(dim=1) / weights.sum(dim=1)).numpy()

    return run


def compiled(eager: Run) -> Run:
    """Compile it, for texts of any number and length."""
    import torch

    return torch.compile(eager, dynamic=True)


def measure(found: Mapping[str, Run], rounds: int) -> list[dict[str, Any]]:
    """Time each on texts of several shapes, and compare what they answer."""
    rng = np.random.default_rng(0)
    rows = []
    for texts, pieces in SHAPES:
        ids = rng.integers(LEAST_PIECE, 10 * LEAST_PIECE, (texts, pieces))
        inputs = ids, np.ones_like(ids)
        seconds: dict[str, list[float]] = {name: [] for name in found}
        answers = {name: run(*inputs) for name, run in found.items()}  # compiles, too
        for _ in range(rounds):
            for name, run in found.items():
                began = time.perf_counter()
                run(*inputs)
                seconds[name].append(time.perf_counter() - began)
        rows += [
            {
                "texts": texts,
                "pieces": pieces,
                "runtime": name,
                "ms": 1000 * statistics.median(taken) / texts,
                "difference": difference(answers[name], answers[BASE]),
            }
            for name, taken in seconds.items()
        ]
    return rows


def difference(found: Any, expected: Any) -> float:
    """Return the largest difference, as a share of the largest value; infinite beside NaN.

    >>> difference(np.array([1.0, 3.0]), np.array([1.0, 4.0]))
    0.25
    """
    if not np.isfinite(found).all():
        return np.inf
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def lay_out(rows: Sequence[Mapping[str, Any]]) -> Section:
    """Return the table."""
    base = {(r["texts"], r["pieces"]): r["ms"] for r in rows if r["runtime"] == BASE}
    cells = []
    for row in rows:
        shape = row["texts"], row["pieces"]
        other_weights = row["runtime"].startswith("torch")
        cells.append(
            [
                f"{row['texts']} x {row['pieces']}",
                row["runtime"],
                f"{row['ms']:.2f}",
                f"{base[shape] / row['ms']:.2f}",
                ABSENT if other_weights else f"{row['difference']:.2g}",
            ]
        )
    return Section(
        "By texts at once and word pieces of each",
        "Medians. The last column is the largest difference to what onnxruntime answers, as a"
        " share of its largest number; inf where an answer is none. torch has the weights of the"
        " encoder before it was fine-tuned.",
        ("texts", "runtime", "ms a text", "times as fast", "difference"),
        cells,
    )


if __name__ == "__main__":
    main()
