"""Two networks that answer as one, and two models that answer one after the other."""

from collections.abc import Mapping, Sequence
from copy import copy

import numpy as np

from prodcat.arrays import BoolArray, Float32Array, IntArray
from prodcat.decision.calibration import Calibration
from prodcat.decision.scores import EARLY, LATE, TEXT_ALONE, VIEWS, Scores, join_scores
from prodcat.errors import ModelError
from prodcat.inference.embedder import Embedder, MapFunction
from prodcat.inference.parts import Parts
from prodcat.inference.rule import views_used
from prodcat.inference.scoring import OneScorer, Scorer
from prodcat.modeldir.format import Handover
from prodcat.modeldir.reading import FirstModel, ModelDir
from prodcat.product import Prediction
from prodcat.taxonomy.paths import join_path


class CascadeScorer(Scorer):
    """Scores products by a smaller network, and by the larger one those that it is unsure of.

    What comes out are scores of the larger one's leaves, whoever gave them, so that one
    calibration holds for what the two answer together (Viola and Jones 2001, and, for the
    thresholds, Geifman and El-Yaniv 2017).

    Args:
        first: The smaller model, and when its answer is enough.
        small: Scores by it.
        large: Scores by the larger one.
        leaves: How many leaves the larger one has.

    Raises:
        ModelError: If the two do not belong together.
    """

    def __init__(self, first: FirstModel, small: OneScorer, large: OneScorer, leaves: int) -> None:
        self._handover, self._calibration = first.handover, first.model.calibration
        check_columns(first.handover, len(first.model.labels), leaves)
        self._small, self._large = small, large
        self._classes = len(first.model.labels)
        self._views = views_used(self._calibration)
        self._reads_both = first.model.text is not None and first.model.image is not None
        self._forced: int | None = None

    def forced(self, early: int) -> "CascadeScorer":
        """Return the same, by which every product goes the same way.

        Args:
            early: `LATE`, `EARLY` or `TEXT_ALONE`; what the smaller network cannot read at all
                goes to the larger one.
        """
        twin = copy(self)
        twin._forced = early
        return twin

    @property
    def embedder(self) -> Embedder:
        """The larger one's."""
        return self._large.embedder

    def score(
        self, batch: Sequence[Parts], views: Sequence[str], spread: MapFunction = map
    ) -> Scores:
        """Score products; raises and takes as `OneScorer.score`."""
        firsts = {row: p.first for row, p in enumerate(batch) if p.first and p.first.used}
        early = np.full(len(batch), LATE)
        wanted = tuple(view for view in VIEWS if view in {*views, *self._views})
        told: list[Scores] = []
        asked: list[int] = []
        small = self._small
        if firsts and self._asks_texts:
            small = small.remembering()
            texts = {row: p.without_picture for row, p in firsts.items() if _has_both(p)}
            sure, own = self._ask(small, texts, wanted, spread)
            rows = np.array(list(texts), dtype=np.int64)[sure]
            early[rows] = TEXT_ALONE
            asked += rows.tolist()
            told.append(own.take(np.flatnonzero(sure)))
        if rest := {row: parts for row, parts in firsts.items() if early[row] == LATE}:
            sure, own = self._ask(small, rest, wanted, spread)
            early[np.array(list(rest))[sure]] = EARLY
            asked += list(rest)
            told.append(own)
        left = np.flatnonzero(early == LATE)
        large = None
        if len(left):
            parts = [batch[row].whole for row in left.tolist()]
            large = self._large.score(parts, views, spread)
        first = None
        if told:
            first = placed(join_scores(told, classes=self._classes), self._handover)
        return together(first, np.array(asked, dtype=np.int64), large, early, self._handover, views)

    @property
    def _asks_texts(self) -> bool:
        """Whether products with text and picture are answered from the text alone, if they can."""
        if self._forced is not None:
            return self._forced == TEXT_ALONE
        return self._reads_both and self._handover.text_gate is not None

    def _ask(
        self,
        small: OneScorer,
        products: Mapping[int, Parts],
        views: Sequence[str],
        spread: MapFunction,
    ) -> tuple[BoolArray, Scores]:
        """Ask the smaller network, and tell of which products it is sure enough, (n,)."""
        parts = list(products.values())
        if not parts:
            nobody = Scores(np.zeros((0, self._classes), dtype=np.float32))
            return np.zeros(len(parts), dtype=np.bool_), nobody
        own = small.score(parts, views, spread)
        if self._forced is not None:
            return np.full(len(parts), self._forced != LATE), own
        used = [one.used for one in parts]
        return are_sure(own, used, self._calibration, self._handover), own


