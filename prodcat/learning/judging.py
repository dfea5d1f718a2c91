"""Two models on the same products, which neither of them has learnt from."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prodcat.arrays import BoolArray, IntArray
from prodcat.config import RunConfig
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows
from prodcat.decision.accuracies import measure_at
from prodcat.decision.calibration import Calibration
from prodcat.decision.decoding import Decoder
from prodcat.decision.right import right_leaves
from prodcat.errors import RunError
from prodcat.evaluation.answers import Answers, answer_side, readable_side
from prodcat.evaluation.measuring import are_foreign, calibrate, probabilities
from prodcat.evaluation.recalibrating import labelled_sides
from prodcat.inference.predictor import Predictor
from prodcat.learning.result import AFTER, ANEW, BEFORE, CategoryChange, SideResult
from prodcat.measures.bootstrap import interval, resample
from prodcat.measures.interval import Interval
from prodcat.measures.statistics import Statistic, f1_of, mean_of, measured, ratio_of
from prodcat.product import PARTS
from prodcat.runs.format import EVERYTHING, SIDES
from prodcat.runs.side import Predictions
from prodcat.taxonomy.paths import CategoryPath
from prodcat.trial.comparing import Contestant, compare_models


@dataclass(frozen=True)
class Judgement:
    """What came of it."""

    sides: Mapping[str, SideResult]
    """val and test, the latter only where there are test products."""
    moved: int
    """Products that were not on the same side when the old model was trained."""


@dataclass(frozen=True)
class _Marks:
    """One model's answers to the products of a side."""

    labels: IntArray
    """Its leaf of each product, (N,); -1 for a category that it does not have."""
    best: IntArray
    """The leaf that it finds most probable, (N,)."""
    right: BoolArray
    answered: Mapping[float, BoolArray]
    """Accuracy → whether each product is answered when this is asked for, (N,)."""
    kept: Mapping[float, BoolArray]
    """The same of those whose answer, leaf or ancestor, is right."""
    leaves: tuple[CategoryPath, ...]


def judge_models(
    corpus: Corpus,
    config: RunConfig,
    models: tuple[Path, Path],
    known: Predictions,
    accuracies: Sequence[float],
) -> Judgement:
    """Hold a new model against the old one, by the labels that the corpus has now.

    A product counts where it is on its side of the split today and was when the old model was
    trained, so that neither has learnt from it.

    Args:
        corpus: Has the products.
        config: Settings of the runs, which say what is on which side.
        models: The old model directory and the new one.
        known: What the old run answered when it was trained.
        accuracies: To be asked for; the first is the one that calibration is made for.

    Raises:
        RunError: If no validation product is left to judge by.
    """
    cache = corpus.path.parent / "embeddings"
    old, new = (Predictor.load(folder, cache=cache) for folder in models)
    before = {side: set(known.side(side).ids) for side in SIDES}
    sides = labelled_sides(corpus, config.data, old.model.leaf_paths)
    reads, sees = not old.readable.isdisjoint(PARTS[:2]), "image" in old.readable
    chosen, moved = {}, 0
    for side, products in sides.items():
        usable = readable_side(products, corpus, reads=reads, sees=sees)
        places = [i for i, row in enumerate(usable.rows) if row.id in before[side]]
        moved += len(usable.rows) - len(places)
        chosen[side] = _labelled_for(usable.take(places), old.model.leaf_paths)
    if not chosen["val"].rows:
        raise RunError(
            f"None of the validation products of {corpus.path} was one when the old run was"
            " trained, so there is nothing to judge by. Name the corpus that it learnt from."
        )
    # Asked with parts withheld as well: each combination of parts has thresholds of its own.
    answered = answer_side(old, chosen["val"], corpus, side="val")
    anew = calibrate(
        answered,
        old.model.leaf_paths,
        default_accuracy=accuracies[0],
        confidence=old.model.calibration.confidence,
    )
    results = {}
    for side, products in chosen.items():
        if not products.rows:
            continue
        of_old = answered[EVERYTHING] if side == "val" else _everything(old, products, corpus, side)
        of_new = _everything(new, _labelled_for(products, new.model.leaf_paths), corpus, side)
        marks = {
            BEFORE: _mark(of_old, old.model.calibration, old.model.leaf_paths, accuracies),
            ANEW: _mark(of_old, anew, old.model.leaf_paths, accuracies),
            AFTER: _mark(of_new, new.model.calibration, new.model.leaf_paths, accuracies),
        }
        results[side] = _compare(products, marks)
    return Judgement(results, moved)


