"""The networks of a model: one, or of a cascade two."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from prodcat.inference.cascade import CascadeScorer
from prodcat.inference.embedder import TEXTS_AT_ONCE, Embedder
from prodcat.inference.encoder_caches import EncoderCaches
from prodcat.inference.engine import Engine
from prodcat.inference.graph import Graph
from prodcat.inference.parts import PartReader
from prodcat.inference.scoring import OneScorer, Scorer
from prodcat.modeldir.reading import ModelDir


class Networks:
    """The networks of a model, loaded on first use.

    Args:
        model: The model directory.
        threads: Threads for one run.
        device: ``cpu`` or ``cuda``.

    Raises:
        ModelError: If *threads* is less than 1.
        InputError: If the installed onnxruntime cannot use the device.
    """

    def __init__(self, model: ModelDir, threads: int = 1, device: str = "cpu") -> None:
        models = [model] if model.first is None else [model, model.first.model]
        self.model = model
        self._models = models
        self._engines = [Engine(each, threads, device) for each in models]

    @property
    def engine(self) -> Engine:
        """Runs the network, the larger one of two."""
        return self._engines[0]

    def open(self) -> None:
        """Load all graphs now instead of with the first product.

        Raises:
            ModelError: If one cannot be used.
            InputError: If the device cannot be.
        """
        for graph in self._graphs():
            graph.open()

    def _graphs(self) -> Iterator[Graph]:
        for engine in self._engines:
            for graph in (engine.text, engine.image, engine.head):
                if graph is not None:
                    yield graph

    def caches(self, folder: Path | None) -> list[EncoderCaches]:
        """Return what keeps the embeddings of each network in a folder; None for nothing.

        Raises:
            InputError: If they cannot be kept there.
        """
        if folder is None:
            return [EncoderCaches() for _ in self._models]
        each = zip(self._models, self._engines, strict=True)
        return [EncoderCaches.open(folder, model, engine) for model, engine in each]

    def part_reader(self, caches: Sequence[EncoderCaches]) -> PartReader:
        """Return what reads products for all networks.

        Args:
            caches: One for each network.
        """
        first = None
        for model, kept in reversed(list(zip(self._models, caches, strict=True))):
            first = PartReader(model, kept.image, first)
        assert first is not None
        return first

    def scorer(
        self,
        reader: PartReader,
        caches: Sequence[EncoderCaches],
        *,
        texts_at_once: int = TEXTS_AT_ONCE,
    ) -> Scorer:
        """Return what scores the products that *reader* has read.

        Args:
            reader: See `part_reader`.
            caches: One for each network.
            texts_at_once: See `Embedder`.

        Raises:
            ModelError: If two networks do not belong together.
        """
        readers = [reader] if reader.first is None else [reader, reader.first]
        each = zip(self._models, self._engines, readers, caches, strict=True)
        scorers = [
            OneScorer(
                model,
                engine,
                Embedder(engine, its.text_reader, kept, texts_at_once=texts_at_once),
            )
            for model, engine, its, kept in each
        ]
        if self.model.first is None:
            return scorers[0]
        large, small = scorers
        return CascadeScorer(self.model.first, small, large, len(self.model.labels))
