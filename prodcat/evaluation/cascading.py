"""Make a cascade of two models: choose on validation when the smaller one's answer is enough."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from prodcat.config import DataConfig
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows
from prodcat.decision.calibration import PatternCalibration
from prodcat.decision.confidence import LEAST_SURE
from prodcat.decision.scores import VIEWS, Scores
from prodcat.decision.temperature import softmax
from prodcat.errors import CorpusError, ModelError
from prodcat.evaluation.answers import Answers, answer_side, readable_side
from prodcat.evaluation.measuring import calibrate, probabilities
from prodcat.evaluation.recalibrating import labelled_sides
from prodcat.files import let_all_read, write_json, write_text
from prodcat.inference.cascade import are_sure, check_same_tree, placed, together
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.format import CARD, FIRST, MODEL_JSON, Handover, format_of
from prodcat.modeldir.reading import ModelDir
from prodcat.modeldir.recalibrating import copy_needed, copy_whole
from prodcat.modeldir.trees import refuse_moved
from prodcat.runs.format import EVERYTHING, LEAST_PRODUCTS, SELECTIONS

logger = logging.getLogger(__name__)

GATES = (0.8, 0.85, 0.9, 0.925, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.993, 0.996, 0.998)
WEIGHTS = (0.0, 0.25, 0.5, 1.0)
LESS_ACCURACY = 0.001
LESS_ANSWERED = 0.003
"""How much less than with the strictest gate a wider one may have on validation: less than two
seeds of one recipe are apart."""


@dataclass(frozen=True)
class Tried:
    """A gate, and what it brings on validation."""

    gate: float
    asked: float
    """Share of products that the larger network is asked about."""
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
class _Both:
    """Validation products that both models were asked about."""

    large: Answers
    small: Scores
    """Over the smaller model's own leaves."""
    asked: np.ndarray
    """Places of the products that the smaller model can read."""
    used: tuple[tuple[str, ...], ...]
    """Which parts it read of each of them."""


def choose_handover(
    small: Predictor,
    large: Predictor,
    corpus: Corpus,
    config: DataConfig,
    *,
    default_accuracy: float,
    confidence: float,
    gate: float | None = None,
) -> Chosen:
    """Choose how two models work together, on the validation products.

    The weight of the smaller one, where both are asked, is the one with the least log-loss if
    both always were. The gate is the widest that costs next to nothing on validation.

    Args:
        small: Asked first.
        large: Asked where that is not sure.
        corpus: Has validation products that neither has learnt from.
        config: Which product is on which side.
        default_accuracy: At which the share that is answered is compared.
        confidence: How sure each promise is to hold.
        gate: The one to take; None to choose.

    Raises:
        ModelError: If the models are of other trees, moved, cascades already, or the smaller one
            reads what the larger one does not.
        CorpusError: If there are too few validation products.
    """
    check_pair(small.model, large.model)
    both = _ask_both(small, large, corpus, config)
    columns = _columns(small.model, large.model)
    scale = _scale(small.model, large.model)
    weight = min(
        WEIGHTS, key=lambda each: _log_loss(both, small, Handover(1.0, each, scale, columns))
    )
    tried: list[Tried] = []
    for each in GATES if gate is None else (gate,):
        handover = Handover(each, weight, scale, columns)
        tried.append(_try(both, small, large, handover, default_accuracy, confidence))
        logger.info(
            f"Gate {each:g}: {tried[-1].asked:.1%} asked twice, accuracy"
            f" {tried[-1].accuracy:.4f}, {tried[-1].answered:.1%} answered at {default_accuracy:g}."
        )
    most, best = max(t.answered for t in tried), max(t.accuracy for t in tried)
    good = [
        t
        for t in tried
        if t.answered >= most - LESS_ANSWERED and t.accuracy >= best - LESS_ACCURACY
    ]
    # The two may be best at different gates; then the strictest is taken.
    widest = good[0] if good else tried[-1]
    return Chosen(Handover(widest.gate, weight, scale, columns), tuple(tried))


def check_pair(small: ModelDir, large: ModelDir) -> None:
    """Refuse two models that make no cascade; raises as `choose_handover`."""
    for model in (small, large):
        refuse_moved(model.folder, model.moved)
        if model.first is not None:
            raise ModelError(f"{model.folder} is a cascade already; name the models of one.")
    for kind in ("text", "image"):
        if getattr(small, kind) is not None and getattr(large, kind) is None:
            raise ModelError(
                f"{small.folder} reads {'pictures' if kind == 'image' else 'texts'}, which"
                f" {large.folder} does not; the model that is asked first reads no more."
            )
    if not set(small.leaf_paths) & set(large.leaf_paths):
        check_same_tree(small, large)