def _has_both(parts: Parts) -> bool:
    return parts.has_image and len(parts.used) > 1


def are_sure(
    scores: Scores,
    used: Sequence[tuple[str, ...]],
    calibration: Calibration,
    handover: Handover,
) -> BoolArray:
    """Whether the smaller network is sure enough of its leaf for it to be the answer, (N,).

    Args:
        scores: Its own, of N products.
        used: Which parts it read of each.
        calibration: Its own.
        handover: How sure it has to be, and which of its leaves the larger one has.
    """
    sure = np.zeros(len(used), dtype=np.bool_)
    has_place = np.zeros(scores.logits.shape[1], dtype=np.bool_)
    has_place[[column for column in handover.columns if column is not None]] = True
    for parts in dict.fromkeys(used):
        rows = np.array([row for row, has in enumerate(used) if has == parts])
        seen, pattern = scores.take(rows), calibration.for_parts(parts)
        probs = pattern.probabilities(seen)
        known = has_place[probs.argmax(axis=1)] & ~pattern.is_foreign(seen)
        sure[rows] = (probs.max(axis=1) >= handover.gate_of(parts)) & known
    return sure


def placed(scores: Scores, handover: Handover) -> Scores:
    """Return a smaller network's scores as those of the larger one's leaves, (N, C).

    A leaf that it lacks gets its lowest score.
    """
    lacking = np.array([column is None for column in handover.columns])
    columns = np.array([0 if column is None else column for column in handover.columns])

    def place(logits: Float32Array) -> Float32Array:
        found = logits[:, columns]
        found[:, lacking] = logits.min(axis=1, keepdims=True)
        return found * np.float32(handover.scale)

    return Scores(place(scores.logits), {v: place(seen) for v, seen in scores.views.items()})


def together(
    small: Scores | None,
    asked: IntArray,
    large: Scores | None,
    early: IntArray,
    handover: Handover,
    views: Sequence[str],
) -> Scores:
    """Join what two networks say of a batch of N products.

    Args:
        small: The smaller one's scores, `placed`, of the products that it was asked about.
        asked: Which these are.
        large: The larger one's, of those that are late.
        early: Who answers each, (N,).
        handover: How much the smaller one's count where both were asked.
        views: Those to return.
    """
    given = [scores for scores in (small, large) if scores is not None]
    if not given:
        return Scores(np.zeros((0, len(handover.columns)), dtype=np.float32), {}, early)
    logits = np.zeros((len(early), given[0].logits.shape[1]), dtype=np.float32)
    if large is not None:
        logits[early == LATE] = large.logits
    if small is not None:
        first = early[asked] > LATE
        logits[asked[first]] = small.logits[first]
        logits[asked[~first]] += np.float32(handover.weight) * small.logits[~first]
    seen = {v for scores in given for v in scores.views if v in views}
    # Where a network has no such view, it is the answer's.
    kept = {view: logits.copy() for view in VIEWS if view in seen}
    for view, rows in kept.items():
        if large is not None and view in large.views:
            rows[early == LATE] = large.views[view]
        if small is not None and view in small.views:
            rows[asked[first]] = small.views[view][first]
    return Scores(logits, kept, early)


def check_columns(handover: Handover, first: int, leaves: int) -> None:
    """Refuse a handover of other networks.

    Args:
        handover: What ``model.json`` says.
        first: Leaves of the smaller one.
        leaves: Those of the larger one.

    Raises:
        ModelError: If it names leaves that there are not.
    """
    known = [column for column in handover.columns if column is not None]
    if len(handover.columns) != leaves or max(known) >= first:
        raise ModelError(
            f"The two networks of this cascade do not belong together: it names the places of"
            f" {len(handover.columns)} leaves of {leaves}, up to {max(known)} of {first}."
        )


def is_leaf(answer: Prediction) -> bool:
    """Tell an answer that is sure of a leaf from one of an ancestor, and from none."""
    return not answer.abstained and answer.path == answer.alternatives[0].path


def check_same_tree(first: ModelDir, second: ModelDir) -> None:
    """Refuse a first model that has categories which the second lacks.

    Raises:
        ModelError: If it has.
    """
    if unknown := sorted(set(first.leaf_paths) - set(second.leaf_paths)):
        raise ModelError(
            f"{first.folder} answers with {len(unknown)} categories that {second.folder} does not"
            f" have, such as {join_path(unknown[0])}. Both must be trained on the same tree."
        )
