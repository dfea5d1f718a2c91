"""How long a step of training takes on this machine, before and after each thing that speeds it up.

    python experiments/benchmarks/training_step.py --rounds 9 --json step.json

Each encoder is trained by itself, under a linear head, in bfloat16 as on processors that
compute in it. The cases of one size take turns, so that whatever else the machine does falls
on all alike; medians are compared, each with that of the first case.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from prodcat.config import ImageConfig, TextConfig
from prodcat.files import write_json
from prodcat.network.image_encoder import build_image_encoder
from prodcat.network.text_encoder import TextEncoder, build_text_encoder
from prodcat.training.speed import compile_network
from prodcat.training.task import build_optimizer

CATEGORIES = 221
SIZES = ((96, 72), (128, 96))
TOKENS = (16, 48)
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


@dataclass(frozen=True)
class Way:
    """One way to take a step; as it stands, none of the changes."""

    fused: bool = False
    """AdamW in one pass."""
    float32: bool = False
    """Slow depthwise convolutions in float32."""
    compiled: bool = False
    """The image network."""
    attention: str = "sdpa"
    dropout: float = 0.1


IMAGE_WAYS = {
    "before": Way(),
    "fused AdamW": Way(fused=True),
    "float32 depthwise": Way(float32=True),
    "compiled": Way(compiled=True),
    "all but compiled": Way(fused=True, float32=True),
    "all": Way(fused=True, float32=True, compiled=True),
}
TEXT_WAYS = {
    "before": Way(),
    "fused AdamW": Way(fused=True),
    "eager attention": Way(attention="eager"),
    "no dropout": Way(dropout=0.0),
    "eager, no dropout": Way(attention="eager", dropout=0.0),
    "all": Way(fused=True, attention="eager", dropout=0.0),
}

Step = Callable[[], None]


def main() -> None:
    """Measure, print a table, and write the times if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9, help="steps of each case")
    parser.add_argument("--batch", type=int, default=64, help="products in a step")
    parser.add_argument("--threads", type=int, help="as many as torch likes, if not given")
    parser.add_argument(
        "--clock", choices=tuple(CLOCKS), default="wall", help="on a busy machine: cpu"
    )
    parser.add_argument("--weights", default="none", help="of MobileNetV2; random if not given")
    parser.add_argument("--text", help="folder of a text encoder; MiniLM's size if not given")
    parser.add_argument("--only", choices=("image", "text"), help="leave the other encoder out")
    parser.add_argument("--json", type=Path, help="where to write all times")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    times: dict[str, dict[str, list[float]]] = {}
    for name, steps in cases(options):
        times[name] = measure(steps, options.rounds, CLOCKS[options.clock])
        Console().print(table(name, times[name]))
        torch.compiler.reset()
    if options.json:
        facts = {"threads": torch.get_num_threads(), "batch": options.batch}
        write_json(options.json, {**facts, "seconds": times}, indent=1)


def cases(options: argparse.Namespace) -> Any:
    """Yield each encoder and size with its ways to take a step."""
    if options.only != "text":
        for height, width in SIZES:
            config = ImageConfig(weights=options.weights, height=height, width=width)
            ways = {n: image_step(way, config, options.batch) for n, way in IMAGE_WAYS.items()}
            yield f"image, {height}x{width}", ways
    if options.only != "image":
        for tokens in TOKENS:
            ways = {
                n: text_step(w, options.text, tokens, options.batch) for n, w in TEXT_WAYS.items()
            }
            yield f"text, {tokens} tokens", ways


def image_step(way: Way, config: ImageConfig, batch: int) -> Step:
    """Build an image encoder, and return one step of its training."""
    usual: AbstractContextManager[Any] = (
        nullcontext() if way.float32 else patch("prodcat.network.image_encoder.speed_up_depthwise")
    )
    with usual:
        encoder = build_image_encoder(config).train()
    pixels = torch.randint(0, 256, (batch, 3, config.height, config.width), dtype=torch.uint8)
    if way.compiled:
        with torch.autocast("cpu", torch.bfloat16):
            compile_network(encoder, pixels)
        assert encoder.compiled is not None, "Compiling failed."
    return training_step(way, encoder, encoder.dim, lambda: encoder(pixels), batch)


def text_step(way: Way, folder: str | None, tokens: int, batch: int) -> Step:
    """Build a text encoder, and return one step of its training."""
    encoder = build_text(folder, way.dropout).train()
    encoder.transformer.set_attn_implementation(way.attention)
    ids = torch.randint(1000, 20_000, (batch, tokens))
    # As in real batches, some texts are shorter than the longest.
    mask = (torch.arange(tokens) < torch.randint(tokens // 2, tokens + 1, (batch, 1))).long()
    return training_step(way, encoder, encoder.dim, lambda: encoder(ids, mask), batch)


def build_text(folder: str | None, dropout: float) -> TextEncoder:
    """Load a text encoder, or draw one of MiniLM's size."""
    if folder is not None:
        return build_text_encoder(TextConfig(encoder=folder, dropout=dropout))
    from transformers import BertConfig, BertModel

    config = BertConfig(
        hidden_size=384,
        num_hidden_layers=6,
        intermediate_size=1536,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    return TextEncoder(BertModel(config))


def training_step(
    way: Way, encoder: nn.Module, dim: int, embed: Callable[[], Tensor], batch: int
) -> Step:
    """Return what a step does: forwards, backwards, clip, change the weights."""
    head = nn.Linear(dim, CATEGORIES)
    weights = [*encoder.parameters(), *head.parameters()]
    groups: list[dict[str, Any]] = [{"params": weights, "lr": 1e-4, "weight_decay": 0.01}]
    optimizer = build_optimizer(groups) if way.fused else torch.optim.AdamW(groups)
    labels = torch.randint(0, CATEGORIES, (batch,))

    def step() -> None:
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            logits = head(embed())
        torch.autograd.backward(nn.functional.cross_entropy(logits.float(), labels))
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()

    return step


def measure(
    steps: dict[str, Step], rounds: int, clock: Callable[[], float]
) -> dict[str, list[float]]:
    """Return the seconds of each step of each case; the first two do not count."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(-2, rounds):
        for name, step in steps.items():
            began = clock()
            step()
            if turn >= 0:
                times[name].append(clock() - began)
    return times


def table(title: str, times: dict[str, list[float]]) -> Table:
    """Compare the medians."""
    base = statistics.median(next(iter(times.values())))
    shown = Table(title=title)
    for heading in ("case", "median", "least", "most", "of before"):
        shown.add_column(heading, justify="left" if heading == "case" else "right")
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        milliseconds = (f"{1000 * s:.0f} ms" for s in (middle, min(seconds), max(seconds)))
        shown.add_row(name, *milliseconds, f"{middle / base:.2f}")
    return shown


if __name__ == "__main__":
    main()
