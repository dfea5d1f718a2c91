"""From products to answers: reads their parts, runs the network, calibrates, decodes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from prodcat.arrays import Float32Array, Float64Array
from prodcat.decision.decoding import Decoder
from prodcat.decision.scores import VIEWS, Scores, join_scores
from prodcat.errors import InputError, ModelError
from prodcat.inference.answer import answered, unanswered
from prodcat.inference.cascade import check_same_tree, is_leaf
from prodcat.inference.cores import count_cores
from prodcat.inference.embedder import MapFunction
from prodcat.inference.engine import Engine
from prodcat.inference.networks import Networks
from prodcat.inference.numbers import (
    Embeddings,
    embeddings_of,
    join_embeddings,
    probabilities_of,
    tell_unread,
)
from prodcat.inference.other_tree import OtherTree
from prodcat.inference.parts import PartReader, Parts, readable_parts
from prodcat.inference.products import check_products
from prodcat.inference.rule import Rule, Warned, views_used, warned_of_all
from prodcat.inference.scoring import Scorer
from prodcat.inference.threads import Output, Threads, in_batches
from prodcat.modeldir.format import BUNDLED
from prodcat.modeldir.reading import ModelDir, read_model_dir
from prodcat.modeldir.trees import refuse_moved
from prodcat.product import PARTS, ImageSource, PathLike, Prediction, Product, one_description
from prodcat.taxonomy.mapping import TreeMapping
from prodcat.taxonomy.paths import CategoryPath
from prodcat.taxonomy.translated import TranslatedLeaves

if TYPE_CHECKING:
    from prodcat.explain.explanation import Explanation

BATCH_SIZE = 32


class Predictor:
    """A trained model, ready to answer; safe to use from several threads at once.

    Args:
        model: The model directory.
        threads: See `load`.
        cache: See `load`.
        device: See `load`.
        first: A smaller model that is asked before this one, and whose leaves are the answer
            where it is sure enough: a cascade (Viola and Jones 2001).
        as_tree: See `load`.
    """

    def __init__(
        self,
        model: ModelDir,
        *,
        threads: int | None = None,
        cache: PathLike | None = None,
        device: str = "cpu",
        first: "Predictor | None" = None,
        as_tree: TreeMapping | None = None,
    ) -> None:
        model.verify()
        self.model, self.first = model, first
        if first is not None:
            check_same_tree(first.model, model)
        self.cache = None if cache is None else Path(cache)
        self._networks = Networks(model, 1 if threads is None else threads, device)
        self._threads = threads
        self._workers = Threads(count_cores() if threads is None else 1)
        caches = self._networks.caches(self.cache)
        self._reader = self._networks.part_reader(caches)
        self._scorer = self._networks.scorer(self._reader, caches)
        self._decoder = Decoder(model.leaf_paths)
        self.as_tree = as_tree
        self._other = _other_tree(model, as_tree)
        self._calibration = model.calibration
        self._views = views_used(self._calibration)
        self._warned: Warned = set()

    @classmethod
    def load(
        cls,
        folder: PathLike | None = None,
        *,
        threads: int | None = None,
        cache: PathLike | None = None,
        device: str = "cpu",
        first: PathLike | None = None,
        as_tree: TreeMapping | None = None,
    ) -> "Predictor":
        """Load a model directory.

        Args:
            folder: A run, or its ``model`` folder wherever it was copied to; None for the model
                that comes with prodcat.
            threads: Threads that work together on each run of the network, which pays for
                large ones. None for one, and for all cores to share a product's runs, or a
                batch of products.
            cache: Folder in which to keep the embeddings of texts and pictures, so that none
                is computed twice, also by other models with the same encoders.
            device: ``cpu``, or ``cuda`` for a GPU, through onnxruntime-gpu.
            first: The same of a smaller model of the same tree, which is asked first; this one
                is asked only where that one is not sure of a leaf.
            as_tree: From the model's tree to another, which answers are given in; None for the
                model's own. `prodcat.trees.read_mapping` reads one.

        Raises:
            ModelNotFoundError: If there is no model, or a file of it is missing.
            ModelError: If a file was altered, or cannot be used, or *first* is of another tree.
            InputError: If embeddings cannot be kept in *cache*, or there is no such device.
        """
        use: dict[str, Any] = {
            "threads": threads,
            "cache": cache,
            "device": device,
            "as_tree": as_tree,
        }
        before = None if first is None else cls.load(first, **use)
        return cls(read_model_dir(folder), first=before, **use)

    @property
    def fingerprint(self) -> str:
        """Hash of all that answers depend on."""
        before = "" if self.first is None else f"{self.first.fingerprint}+"
        told = self.as_tree is not None and self._other is not None
        other = f"+{self._other.leaves.fingerprint}" if told and self._other is not None else ""
        return before + self.model.fingerprint + other

    def by_itself(self) -> "Predictor":
        """Return the same, whose calls share their work with no other thread.

        For callers who answer several batches at once, in threads of their own.
        """
        twin = copy(self)
        twin._workers = Threads(1)
        return twin

    def in_tree(self, as_tree: TreeMapping) -> "Predictor":
        """Return the same, which answers in another tree.

        Probabilities of leaves that are one there add up. Of a leaf that is several there, the
        answer stops at what these stand below; a leaf that is none there is not answered, with
        the reason ``no place in this tree``. The accuracy was promised for the model's own tree.

        Args:
            as_tree: From the model's tree to the other.
        """
        twin = copy(self)
        twin.as_tree, twin._other = as_tree, _other_tree(self.model, as_tree)
        twin.first = None if self.first is None else self.first.in_tree(as_tree)
        return twin

    def open(self) -> None:
        """Load all graphs now instead of with the first product.

        Raises:
            ModelError: If one cannot be used.
            InputError: If the device cannot be.
        """
        if self.first is not None:
            self.first.open()
        self._networks.open()

    @property
    def engine(self) -> Engine:
        """Runs its network, of a cascade the larger one."""
        return self._networks.engine

    @property
    def readable(self) -> frozenset[str]:
        """Which of name, description and image the model makes use of."""
        return readable_parts(self.model)

    def predict(
        self,
        name: str | None = None,
        desc: str | None = None,
        image: ImageSource | None = None,
        *,
        description: str | None = None,
        accuracy: float | None = None,
        confidence: float | None = None,
        threshold: float | None = None,
    ) -> Prediction:
        """Categorize one product, of which any part may be missing, but not all.

        Args:
            name: The product's name.
            desc: Its description.
            image: Its picture, see `prodcat.product.ImageSource`.
            description: The same as *desc*; give one of them.
            accuracy: How often answers shall be right, 0.5 to 0.999, such as 0.98; picks the
                threshold that keeps this for the products to come. None for the model's default.
            confidence: How sure that promise is to hold, such as 0.95; None for what the model
                was made for.
            threshold: Least probability to answer with, 0 to 1, instead of *accuracy*; products
                unlike anything learnt are answered then, too.

        Raises:
            InputError: If nothing is given, or a part is of a type that cannot be read.
            ImageError: If the picture cannot be decoded.
        """
        rule = self._rule(accuracy, threshold, confidence)
        product = self._hold(Product(name, one_description(desc, description), image))
        parts = self._reader.read(product)
        if parts.errors:
            raise parts.errors[0]
        sure = self._ask_first([product], rule)
        answer = sure.get(0) or self._answer([parts], rule, self._workers.map)[0]
        return replace(answer, picture=parts.shown)

    def predict_many(
        self,
        products: Iterable[Product | Mapping[str, Any]],
        *,
        batch_size: int = BATCH_SIZE,
        accuracy: float | None = None,
        confidence: float | None = None,
        threshold: float | None = None,
    ) -> Iterator[Prediction]:
        """Categorize products one after the other, in their order.

        A product that cannot be read stops nothing. If some of its parts can be read,
        it is answered from these; the prediction's ``error`` says what was left out.
        If none can, it abstains.

        Args:
            products: Products, or dicts with the keys id, name, description and image; other
                keys are left alone. They are taken from the iterable batch by batch.
            batch_size: Products that go through the network together.
            accuracy: See `predict`.
            confidence: See `predict`.
            threshold: See `predict`.

        Raises:
            InputError: If *products* is not many products, such as a data frame or one product.
        """
        check_products(products)
        rule = self._rule(accuracy, threshold, confidence)
        if batch_size < 1:
            raise InputError(f"batch_size is {batch_size}; give at least 1.")
        batches = in_batches(products, batch_size)
        work = partial(self._answer_given, rule=rule)
        return chain.from_iterable(self._workers.in_shares(work, batches))

    def explain(
        self,
        name: str | None = None,
        desc: str | None = None,
        image: ImageSource | None = None,
        *,
        description: str | None = None,
        accuracy: float | None = None,
        confidence: float | None = None,
        threshold: float | None = None,
    ) -> "Explanation":
        """Explain the answer to one product: what its parts did, its words, its picture's places.

        Each is withheld in turn, and the answers are compared, so that it takes about ten times
        as long as the answer. A smaller model that is asked first explains what it answers.

        Args:
            name: See `predict`, and so for all others.
            desc: Its description.
            image: Its picture.
            description: The same as *desc*; give one of them.
            accuracy: How often answers shall be right.
            confidence: How sure that promise is to hold.
            threshold: Least probability to answer with, instead of *accuracy*.

        Raises:
            InputError: If nothing is given, or a part is of a type that cannot be read.
            ImageError: If the picture cannot be decoded.
        """
        rule = self._rule(accuracy, threshold, confidence)
        product = self._hold(Product(name, one_description(desc, description), image))
        return self._explain(product, rule)

    def logits(self, products: Sequence[Product], *, batch_size: int = BATCH_SIZE) -> Float32Array:
        """Return raw scores, (N, C), in the order of the labels in its model directory.

        Raises:
            InputError: If a product has no part that can be read.
        """
        return self.score(products, batch_size=batch_size).logits

    def score(self, products: Sequence[Product], *, batch_size: int = BATCH_SIZE) -> Scores:
        """Return the same, and what single parts of the products say of the leaves.

        Raises:
            InputError: If a product has no part that can be read.
            ModelError: If the model was moved to a tree that is not one to one with its own.
        """
        refuse_moved(self.model.folder, self.model.moved)
        shares = self._workers.in_shares(self._score, in_batches(products, batch_size))
        return join_scores(list(shares), classes=len(self.model.labels))

    @property
    def categories(self) -> tuple[CategoryPath, ...]:
        """Paths of the leaves that it answers, (C,), in the order of `probabilities`."""
        return self.model.leaf_paths if self._other is None else self._other.paths

    def probabilities(
        self, products: Iterable[Product | Mapping[str, Any]], *, batch_size: int = BATCH_SIZE
    ) -> Float64Array:
        """Return the calibrated probability of each of the `categories`, (N, C).

        Rows sum to 1; that of a product of which nothing can be read is NaN. Those of which not
        everything can be read are logged. A smaller model that is asked first has no part in it.
        In another tree, they sum to less than 1 where something has no place there.

        Args:
            products: See `predict_many`.
            batch_size: Products that go through the network together.

        Raises:
            InputError: If *products* is not many products.
        """
        rule = Rule.of(self._calibration, None, 0.0, None, warned=self._warned)
        categories = len(self.model.labels)
        shares = self._read_and(
            lambda batch: probabilities_of(batch, self._scorer, rule, self._views, categories),
            products,
            batch_size,
        )
        probs = np.concatenate([np.empty((0, categories)), *shares])
        if self._other is None:
            return probs
        return self._other.probabilities(probs)[:, : len(self.categories)]

    def embed(
        self, products: Iterable[Product | Mapping[str, Any]], *, batch_size: int = BATCH_SIZE
    ) -> Embeddings:
        """Return what the encoders say of products' texts and pictures, to compare or search them.

        Args:
            products: See `predict_many`. Those of which not everything can be read are logged.
            batch_size: Products that go through the network together.

        Raises:
            InputError: If *products* is not many products.
        """
        embedder, reader = self._scorer.embedder, self._reader.alone()
        shares = self._read_and(
            lambda batch: embeddings_of(batch, embedder), products, batch_size, reader
        )
        return join_embeddings(shares, embedder)

    def _read_and(
        self,
        work: Callable[[Sequence[Parts]], Output],
        products: Iterable[Product | Mapping[str, Any]],
        batch_size: int,
        reader: PartReader | None = None,
    ) -> Iterator[Output]:
        """Work on products batch by batch, all on shares of it, and log what cannot be read."""
        check_products(products)
        reader = reader or self._reader

        def read_and_work(batch: Sequence[Product | Mapping[str, Any]]) -> Output:
            read = [reader.read(product) for product in batch]
            tell_unread(read)
            return work(read)

        return self._workers.in_shares(read_and_work, in_batches(products, batch_size))

    @property
    def options(self) -> dict[str, Any]:
        """What `load` takes to load the same, also in another process or on another machine.

        The model that comes with prodcat is None; other folders are to be there at the same path.
        """
        folder = self.model.folder
        return {
            "folder": None if folder == BUNDLED else folder.absolute(),
            "threads": self._threads,
            "cache": None if self.cache is None else self.cache.absolute(),
            "device": self.engine.device,
            "first": None if self.first is None else self.first.options["folder"] or BUNDLED,
            "as_tree": self.as_tree,
        }

    def __reduce__(self) -> tuple[Any, ...]:
        return _load_same, (self.options, self.fingerprint)

    def __repr__(self) -> str:
        first = "" if self.first is None else f", first={self.first!r}"
        return (
            f"<Predictor {self.model.name}: {len(self.categories):,} categories, from"
            f" {', '.join(part for part in PARTS if part in self.readable)}; in"
            f" {str(self.model.folder)!r}, {self.model.fingerprint[:12]}{first}>"
        )

    def _score(self, batch: Sequence[Product]) -> Scores:
        read = [self._reader.read(product) for product in batch]
        for parts in read:
            if parts.errors:
                raise parts.errors[0]
        return self._scorer.score(read, VIEWS)

    def _answer_given(
        self, batch: Sequence[Product | Mapping[str, Any]], rule: "Rule"
    ) -> list[Prediction]:
        """Answer products as they were given."""
        batch = [self._hold(given) for given in batch]
        sure = self._ask_first(batch, rule)
        unsure = [self._reader.read(given) for row, given in enumerate(batch) if row not in sure]
        answers = iter(self._answer(unsure, rule))
        return [sure[row] if row in sure else next(answers) for row in range(len(batch))]

    def _hold(self, given: Product | Mapping[str, Any]) -> Product | Mapping[str, Any]:
        return given if self.first is None else self._reader.hold(given)

    def _ask_first(
        self, batch: Sequence[Product | Mapping[str, Any]], rule: "Rule"
    ) -> dict[int, Prediction]:
        """Return the answers that the smaller model is sure of, by their place in the batch."""
        if self.first is None or rule.first is None:
            return {}
        answers = enumerate(self.first._answer_given(batch, rule.first))
        return {row: answer for row, answer in answers if is_leaf(answer)}

    def _answer(
        self,
        batch: Sequence[Parts],
        rule: "Rule",
        spread: MapFunction = map,
        *,
        scorer: Scorer | None = None,
    ) -> list[Prediction]:
        answers = [unanswered(parts) for parts in batch]
        rows = [row for row, parts in enumerate(batch) if parts.used]
        if not rows:
            return answers
        readable = [batch[row] for row in rows]
        scores = (scorer or self._scorer).score(readable, self._views, spread)
        judged = rule.judge(scores, [parts.used for parts in readable])
        if self._other is None:
            found = self._decoder.decode(judged.probs, judged.thresholds)
            decisions = [(decision, False) for decision in found]
        else:
            decisions = self._other.decode(judged.probs, judged.thresholds)
        for place, (row, (decision, unplaced)) in enumerate(zip(rows, decisions, strict=True)):
            answers[row] = answered(
                decision,
                self.categories,
                batch[row],
                needed=float(judged.thresholds[place]),
                foreign=bool(judged.foreign[place]),
                unplaced=unplaced,
            )
        return answers

    def _explain(
        self, given: Product | Mapping[str, Any], rule: "Rule", *, notes: Sequence[str] = ()
    ) -> "Explanation":
        from prodcat.inference.explaining import ASKED_FIRST, explain_product

        if self._other is not None:
            raise InputError(
                "An answer in another tree than the one that the model learnt is not explained;"
                " explain it in the model's own."
            )
        if self.first is not None and rule.first is not None and self._ask_first([given], rule):
            return self.first._explain(given, rule.first, notes=(ASKED_FIRST,))
        quiet = replace(rule, warned=warned_of_all(rule.accuracy))
        return explain_product(
            self._networks,
            self._reader,
            given,
            lambda batch, scorer: self._answer(batch, quiet, scorer=scorer),
            notes=notes,
        )

    def _rule(
        self, accuracy: float | None, threshold: float | None, confidence: float | None = None
    ) -> "Rule":
        rule = Rule.of(self._calibration, accuracy, threshold, confidence, warned=self._warned)
        if self.first is None:
            return rule
        # Its own default may be another accuracy.
        target = rule.accuracy if threshold is None else None
        return replace(rule, first=self.first._rule(target, threshold, confidence))


def _other_tree(model: ModelDir, as_tree: TreeMapping | None) -> OtherTree | None:
    """Return the tree to answer in, where it is another than that of the model's leaves."""
    leaves = model.moved
    if as_tree is not None:
        leaves = TranslatedLeaves.of(as_tree, model.answered_paths)
        if model.moved is not None:
            leaves = leaves.after(model.moved)
        if not leaves.paths:
            raise InputError(
                f"The mapping has no counterpart for any of the {len(model.labels):,} categories of"
                f" {model.folder}; it is of another tree."
            )
    return None if leaves is None else OtherTree(leaves)


def _load_same(options: Mapping[str, Any], fingerprint: str) -> Predictor:
    """Load what was pickled.

    Raises:
        ModelError: If its folder holds another model now, or none.
    """
    predictor = Predictor.load(**options)
    if predictor.fingerprint != fingerprint:
        raise ModelError(
            f"The model in {predictor.model.folder} is not the one that was pickled: its"
            f" fingerprint is {predictor.fingerprint[:12]}…, that one's {fingerprint[:12]}…."
            " Copy that model here, or pickle this one."
        )
    return predictor