def _everything(predictor: Predictor, side: LabelledRows, corpus: Corpus, name: str) -> Answers:
    asked = {EVERYTHING: PARTS}
    return answer_side(predictor, side, corpus, side=name, selections=asked)[EVERYTHING]


def _labelled_for(side: LabelledRows, leaves: Sequence[CategoryPath]) -> LabelledRows:
    """Return the same products with the leaves of a model, as its training labels them.

    A category that is none of the leaves is its nearest ancestor that is one.
    """
    number = {path: leaf for leaf, path in enumerate(leaves)}
    labels = []
    for path in side.paths:
        ends = (path[:depth] for depth in range(len(path), 0, -1))
        labels.append(next((number[end] for end in ends if end in number), -1))
    return LabelledRows(side.rows, tuple(labels), side.paths)


def _mark(
    answers: Answers,
    calibration: Calibration,
    leaves: Sequence[CategoryPath],
    accuracies: Sequence[float],
) -> _Marks:
    probs, foreign = probabilities(answers, calibration), are_foreign(answers, calibration)
    best = probs.argmax(axis=1)
    decoder = Decoder(leaves)
    walks = decoder.walk(probs)
    on_way = walks.nodes == decoder.gold_of(answers.paths)
    answered, kept = {}, {}
    for accuracy in dict.fromkeys(accuracies):
        least = _thresholds(answers.patterns.tolist(), calibration, accuracy)
        depths = walks.depths(np.where(foreign, np.inf, least))
        ends = np.maximum(depths - 1, 0)[:, None]
        answered[accuracy] = depths > 0
        kept[accuracy] = (depths > 0) & np.take_along_axis(on_way, ends, axis=1)[:, 0]
    right = right_leaves(best, answers.labels, answers.paths, leaves)
    return _Marks(answers.labels, best, right, answered, kept, tuple(leaves))


def _thresholds(
    patterns: Collection[str], calibration: Calibration, accuracy: float
) -> list[float]:
    """Return the least probability to answer each product with; infinite for never."""
    found = {}
    for pattern in set(patterns):
        fitted = calibration.for_parts(pattern.split("+"))
        threshold = fitted.for_paths(accuracy, calibration.confidence).threshold
        found[pattern] = np.inf if threshold is None else threshold
    return [found[pattern] for pattern in patterns]


def _statistics(marks: _Marks) -> dict[str, Statistic]:
    statistics = {
        "accuracy": mean_of(marks.right),
        "macro_f1": f1_of(marks.labels, marks.best, weighted=False),
    }
    for accuracy, answered in marks.answered.items():
        statistics[measure_at("path_coverage", accuracy)] = mean_of(answered)
        reached = ratio_of(marks.kept[accuracy], answered)
        statistics[measure_at("path_accuracy", accuracy)] = reached
    return statistics


def _compare(products: LabelledRows, marks: Mapping[str, _Marks]) -> SideResult:
    n = len(products.rows)
    statistics = {name: _statistics(mark) for name, mark in marks.items()}
    (pair,) = compare_models(
        [
            Contestant(name, marks[name].right, statistics[name], frozenset(marks[name].leaves))
            for name in (ANEW, AFTER)
        ]
    )
    return SideResult(
        n=n,
        decided=sum(row.is_decided for row in products.rows),
        measures={name: _intervals(statistics[name], n) for name in marks},
        pair=pair,
        categories=_changes(products.paths, marks[ANEW].right, marks[AFTER].right),
    )


def _intervals(statistics: Mapping[str, Statistic], n: int) -> dict[str, Interval]:
    draws = resample(statistics, n, n=1000)
    found = {}
    for name, statistic in statistics.items():
        value = measured(statistic, n)
        if np.isnan(value):
            found[name] = Interval()
            continue
        # Moved back by the draws' bias, an end may lie outside of what a share can be.
        low, high = np.clip(interval(draws[name], value=value), 0, 1).tolist()
        found[name] = Interval(value, low, high)
    return found


def _changes(
    paths: Sequence[CategoryPath], before: BoolArray, after: BoolArray
) -> tuple[CategoryChange, ...]:
    counts = Counter(paths)
    sums: dict[CategoryPath, list[int]] = {path: [0, 0, 0, 0] for path in counts}
    for path, was, now in zip(paths, before.tolist(), after.tolist(), strict=True):
        for place, one in enumerate((was, now, now and not was, was and not now)):
            sums[path][place] += one
    changes = [
        CategoryChange(path, counts[path], *of_path)
        for path, of_path in sums.items()
        if of_path[2] or of_path[3]
    ]
    return tuple(sorted(changes, key=lambda c: (-abs(c.after - c.before), -c.n, c.path)))
