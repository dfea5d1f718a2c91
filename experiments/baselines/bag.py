"""A bag of words, a hidden layer, a softmax: the text model of the project before this one."""

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from experiments.baselines.config import BagOfWordsConfig, Reads
from prodcat.corpus.product_row import ProductRow
from prodcat.data.labels import LabelledRows
from prodcat.decision.scores import Scores
from prodcat.measures.metrics import accuracy, macro_f1
from prodcat.product import Product

WORD = re.compile(r"\w+")
ANSWER_AT_ONCE = 1024


@dataclass(frozen=True)
class Bags:
    """The known words of some products, each counted once."""

    words: Tensor
    """Of all of them, one product after the other, (sum of their words,) int64."""
    starts: Tensor
    """Where each product's begin, and the end of the last one's, (N + 1,) int64."""

    def choose(self, products: Tensor) -> tuple[Tensor, Tensor]:
        """Return the words of some products, and where each one's begin."""
        begins, ends = self.starts[products], self.starts[products + 1]
        words = [self.words[a:b] for a, b in zip(begins.tolist(), ends.tolist(), strict=True)]
        starts = torch.zeros(len(words), dtype=torch.int64)
        starts[1:] = (ends - begins).cumsum(0)[:-1]
        return torch.cat(words), starts


class BagNetwork(nn.Module):
    """Words present → hidden ReLU → leaves."""

    def __init__(self, words: int, hidden: int, categories: int) -> None:
        super().__init__()
        # The same as a linear layer on a vector of zeros and ones, but for those ones alone.
        self.hidden = nn.EmbeddingBag(words, hidden, mode="sum")
        self.bias = nn.Parameter(torch.zeros(hidden))
        self.head = nn.Linear(hidden, categories)
        nn.init.normal_(self.hidden.weight, std=words**-0.5)

    def forward(self, words: Tensor, starts: Tensor) -> Tensor:
        """Return the logits of products, (N, C), from their words, one after the other's."""
        return self.head(torch.relu(self.hidden(words, starts) + self.bias))


class BagOfWords:
    """The network with its vocabulary; an ``Answerer``."""

    def __init__(self, config: BagOfWordsConfig, categories: int) -> None:
        self.config, self.categories = config, categories
        self.readable = frozenset[str](config.reads)
        self.vocabulary: dict[str, int] = {}
        self.network: BagNetwork | None = None

    def fit(
        self,
        train: LabelledRows,
        val: LabelledRows,
        on_epoch: Callable[[dict[str, Any]], None],
    ) -> None:
        """Learn, and keep the epoch with the best macro-F1 on validation.

        Args:
            train: Products to learn from.
            val: Products that choose the epoch.
            on_epoch: Gets the row of ``history.csv`` of each epoch.
        """
        torch.manual_seed(self.config.seed)
        self.vocabulary = most_frequent(
            (text_of(row, self.config.reads) for row in train.rows), self.config.words
        )
        self.network = BagNetwork(max(1, len(self.vocabulary)), self.config.hidden, self.categories)
        optimizer = torch.optim.Adam(self.network.parameters(), lr=self.config.lr)
        bags, labels = self._bags(train.rows), torch.tensor(train.labels)
        best, best_state, since = -1.0, deepcopy(self.network.state_dict()), 0
        for epoch in range(1, self.config.max_epochs + 1):
            began = time.monotonic()
            row = {"epoch": epoch, **self._train_epoch(bags, labels, optimizer), **self._judge(val)}
            row["seconds"] = time.monotonic() - began
            on_epoch({k: v if k == "epoch" else f"{v:.6f}" for k, v in row.items()})
            since += 1
            if row["val_macro_f1"] > best:
                best, best_state, since = (
                    row["val_macro_f1"],
                    deepcopy(self.network.state_dict()),
                    0,
                )
            if since == self.config.patience:
                break
        self.network.load_state_dict(best_state)

    def score(self, products: Sequence[Product]) -> Scores:
        """Return the logits as scores without further views."""
        return Scores(self.logits(products))

    def logits(self, products: Sequence[Product]) -> NDArray[np.float32]:
        """Return the network's logits, (N, C)."""
        if not products:
            return np.zeros((0, self.categories), dtype=np.float32)
        assert self.network is not None
        bags = self._bags(products)
        with torch.inference_mode():
            found = [
                self.network(*bags.choose(some))
                for some in torch.split(torch.arange(len(products)), ANSWER_AT_ONCE)
            ]
        return torch.cat(found).numpy()

    @property
    def size(self) -> int:
        """Bytes of its weights and of its vocabulary."""
        assert self.network is not None
        weights = sum(4 * weight.numel() for weight in self.network.parameters())
        return weights + sum(len(word.encode()) for word in self.vocabulary)

    def _bags(self, products: Sequence[ProductRow | Product]) -> Bags:
        bags = [
            sorted(
                {
                    number
                    for word in words_of(text_of(product, self.config.reads))
                    if (number := self.vocabulary.get(word)) is not None
                }
            )
            for product in products
        ]
        return Bags(
            torch.tensor([word for bag in bags for word in bag], dtype=torch.int64),
            torch.tensor([0, *(len(bag) for bag in bags)]).cumsum(0),
        )

    def _train_epoch(
        self, bags: Bags, labels: Tensor, optimizer: torch.optim.Optimizer
    ) -> dict[str, float]:
        assert self.network is not None
        loss_sum = right = 0.0
        for some in torch.split(torch.randperm(len(labels)), self.config.batch_size):
            logits = self.network(*bags.choose(some))
            loss = nn.functional.cross_entropy(logits, labels[some])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            loss_sum += float(loss.detach()) * len(some)
            right += float((logits.argmax(dim=1) == labels[some]).sum())
        return {"train_loss": loss_sum / len(labels), "train_accuracy": right / len(labels)}

    def _judge(self, side: LabelledRows) -> dict[str, float]:
        logits = self.logits([Product(row.name, row.description) for row in side.rows])
        best = logits.argmax(axis=1)
        loss = nn.functional.cross_entropy(torch.from_numpy(logits), torch.tensor(side.labels))
        return {
            "val_loss": float(loss),
            "val_accuracy": accuracy(side.labels, best),
            "val_macro_f1": macro_f1(side.labels, best),
        }


def text_of(product: ProductRow | Product, reads: Reads) -> str:
    r"""Return what a model reads of a product, as one text.

    >>> text_of(Product(name="Blue jeans", description="Of cotton."), ("name", "description"))
    'Blue jeans\nOf cotton.'
    """
    return "\n".join(str(text) for part in reads if (text := getattr(product, part)))


def words_of(text: str) -> list[str]:
    """Cut a text into words.

    >>> words_of("Men's T-Shirt")
    ['men', 's', 't', 'shirt']
    """
    return WORD.findall(text.lower())


def most_frequent(texts: Any, count: int) -> dict[str, int]:
    """Number the most frequent words; of equally frequent ones the first by alphabet.

    >>> most_frequent(["blue jeans", "jeans"], 1)
    {'jeans': 0}
    """
    found = Counter(word for text in texts for word in words_of(text))
    ranked = sorted(found, key=lambda word: (-found[word], word))
    return {word: number for number, word in enumerate(ranked[:count])}
