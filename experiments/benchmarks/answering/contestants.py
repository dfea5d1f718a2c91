"""Those that answer products in the benchmarks of speed: prodcat, its limit, and other ways.

Each is built from a `Setup`, makes whatever is not timed ready for some products, and
answers them. Libraries are loaded where they are used: every contestant bears its own.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from experiments.benchmarks.answering.bare_forward import BareForward, Way
from experiments.benchmarks.answering.cases import Setup
from prodcat.config import load_config
from prodcat.errors import InputError
from prodcat.inference.parts import PartReader
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.reading import read_model_dir
from prodcat.product import Prediction, Product
from prodcat.tables.table import open_table

CHANNEL_MEAN, CHANNEL_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Contestant(Protocol):
    """Answers products."""

    def ready(self, products: Sequence[Product]) -> Any:
        """Make ready what is not timed."""

    def answer(self, ready: Any) -> Any:
        """Answer the products: the index of each one's best leaf, or a prediction."""


class Prodcat:
    """``Predictor.predict``, product by product."""

    def __init__(self, setup: Setup) -> None:
        self.predictor = Predictor.load(setup.model)

    def ready(self, products: Sequence[Product]) -> Sequence[Product]:
        """Leave all to be done."""
        return products

    def answer(self, ready: Sequence[Product]) -> list[Prediction]:
        """Answer as a user would ask."""
        return [self.predictor.predict(p.name, p.description, p.image) for p in ready]


class TorchEager:
    """The same network in torch, behind prodcat's readers; its weights do not matter here."""

    def __init__(self, setup: Setup) -> None:
        import torch

        from prodcat.network.classifier import build_classifier

        _hold_threads(setup)
        model = read_model_dir(setup.model)
        self.reader, self.name_view = PartReader(model), model.name_view
        assert model.text is not None
        assert model.image is not None
        sizes = {key: getattr(model.image, key) for key in ("encoder", "height", "width", "fit")}
        config = load_config(
            Path(setup.config),
            [
                f"text.encoder={setup.encoder}",
                f"text.max_tokens={model.text.max_tokens}",
                "image.weights=none",
                *(f"image.{key}={value}" for key, value in sizes.items()),
            ],
        )
        self.torch = torch
        self.network = build_classifier(config, len(model.labels)).eval()

    def ready(self, products: Sequence[Product]) -> Sequence[Product]:
        """Leave all to be done."""
        return products

    def answer(self, ready: Sequence[Product]) -> Any:
        """Read the parts, run the network on all of them as one batch, and take the best."""
        from prodcat.network.classifier import Embeddings

        torch, network = self.torch, self.network
        parts = [self.reader.read(product) for product in ready]
        named = [i for i, p in enumerate(parts) if self.name_view and p.name and len(p.used) > 1]
        texts = [(p.name, p.description) for p in parts] + [(parts[i].name, "") for i in named]
        present = np.array(
            [[bool(p.name or p.description), p.has_image] for p in parts]
            + [[True, False]] * len(named)
        )
        assert self.reader.text_reader is not None
        assert network.text_encoder is not None
        assert network.image_encoder is not None
        ids, mask = self.reader.text_reader.encode(*zip(*texts, strict=True))
        pixels = [p.pixels for p in parts if p.pixels is not None]
        with torch.inference_mode():
            text = network.text_encoder(torch.from_numpy(ids), torch.from_numpy(mask))
            image = torch.zeros(len(texts), network.image_encoder.dim)
            if pixels:
                some = network.image_encoder(torch.from_numpy(np.stack(pixels)))
                image[torch.from_numpy(present[:, 1])] = some
            logits = network.score(Embeddings(text, image), torch.from_numpy(present)).numpy()
        logits[named] += self.name_view * logits[len(parts) :]
        return logits[: len(parts)].argmax(axis=1)


