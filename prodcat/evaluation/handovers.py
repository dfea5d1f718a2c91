"""Choose on validation when the smaller of two models' answer is enough."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from prodcat.arrays import BoolArray, IntArray
from prodcat.config import DataConfig
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows
from prodcat.decision.calibration import Calibration, PatternCalibration
from prodcat.decision.scores import EARLY, LATE, TEXT_ALONE, VIEWS, Scores, join_scores
from prodcat.errors import CorpusError
from prodcat.evaluation.answers import Answers, answer_side, readable_side
from prodcat.evaluation.cascading import check_pair
from prodcat.evaluation.measuring import calibrate
from prodcat.evaluation.recalibrating import labelled_sides
from prodcat.inference.cascade import are_sure, placed, together
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.format import Handover
from prodcat.modeldir.reading import ModelDir
from prodcat.runs.format import EVERYTHING, LEAST_PRODUCTS, SELECTIONS
from prodcat.taxonomy.paths import CategoryPath

logger = logging.getLogger(__name__)

GATES = (0.9, 0.925, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.993, 0.996, 0.998)
TEXT_GATES = (0.98, 0.985, 0.99, 0.993, 0.996, 0.998, 0.999)
"""From 0.98 on, since a small network is sooner sure of a name that is of no kind it knows."""
WEIGHTS = (0.0, 0.25, 0.5, 1.0)
LESS_ACCURACY = 0.0005
LESS_ANSWERED = 0.003
"""How much less than with the strictest gate a wider one may have on validation: less than two
seeds of one recipe are apart."""


@dataclass(frozen=True)
class Tried:
    """A pair of gates, and what it brings on validation."""

    gate: float
    text_gate: float | None
    asked: float
    """Share of products that the larger network is asked about."""
    text_alone: float
    """Share whose picture is not looked at."""
    accuracy: float
    """Of the best leaf, over products of categories that the model has."""
    answered: float
    """Share answered at the default accuracy, as promised."""


@dataclass(frozen=True)
class Chosen:
    """How the two work together, and what was tried."""

    handover: Handover
    tried: tuple[Tried, ...]


@dataclass(frozen=True, eq=False)
class _Asked:
    """What the smaller model says of those validation products that it can read."""

    scores: Scores
    """Over its own leaves."""
    rows: IntArray
    """Their places among all."""
    used: tuple[tuple[str, ...], ...]
    """Which parts it read of each."""

    def take(self, places: IntArray) -> "_Asked":
        used = tuple(self.used[place] for place in places.tolist())
        return _Asked(self.scores.take(places), self.rows[places], used)


@dataclass(frozen=True, eq=False)
class _Both:
    """Validation products that both models were asked about."""

    large: Answers
    small: _Asked
    texts: _Asked
    """Those with text and picture, from the text alone."""


def choose_handover(
    small: Predictor,
    large: Predictor,
    corpus: Corpus,
    config: DataConfig,
    *,
    default_accuracy: float,
    confidence: float,
    gate: float | None = None,
    text_gate: float | None = None,
) -> Chosen:
    """Choose how two models work together, on the validation products.

    The weight of the smaller one, where both are asked, is the one that would be right most often
    if both always were. Of the gates the widest are taken that cost next to nothing on validation,
    first without one for texts alone, then this one.

    Args:
        small: Asked first.
        large: Asked where that is not sure.
        corpus: Has validation products that neither has learnt from.
        config: Which product is on which side.
        default_accuracy: At which the share that is answered is compared.
        confidence: How sure each promise is to hold.
        gate: The one to take; None to choose.
        text_gate: The same for texts alone.

    Raises:
        ModelError: If the models are of other trees, moved, cascades already, or the smaller one
            reads what the larger one does not.
        CorpusError: If there are too few validation products.
    """
    check_pair(small.model, large.model)
    both = _ask_both(small, large, corpus, config)
    columns = _columns(small.model, large.model)
    scale = _scale(small.model, large.model)
    calibration = small.model.calibration

    def both_always(weight: float) -> float:
        return _accuracy(_joined(both, calibration, Handover(2.0, weight, scale, columns)))

    weight = max(WEIGHTS, key=both_always)

    def attempt(gate: float, text_gate: float | None) -> Tried:
        handover = Handover(gate, weight, scale, columns, text_gate)
        answers = _joined(both, calibration, handover)
        tried = _try(answers, handover, large.model.leaf_paths, default_accuracy, confidence)
        logger.info(
            f"Gate {gate:g}, of texts {'none' if text_gate is None else f'{text_gate:g}'}:"
            f" {tried.text_alone:.1%} without the picture, {tried.asked:.1%} asked twice;"
            f" accuracy {tried.accuracy:.4f}, {tried.answered:.1%} answered at"
            f" {default_accuracy:g}."
        )
        return tried

    tried = [attempt(each, None) for each in (GATES if gate is None else (gate,))]
    chosen = _widest(tried)
    if len(both.texts.rows):
        wanted = TEXT_GATES if text_gate is None else (text_gate,)
        narrower = [attempt(chosen.gate, each) for each in wanted if each is not None]
        tried += narrower
        chosen = _widest([*narrower, chosen]) if text_gate is None else narrower[-1]
    return Chosen(Handover(chosen.gate, weight, scale, columns, chosen.text_gate), tuple(tried))


def _widest(tried: Sequence[Tried]) -> Tried:
    """Return the first that is as good as the last, the strictest, or better, but for a little."""
    most, best = max(t.answered for t in tried), max(t.accuracy for t in tried)
    good = [
        t
        for t in tried
        if t.answered >= most - LESS_ANSWERED and t.accuracy >= best - LESS_ACCURACY
    ]
    # The two may be best at different gates; then the strictest is taken.
    return good[0] if good else tried[-1]


def _ask_both(small: Predictor, large: Predictor, corpus: Corpus, config: DataConfig) -> _Both:
    side = labelled_sides(corpus, config, large.model.leaf_paths)["val"]
    answers = _answers(large, side, corpus, EVERYTHING)
    if (known := int((answers.labels >= 0).sum())) < LEAST_PRODUCTS:
        raise CorpusError(
            f"{corpus.path} has {known} validation products of categories that the model has;"
            f" {LEAST_PRODUCTS} are needed to make a cascade."
        )
    place = {row.id: number for number, row in enumerate(answers.rows)}

    def asked(selection: str) -> _Asked:
        own = _answers(small, side, corpus, selection)
        kept = np.array([number for number, row in enumerate(own.rows) if row.id in place], int)
        return _Asked(
            own.scores,
            np.array([place.get(row.id, -1) for row in own.rows], dtype=np.int64),
            tuple(_as_read(small.model, str(pattern).split("+")) for pattern in own.patterns),
        ).take(kept)

    whole = asked(EVERYTHING)
    if small.model.text is None or small.model.image is None:
        return _Both(answers, whole, whole.take(np.zeros(0, dtype=np.int64)))
    texts = asked("no image")
    pictured = {
        int(row) for row, used in zip(whole.rows, whole.used, strict=True) if "image" in used
    }
    kept = [number for number, row in enumerate(texts.rows) if int(row) in pictured]
    return _Both(answers, whole, texts.take(np.array(kept, dtype=np.int64)))


def _as_read(model: ModelDir, parts: Sequence[str]) -> tuple[str, ...]:
    """Return which of the parts of a product a model reads."""
    alone = model.text is not None and model.text.description == "alone"
    left_out = {"description"} if alone and "name" in parts else set()
    return tuple(part for part in parts if part not in left_out)


def _answers(predictor: Predictor, side: LabelledRows, corpus: Corpus, selection: str) -> Answers:
    readable = predictor.readable
    reads, sees = not readable.isdisjoint({"name", "description"}), "image" in readable
    products = readable_side(side, corpus, reads=reads, sees=sees)
    logger.info(f"Asking {predictor.model.name} for {len(products.rows):,} validation products.")
    only = {selection: SELECTIONS[selection]}
    return answer_side(predictor, products, corpus, side="val", selections=only)[selection]


def _columns(small: ModelDir, large: ModelDir) -> tuple[int | None, ...]:
    place = {path: column for column, path in enumerate(small.leaf_paths)}
    return tuple(place.get(path) for path in large.leaf_paths)


def _scale(small: ModelDir, large: ModelDir) -> float:
    parts = sorted(_most(small) & _most(large)) or ["name"]

    def temperature(model: ModelDir) -> float:
        pattern: PatternCalibration = model.calibration.for_parts(parts)
        return pattern.temperature

    return temperature(large) / temperature(small)


def _most(model: ModelDir) -> set[str]:
    return set(max(model.calibration.patterns, key=lambda p: len(p.split("+"))).split("+"))


def _joined(both: _Both, calibration: Calibration, handover: Handover) -> Answers:
    """Return what the cascade would answer, as `CascadeScorer` does."""
    early = np.full(len(both.large.rows), LATE)
    told = []
    if handover.text_gate is not None:
        sure = _sure(both.texts, calibration, handover)
        early[both.texts.rows[sure]] = TEXT_ALONE
        told.append(both.texts.take(np.flatnonzero(sure)))
    rest = both.small.take(np.flatnonzero(early[both.small.rows] == LATE))
    early[rest.rows[_sure(rest, calibration, handover)]] = EARLY
    told.append(rest)
    late = np.flatnonzero(early == LATE)
    classes = both.small.scores.logits.shape[1]
    scores = together(
        placed(join_scores([each.scores for each in told], classes=classes), handover),
        np.concatenate([each.rows for each in told]),
        both.large.scores.take(late) if len(late) else None,
        early,
        handover,
        VIEWS,
    )
    return replace(both.large, scores=scores)


def _sure(asked: _Asked, calibration: Calibration, handover: Handover) -> BoolArray:
    return are_sure(asked.scores, asked.used, calibration, handover)


def _accuracy(answers: Answers) -> float:
    """Return how often the best leaf is right, of products of categories that the model has."""
    known = answers.labels >= 0
    return float((answers.logits.argmax(axis=1) == answers.labels)[known].mean())


def _try(
    answers: Answers,
    handover: Handover,
    leaf_paths: Sequence[CategoryPath],
    default_accuracy: float,
    confidence: float,
) -> Tried:
    given: Mapping[str, Answers] = {EVERYTHING: answers}
    calibration = calibrate(
        given, leaf_paths, default_accuracy=default_accuracy, confidence=confidence
    )
    patterns = calibration.patterns
    fullest = max(patterns, key=lambda parts: patterns[parts].n)
    early = answers.scores.early
    assert early is not None
    return Tried(
        handover.gate,
        handover.text_gate,
        asked=float((early == LATE).mean()),
        text_alone=float((early == TEXT_ALONE).mean()),
        accuracy=_accuracy(answers),
        answered=patterns[fullest].share_answered(default_accuracy) or 0.0,
    )
