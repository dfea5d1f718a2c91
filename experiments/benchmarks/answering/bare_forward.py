"""The limit: a model's graphs in onnxruntime, on tensors that are ready.

Nothing is read, decoded, tokenised or answered. Texts of one length go together, so that
nothing is padded, and a text or a picture that comes twice among *rows* products goes once,
as in prodcat. Each graph has its own tensors, the head too: no run waits for another.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from experiments.benchmarks.answering.cases import Setup
from prodcat.inference.embedder import PICTURES_AT_ONCE, TEXTS_AT_ONCE
from prodcat.inference.graph import SLOW_FUSIONS
from prodcat.inference.parts import PartReader, Parts
from prodcat.inputs.tokens import TextReader
from prodcat.modeldir.format import HEAD_ONNX, IMAGE_ONNX, TEXT_ONNX
from prodcat.modeldir.reading import read_model_dir
from prodcat.product import Product

Feeds = dict[str, Any]
Ready = dict[str, list[Feeds]]
"""Graph → the inputs of each of its runs."""

FILES = {"text": TEXT_ONNX, "image": IMAGE_ONNX, "head": HEAD_ONNX}
BATCH_ROWS = 256
"""Products that prodcat takes at once in bulk."""


@dataclass(frozen=True)
class Way:
    """How the graphs are run."""

    workers: int = 1
    """Threads that take runs, one after the other."""
    threads: int = 1
    """Of each run, within onnxruntime."""
    spin: bool = False
    """Let onnxruntime's idle threads wait busily, as is its default."""
    rows: int = BATCH_ROWS
    """Products whose texts are put together by length."""
    texts: int = TEXTS_AT_ONCE
    pictures: int = PICTURES_AT_ONCE

    def __str__(self) -> str:
        idle = ", busy waiting" if self.spin else ""
        return (
            f"{self.workers} x {self.threads} threads{idle}, {self.rows:,} products put together,"
            f" up to {self.texts} texts or {self.pictures} pictures a run"
        )


class BareForward:
    """Runs the three graphs of a model, and nothing else."""

    def __init__(self, setup: Setup, way: Way | None = None) -> None:
        from prodcat.inference.runtime import onnxruntime

        self.model = read_model_dir(setup.model)
        self.way = way or Way(threads=setup.threads)
        self.reader = PartReader(self.model)
        self.pool = ThreadPoolExecutor(self.way.workers)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads = self.way.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        spins = "1" if self.way.spin else "0"
        options.add_session_config_entry("session.intra_op.allow_spinning", spins)
        self.sessions = {
            graph: onnxruntime.InferenceSession(
                str(self.model.folder / file),
                options,
                providers=["CPUExecutionProvider"],
                disabled_optimizers=list(SLOW_FUSIONS),  # or it would be no limit
            )
            for graph, file in FILES.items()
        }

    def ready(self, products: Sequence[Product]) -> Ready:
        """Read the products and make the tensors of every run."""
        found: Ready = {graph: [] for graph in FILES}
        assert self.reader.text_reader is not None
        for start in range(0, len(products), self.way.rows):
            parts = [self.reader.read(p) for p in products[start : start + self.way.rows]]
            views = [*parts, *name_views(parts, self.model.name_view)]
            found["text"] += text_feeds(self.reader.text_reader, views, self.way.texts)
            found["image"] += picture_feeds(parts, self.way.pictures)
            found["head"].append(self._head_feeds(views))
        return found

    def answer(self, ready: Mapping[str, Sequence[Feeds]]) -> list[Any]:
        """Run all; return what the runs answered, of texts first and of the head last."""
        runs = [(self.sessions[graph], feeds) for graph in ready for feeds in ready[graph]]
        spread = map if self.way.workers == 1 else self.pool.map
        return list(spread(lambda run: run[0].run(None, run[1])[0], runs))

    def _head_feeds(self, views: Sequence[Parts]) -> Feeds:
        """Fill the embeddings at random: the head takes as long for any."""
        rng = np.random.default_rng(0)
        widths = {graph: self.sessions[graph].get_outputs()[0].shape[-1] for graph in FILES}
        vectors = {
            graph: rng.standard_normal((max(2, len(views)), widths[graph]), dtype=np.float32)
            for graph in ("text", "image")
        }
        present = [[bool(p.name or p.description), p.has_image] for p in views]
        # Of a single row prodcat makes two, too.
        return vectors | {"present": np.array(present * (2 if len(present) == 1 else 1))}


def name_views(parts: Sequence[Parts], weight: float) -> list[Parts]:
    """Return the names that are answered for themselves as well, as prodcat does."""
    return [Parts(p.name, "", None) for p in parts if weight > 0 and p.name and len(p.used) > 1]


def text_feeds(reader: TextReader, views: Sequence[Parts], at_once: int) -> list[Feeds]:
    """Tokenise each text once, and put those of one length together."""
    texts = dict.fromkeys((v.name, v.description) for v in views if v.name or v.description)
    tokens = sorted(reader.tokenize(list(texts)), key=len)
    feeds = []
    for _, same in groupby(tokens, key=len):
        for some in _cut(list(same), at_once):
            ids, mask = reader.pad(some)
            feeds.append({"input_ids": ids, "attention_mask": mask})
    return feeds


def picture_feeds(parts: Sequence[Parts], at_once: int) -> list[Feeds]:
    """Stack each picture once."""
    pictures = {p.image_key: p.pixels for p in parts if p.pixels is not None}
    return [{"pixel_values": np.stack(some)} for some in _cut(list(pictures.values()), at_once)]


def _cut(things: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]