class HandWritten:
    """transformers and torchvision, product by product: what people write first.

    The mean of the tokens' states and MobileNetV2's pooled features, side by side under a
    linear layer; of random weights but for the text encoder.

    Args:
        setup: Names the text encoder.
        usual: Pictures as torchvision's own transforms prepare them, 224 pixels a side,
            instead of the size that prodcat's model reads.
        name_view: Answer the name alone as well, where the model does, and add the two.
    """

    def __init__(self, setup: Setup, *, usual: bool = False, name_view: bool = True) -> None:
        import torch
        import torchvision
        from torchvision import transforms
        from transformers import AutoModel, AutoTokenizer

        _hold_threads(setup)
        model = read_model_dir(setup.model)
        assert model.text is not None
        assert model.image is not None
        assert setup.encoder is not None  # `available` offers this contestant only with one
        self.torch, self.max_tokens = torch, model.text.max_tokens
        self.name_view = model.name_view if name_view else 0.0
        self.tokenizer = AutoTokenizer.from_pretrained(setup.encoder)
        self.text: Any = AutoModel.from_pretrained(setup.encoder, dtype=torch.float32).eval()
        self.image = torchvision.models.mobilenet_v2(weights=None).eval()
        self.image.classifier = torch.nn.Identity()
        width = self.text.config.hidden_size + self.image.last_channel
        self.head = torch.nn.Linear(width, len(model.labels))
        self.prepare: Any = transforms.Compose(
            [
                transforms.Resize((model.image.height, model.image.width)),
                transforms.ToTensor(),
                transforms.Normalize(CHANNEL_MEAN, CHANNEL_STD),
            ]
        )
        if usual:
            self.prepare = torchvision.models.MobileNet_V2_Weights.IMAGENET1K_V1.transforms()

    def ready(self, products: Sequence[Product]) -> Sequence[Product]:
        """Leave all to be done."""
        return products

    def answer(self, ready: Sequence[Product]) -> list[int]:
        """Answer one product after the other."""
        with self.torch.inference_mode():
            return [self._answer(product) for product in ready]

    def _answer(self, product: Product) -> int:
        torch = self.torch
        texts = [text for text in (product.name, product.description) if text]
        none = torch.zeros(1, self.image.last_channel)
        image = self._embed_image(product.image) if product.image else none
        logits = self.head(torch.cat([self._embed_text(texts or [""]), image], dim=1))
        if self.name_view and product.name and (product.description or product.image):
            alone = torch.cat([self._embed_text([product.name]), none], dim=1)
            logits += self.name_view * self.head(alone)
        return int(logits.argmax())

    def _embed_text(self, texts: Sequence[str]) -> Any:
        tokens = self.tokenizer(
            *texts, truncation=True, max_length=self.max_tokens, return_tensors="pt"
        )
        states = self.text(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1)
        return (states * mask).sum(dim=1) / mask.sum(dim=1)

    def _embed_image(self, data: Any) -> Any:
        import io

        from PIL import Image

        picture = Image.open(io.BytesIO(data)).convert("RGB")
        return self.image(self.prepare(picture).unsqueeze(0))


class LinearNames:
    """TF-IDF of the name with LinearSVC, fitted before by `fit_linear`."""

    def __init__(self, setup: Setup) -> None:
        import pickle

        assert setup.linear is not None
        self.model = pickle.loads(Path(setup.linear).read_bytes())

    def ready(self, products: Sequence[Product]) -> Sequence[Product]:
        """Leave all to be done."""
        return products

    def answer(self, ready: Sequence[Product]) -> Any:
        """Answer all at once."""
        return self.model.logits(ready).argmax(axis=1)


def bare_at_once(setup: Setup) -> BareForward:
    """Build it with threads that each take runs; not even the head waits for another."""
    return BareForward(setup, Way(workers=setup.threads))


def fit_linear(
    setup: Mapping[str, Any],  # noqa: ARG001  (every process is told)
    data: str,
    out: str,
    most: int | None,
) -> bool:
    """Fit the linear classifier on a table's training products; tell whether there are any.

    Args:
        setup: Not looked at.
        data: The table; where it has no splits, all of its products train.
        out: File to write it to.
        most: Products to learn from at most; None for all.
    """
    import pickle

    from experiments.baselines.config import TfidfConfig
    from experiments.baselines.models import LinearText

    table = open_table(data, fields=("name", "category", "split"))
    rows = (row for row in table.rows() if row.category and row.name)
    train = list(islice((row for row in rows if row.split in ("", "train")), most))
    paths = {path: label for label, path in enumerate(sorted({row.category for row in train}))}
    if len(paths) < 2:
        return False
    model = LinearText(TfidfConfig("tfidf_svc"), len(paths))
    model.fit([Product(row.name) for row in train], [paths[row.category] for row in train])
    Path(out).write_bytes(pickle.dumps(model))
    return True


HAND_WRITTEN = ("hand", "hand1", "hand224")
"""Those that answer product by product, through transformers and torchvision."""
CONTESTANTS: dict[str, Callable[[Setup], Contestant]] = {
    "bare": BareForward,
    "bare_at_once": bare_at_once,
    "prodcat": Prodcat,
    "torch": TorchEager,
    "hand": HandWritten,
    "hand1": partial(HandWritten, name_view=False),  # less than prodcat computes
    "hand224": partial(HandWritten, name_view=False, usual=True),
    "linear": LinearNames,
}
TITLES = {
    "bare": "bare onnxruntime forward",
    "bare_at_once": "bare onnxruntime forward, all runs at once",
    "prodcat": "prodcat",
    "torch": "torch eager, same network",
    "hand": "transformers + torchvision, same model",
    "hand1": "transformers + torchvision, without the name alone",
    "hand224": "transformers + torchvision, without the name alone, 224 x 224",
    "linear": "TF-IDF + LinearSVC",
}
"""What tables call them."""


def available(setup: Setup) -> tuple[str, ...]:
    """Tell which of them can be built."""
    lacking = set() if setup.encoder else {"torch", *HAND_WRITTEN}
    lacking |= set() if setup.linear else {"linear"}
    return tuple(name for name in CONTESTANTS if name not in lacking)


def check_setup(setup: Setup) -> None:
    """Say in one line what they cannot be built from.

    Raises:
        InputError: If the model lacks a part, or the encoder's folder is none.
        ModelNotFoundError: If there is no model.
    """
    model = read_model_dir(setup.model)
    if model.text is None or model.image is None:
        raise InputError(f"{model.folder} reads only text or only pictures; measured are both.")
    if setup.encoder and not (Path(setup.encoder) / "config.json").is_file():
        raise InputError(f"{setup.encoder} is no folder of a text encoder: it has no config.json.")


def _hold_threads(setup: Setup) -> None:
    import torch

    torch.set_num_threads(setup.threads)
