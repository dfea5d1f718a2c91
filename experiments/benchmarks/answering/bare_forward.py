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
from prodcat.inference.predictor import Predictor
from prodcat.inputs.tokens import TextReader
from prodcat.modeldir.format import HEAD_ONNX, IMAGE_ONNX, TEXT_ONNX
from prodcat.modeldir.reading import ModelDir, read_model_dir
from prodcat.product import Product

Feeds = dict[str, Any]
Ready = dict[str, list[Feeds]]
"""Graph → the inputs of each of its runs."""

FILES = {"text": TEXT_ONNX, "image": IMAGE_ONNX, "head": HEAD_ONNX}
FIRST = "first "
"""Before the graphs of a cascade's smaller network."""
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
    """Runs the graphs of a model, and nothing else.

    Of a cascade, the smaller network's for all products, and the larger one's for those that
    prodcat asks it about.
    """

    def __init__(self, setup: Setup, way: Way | None = None) -> None:
        self.model = read_model_dir(setup.model)
        self.way = way or Way(threads=setup.threads)
        self.reader = PartReader(self.model)
        self.pool = ThreadPoolExecutor(self.way.workers)
        self.networks = {"": _Network(self.model, self.way)}
        self.predictor: Predictor | None = None
        if self.model.first is not None:
            self.networks = {FIRST: _Network(self.model.first.model, self.way), **self.networks}
            self.predictor = Predictor.load(setup.model, threads=1)

    def ready(self, products: Sequence[Product]) -> Ready:
        """Read the products and make the tensors of every run."""
        found: Ready = {f"{prefix}{graph}": [] for prefix in self.networks for graph in FILES}
        for start in range(0, len(products), self.way.rows):
            given = products[start : start + self.way.rows]
            for prefix, network in self.networks.items():
                asked = given if prefix or self.predictor is None else self._left(given)
                for graph, feeds in network.ready(asked).items():
                    found[f"{prefix}{graph}"] += feeds
        return found

    def answer(self, ready: Mapping[str, Sequence[Feeds]]) -> list[Any]:
        """Run all; return what the runs answered, of texts first and of the head last."""
        runs = [(self._session(name), feeds) for name in ready for feeds in ready[name]]
        spread = map if self.way.workers == 1 else self.pool.map
        return list(spread(lambda run: run[0].run(None, run[1])[0], runs))

    def only(self, ready: Ready, graph: str) -> Ready:
        """Return the runs of one kind of graph, of both networks of a cascade."""
        return {name: feeds for name, feeds in ready.items() if name.removeprefix(FIRST) == graph}

    def _session(self, name: str) -> Any:
        prefix = FIRST if name.startswith(FIRST) else ""
        return self.networks[prefix].sessions[name.removeprefix(FIRST)]

    def _left(self, products: Sequence[Product]) -> list[Product]:
        """Return those that a cascade asks its larger network about."""
        assert self.predictor is not None
        early = self.predictor.score(products).early
        assert early is not None
        return [product for product, is_early in zip(products, early, strict=True) if not is_early]


class _Network:
    """The three graphs of one network."""

    def __init__(self, model: ModelDir, way: Way) -> None:
        from prodcat.inference.runtime import onnxruntime

        self.model, self.way = model, way
        self.reader = PartReader(model)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads = way.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        spins = "1" if way.spin else "0"
        options.add_session_config_entry("session.intra_op.allow_spinning", spins)
        self.sessions = {
            graph: onnxruntime.InferenceSession(
                str(model.folder / file),
                options,
                providers=["CPUExecutionProvider"],
                disabled_optimizers=list(SLOW_FUSIONS),  # or it would be no limit
            )
            for graph, file in FILES.items()
        }

    def ready(self, products: Sequence[Product]) -> Ready:
        """Return the runs for products that are put together."""
        if not products:
            return {}
        assert self.reader.text_reader is not None
        parts = [self.reader.read(product) for product in products]
        views = [*parts, *name_views(parts, self.model.name_view)]
        return {
            "text": text_feeds(self.reader.text_reader, views, self.way.texts),
            "image": picture_feeds(parts, self.way.pictures),
            "head": [self._head_feeds(views)],
        }

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