def write_cascade(small: ModelDir, large: ModelDir, handover: Handover, folder: Path) -> None:
    """Make a cascade of a folder, calibrated as the larger model: for those that come next.

    Args:
        small: Its smaller model.
        large: Its larger one.
        handover: How they work together.
        folder: An empty one.
    """
    # Before anything is copied: the new hashes would bear out a file that was altered.
    large.verify()
    small.verify()
    (folder / FIRST).mkdir()
    copy_needed(large, folder)
    copy_whole(small, folder / FIRST)
    data = json.loads(large.model_json) | {
        "format": format_of(cascade=True),
        FIRST: handover.to_dict(small.fingerprint),
    }
    # What answering does not need, such as weights, is not copied.
    data["files"] = {name: data["files"][name] for name in sorted(large.needed)}
    write_text(folder / CARD, cascade_card(small, large, handover))
    write_json(folder / MODEL_JSON, data, indent=1)
    let_all_read(folder / FIRST)
    let_all_read(folder)


def cascade_card(small: ModelDir, large: ModelDir, handover: Handover) -> str:
    """Return what is told of the two; measures follow from `with_measures`."""
    about = (large.card or f"# {large.name}").partition("## Measured\n")[0].rstrip()
    made = (small.card or "").partition("## Made of\n")[2].partition("\n## ")[0].strip()
    return "\n".join(
        [
            about,
            "",
            "## Asked first",
            "",
            "A smaller network answers what it is sure of: leaves with a probability of at least"
            f" {handover.gate:g} by its own calibration. All else goes to the larger one, whose"
            f" logits get those of the smaller one added with a weight of {handover.weight:g}."
            " Measures and promises are those of both together.",
            "",
            made or f"It is {small.name}.",
            "",
        ]
    )


def _ask_both(small: Predictor, large: Predictor, corpus: Corpus, config: DataConfig) -> _Both:
    side = labelled_sides(corpus, config, large.model.leaf_paths)["val"]
    answers = _answers(large, side, corpus)
    if (known := int((answers.labels >= 0).sum())) < LEAST_PRODUCTS:
        raise CorpusError(
            f"{corpus.path} has {known} validation products of categories that the model has;"
            f" {LEAST_PRODUCTS} are needed to make a cascade."
        )
    place = {row.id: number for number, row in enumerate(answers.rows)}
    own = _answers(small, side, corpus)
    kept = np.array([row.id in place for row in own.rows], dtype=np.bool_)
    return _Both(
        answers,
        own.scores.take(np.flatnonzero(kept)),
        np.array([place[row.id] for row in own.rows if row.id in place], dtype=np.int64),
        tuple(
            tuple(str(pattern).split("+"))
            for pattern, keep in zip(own.patterns, kept, strict=True)
            if keep
        ),
    )


def _answers(predictor: Predictor, side: LabelledRows, corpus: Corpus) -> Answers:
    readable = predictor.readable
    reads, sees = not readable.isdisjoint({"name", "description"}), "image" in readable
    products = readable_side(side, corpus, reads=reads, sees=sees)
    logger.info(f"Asking {predictor.model.name} for {len(products.rows):,} validation products.")
    only = {EVERYTHING: SELECTIONS[EVERYTHING]}
    return answer_side(predictor, products, corpus, side="val", selections=only)[EVERYTHING]


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


def _joined(both: _Both, small: Predictor, handover: Handover, *, never: bool = False) -> Answers:
    """Return what the cascade would answer, as `CascadeScorer` does."""
    early = np.zeros(len(both.large.rows), dtype=np.bool_)
    if not never:
        early[both.asked] = are_sure(both.small, both.used, small.model.calibration, handover)
    scores = together(
        placed(both.small, handover),
        both.asked,
        both.large.scores.take(np.flatnonzero(~early)) if not early.all() else None,
        early,
        handover,
        VIEWS,
    )
    return replace(both.large, scores=scores)


def _log_loss(both: _Both, small: Predictor, handover: Handover) -> float:
    answers = _joined(both, small, handover, never=True)
    known = np.flatnonzero(answers.labels >= 0)
    given = replace(answers, scores=replace(answers.scores, early=None)).take(known)
    temperatures = np.exp(np.linspace(np.log(0.5), np.log(3), 30))
    rows = np.arange(len(known))
    return min(
        float(-np.log(np.maximum(softmax(given.logits, t)[rows, given.labels], LEAST_SURE)).mean())
        for t in temperatures
    )


def _try(
    both: _Both,
    small: Predictor,
    large: Predictor,
    handover: Handover,
    default_accuracy: float,
    confidence: float,
) -> Tried:
    answers = _joined(both, small, handover)
    leaf_paths = large.model.leaf_paths
    given: Mapping[str, Answers] = {EVERYTHING: answers}
    calibration = calibrate(
        given, leaf_paths, default_accuracy=default_accuracy, confidence=confidence
    )
    best = probabilities(answers, calibration).argmax(axis=1)
    known = answers.labels >= 0
    patterns = calibration.patterns
    fullest = max(patterns, key=lambda parts: patterns[parts].n)
    share = patterns[fullest].share_answered(default_accuracy)
    early = answers.scores.early
    assert early is not None
    return Tried(
        handover.gate,
        asked=float((~early).mean()),
        accuracy=float((best == answers.labels)[known].mean()),
        answered=share or 0.0,
    )
