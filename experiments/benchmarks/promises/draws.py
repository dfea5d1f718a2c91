"""Draws of calibration and held-out products, and what each rule makes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from rich.console import Console
from rich.progress import track

from experiments.benchmarks.promises.rules import BEFORE, RULES
from prodcat.config import DataConfig
from prodcat.corpus.store import Corpus
from prodcat.data.splits import group_products
from prodcat.decision.calibration import PatternCalibration, ValidationEvidence
from prodcat.decision.decoding import Decoder
from prodcat.decision.fitting import LabelledScores, fit_pattern
from prodcat.decision.guarantee import THRESHOLDS, Evidence, path_evidence
from prodcat.evaluation.answers import answer_side, readable_side
from prodcat.evaluation.recalibrating import labelled_sides
from prodcat.inference.predictor import Predictor
from prodcat.product import pattern_of
from prodcat.runs.format import SELECTIONS
from prodcat.taxonomy.paths import CategoryPath


@dataclass(frozen=True)
class Setup:
    """What is drawn."""

    given: str
    """The parts, as a selection of `prodcat.runs.format.SELECTIONS`."""
    size: int
    """Calibration products; 0 for half of all."""
    accuracies: tuple[float, ...]
    confidence: float
    draws: int


@dataclass(frozen=True)
class Outcome:
    """What a rule's threshold came to on the held-out products of one draw."""

    coverage: float
    """Share answered with a path, leaf or ancestor."""
    accuracy: float
    """Share of these that is right; NaN where nothing is answered."""
    leaf_coverage: float
    """Share answered down to a leaf."""
    leaf_accuracy: float


Outcomes = Mapping[tuple[float, str], list[Outcome]]
"""Accuracy and name of the rule → one for each draw."""


def answer_all(
    predictor: Predictor, corpus: Corpus, given: Sequence[str]
) -> dict[str, LabelledScores]:
    """Return the scores of all labelled validation and test products, for each selection.

    Only those products count that have all the parts of the selection that the model reads.
    """
    sides = labelled_sides(corpus, DataConfig(), predictor.model.leaf_paths)
    readable = predictor.readable
    products = readable_side(
        sides["val"] + sides["test"],
        corpus,
        reads=not readable.isdisjoint({"name", "description"}),
        sees="image" in readable,
    )
    chosen_parts = {name: SELECTIONS[name] for name in given}
    answers = answer_side(predictor, products, corpus, side="val", selections=chosen_parts)
    found = {}
    for name in given:
        if name not in answers:
            continue
        chosen = answers[name]
        pattern = pattern_of([part for part in SELECTIONS[name] if part in readable])
        rows = np.flatnonzero(chosen.patterns == pattern)
        every = LabelledScores(
            chosen.scores, chosen.labels, chosen.paths, group_products(chosen.rows)
        ).take(rows)
        found[name] = replace(every, scores=every.scores.seen(pattern.split("+")))
    return found


def draw_many(
    products: LabelledScores, leaf_paths: Sequence[CategoryPath], setup: Setup
) -> Outcomes:
    """Calibrate on one half and answer the other, again and again."""
    decoder = Decoder(leaf_paths)
    random = np.random.default_rng(0)
    outcomes: dict[tuple[float, str], list[Outcome]] = {}
    half = len(products.labels) // 2
    title = f"{setup.given}, {setup.size or half:,}"
    screen = Console(stderr=True)
    for _ in track(range(setup.draws), description=title, console=screen, transient=True):
        order = random.permutation(len(products.labels))
        calibration = products.take(np.sort(order[: setup.size or half]))
        others = products.take(np.sort(order[half:]))
        fitted = fit_pattern(calibration, decoder)
        plain = _without_views(calibration, fitted, decoder)
        for fit, rules in ((plain, {BEFORE: RULES[BEFORE]}), (fitted, RULES)):
            assert fit.evidence is not None
            reached = _evidence(others, fit, decoder)
            for accuracy in setup.accuracies:
                for name, rule in rules.items():
                    key = name if fit is fitted else f"{name}, temperature alone"
                    chosen = (fit.evidence.paths, fit.evidence.path_leaves)
                    threshold = rule(chosen, accuracy, setup.confidence)
                    found = _outcome(reached, threshold, len(others.labels))
                    outcomes.setdefault((accuracy, key), []).append(found)
    return outcomes


def _without_views(
    products: LabelledScores, fitted: PatternCalibration, decoder: Decoder
) -> PatternCalibration:
    """Return a calibration as it was before: a temperature, and nothing is foreign."""
    plain = replace(fitted, confidence=None, least_familiarity=None)
    paths, leaves = _evidence(products, plain, decoder)
    return replace(plain, evidence=ValidationEvidence(leaves, paths, leaves))


def _evidence(
    products: LabelledScores, fitted: PatternCalibration, decoder: Decoder
) -> tuple[Evidence, Evidence]:
    walks = decoder.walk(fitted.probabilities(products.scores))
    answerable = ~fitted.is_foreign(products.scores)
    return path_evidence(walks, decoder.gold_of(products.paths), answerable)


def _outcome(reached: tuple[Evidence, Evidence], threshold: float | None, products: int) -> Outcome:
    if threshold is None:
        return Outcome(0.0, float("nan"), 0.0, float("nan"))
    place = THRESHOLDS.index(threshold)
    shares = []
    for one in reached:
        answered = one.answered[place]
        shares += [answered / products, one.right[place] / answered if answered else float("nan")]
    return Outcome(*shares)
