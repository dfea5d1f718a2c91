"""The text encoder that a model is started on: that of a model, or a pretrained one."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.errors import ModelError, ModelNotFoundError
from prodcat.inference.graph import Graph
from prodcat.inputs.tokens import TextReader
from prodcat.modeldir.format import BUNDLED, TEXT_ONNX, TOKENIZER
from prodcat.modeldir.reading import read_model_dir
from prodcat.product import PathLike
from prodcat.screen import OnProgress

MAX_TOKENS = 48
AT_ONCE = 64


class StartEncoder:
    """Embeds texts.

    Args:
        name: What to call it.
        graph: Content of its ONNX graph, from tokens to embeddings.
        tokenizer: Content of its ``tokenizer.json``.
        max_tokens: Word pieces of a text that it reads.
        threads: To compute with.
    """

    def __init__(
        self,
        name: str,
        graph: bytes,
        tokenizer: bytes,
        max_tokens: int = MAX_TOKENS,
        threads: int = 1,
    ) -> None:
        self.name, self.graph, self.tokenizer = name, graph, tokenizer
        self.reader = TextReader(Path(TOKENIZER), max_tokens=max_tokens, content=tokenizer)
        inputs = ("input_ids", "attention_mask")
        self._runs = Graph(Path(TEXT_ONNX), inputs, "text", threads, read=lambda: graph)

    @property
    def width(self) -> int:
        """Numbers of an embedding."""
        return self._runs.width

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of texts, with the marks around them."""
        return self.reader.tokenize((text, "") for text in texts)

    def embed(self, texts: Sequence[str], on_progress: OnProgress | None = None) -> Float32Array:
        """Return embeddings, (N, D); equal texts are embedded once."""
        once = list(dict.fromkeys(texts))
        tokens = self.tokenize(once)
        order = sorted(range(len(once)), key=lambda row: len(tokens[row]))
        rows = np.zeros((len(once), self.width), dtype=np.float32)
        for start in range(0, len(order), AT_ONCE):
            chosen = order[start : start + AT_ONCE]
            rows[chosen] = self._runs.run(*self.reader.pad([tokens[row] for row in chosen]))
            if on_progress is not None:
                on_progress(start + len(chosen), len(order))
        place = {text: row for row, text in enumerate(once)}
        return rows[[place[text] for text in texts]]


def open_encoder(encoder: PathLike | None, threads: int = 1) -> StartEncoder:
    """Take the text encoder of a model, or a pretrained one, which needs torch.

    Args:
        encoder: A run or model directory, None for the bundled model; or the folder or the hub's
            name of a pretrained encoder.
        threads: To compute with.

    Raises:
        ModelError: If it is a model that reads no text.
        ConfigError: If there is no such encoder.
        MissingDependencyError: Of a pretrained encoder, without the ``train`` extra.
    """
    try:
        model = read_model_dir(BUNDLED if encoder is None else encoder)
    except ModelNotFoundError:
        return _pretrained(str(encoder), threads)
    if model.text is None:
        raise ModelError(f"The model in {model.folder} reads no text; name one that does.")
    return StartEncoder(
        model.text.encoder,
        model.content(TEXT_ONNX),
        model.content(TOKENIZER),
        model.text.max_tokens,
        threads,
    )


def _pretrained(encoder: str, threads: int) -> StartEncoder:
    from prodcat.export.text_encoders import export_text_encoder

    with tempfile.TemporaryDirectory() as folder:
        graph, tokenizer = export_text_encoder(encoder, Path(folder), max_tokens=MAX_TOKENS)
        name = Path(encoder).name
        return StartEncoder(name, graph.read_bytes(), tokenizer.read_bytes(), threads=threads)
