"""What learning from decisions came to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from prodcat.corpus.corrections import CorrectionCounts
from prodcat.decision.accuracies import HEADLINE_ACCURACY, in_percent, measure_at
from prodcat.learning.curve import GOAL, Point, outlook
from prodcat.measures.interval import Interval
from prodcat.taxonomy.paths import CategoryPath, join_path
from prodcat.trial.result import ModelPair
from prodcat.wording import percent

BEFORE, ANEW, AFTER = "in place", "in place, calibrated anew", "new"
"""The model that answers today; the same with its thresholds chosen on today's labels, so that
both are held to the same; and the one that has learnt."""


@dataclass(frozen=True)
class CategoryChange:
    """How one category fares, before and after."""

    path: CategoryPath
    n: int
    """Its products on this side."""
    before: int
    """Of these, those whose best leaf was right."""
    after: int
    better: int
    """Those that are right now and were not."""
    worse: int


@dataclass(frozen=True)
class SideResult:
    """Both models on the products of one side that neither has learnt from."""

    n: int
    decided: int
    """Of these, those whose label a person decided on."""
    measures: Mapping[str, Mapping[str, Interval]]
    """`BEFORE`, `ANEW` and `AFTER` → measure → its value."""
    pair: ModelPair
    """`ANEW` and `AFTER` on the same products."""
    categories: tuple[CategoryChange, ...]
    """Those that any product changed sides in, the largest change first."""

    def value(self, model: str, measure: str) -> float:
        """Return a measure of a model; 0 where there is none, as of answers that there are not."""
        return self.measures[model][measure].value or 0.0


@dataclass(frozen=True)
class DecisionKind:
    """Decisions that say the same."""

    stated: str
    """Path that the shop states; empty for none."""
    decided: str
    """Path that was decided on; empty where none of the tree's is right."""
    products: int


@dataclass(frozen=True)
class DecisionFacts:
    """What people decided, as far as it counts."""

    counts: CorrectionCounts
    by_side: Mapping[str, int]
    """train, val and test → labels that were decided on."""
    changes: tuple[DecisionKind, ...]
    """Those that say otherwise than the shop, the most frequent first."""


@dataclass(frozen=True)
class Learnt:
    """What learning came to."""

    old: Path
    """The run that was learnt from, where it lies now."""
    new: Path
    """The new run, where it lies now."""
    is_better: bool
    """Whether it is at least as good at what is promised."""
    is_in_place: bool
    """Whether it took the old one's place."""
    whole: bool
    """Whether all of it was trained, and not the head alone."""
    accuracy: float
    """That answers keep where nobody asks for another."""
    seconds: float
    sides: Mapping[str, SideResult]
    """val and test; the latter is left out where there are no test products."""
    moved: int
    """Validation and test products that are left out here, since the old model may have learnt
    from them."""
    decisions: DecisionFacts
    curve: tuple[Point, ...] = ()
    """What could be answered after each learning, by labels."""
    goal: float = GOAL
    """Share of the products that shall be answered at an accuracy of 98 %."""

    @property
    def outlook(self) -> str:
        """How many more labels the goal takes, as far as it can be told."""
        return outlook(self.curve, self.goal) if self.curve else ""

    @property
    def promise(self) -> str:
        """Measure of what is answered at the default accuracy."""
        return measure_at("path_coverage", self.accuracy)

    @property
    def titles(self) -> dict[str, str]:
        """Measure → its title, in the order in which they are shown."""
        titles = {"accuracy": "Accuracy", "macro_f1": "Macro-F1"}
        for accuracy in dict.fromkeys((HEADLINE_ACCURACY, self.accuracy)):
            at = in_percent(accuracy)
            titles[measure_at("path_coverage", accuracy)] = f"Coverage at {at} %"
            titles[measure_at("path_accuracy", accuracy)] = f"Accuracy reached at {at} %"
        return titles

    @property
    def verdict(self) -> str:
        """Whether it took the old one's place and why, in a sentence or two."""
        val, at = self.sides["val"], in_percent(self.accuracy)
        pairs = {
            f"coverage at {at} %": (val.value(ANEW, self.promise), val.value(AFTER, self.promise)),
            "accuracy": (val.value(ANEW, "accuracy"), val.value(AFTER, "accuracy")),
        }
        told = "; ".join(
            f"{name} {percent(before)} before, {percent(after)} after"
            for name, (before, after) in pairs.items()
        )
        on = f"On {val.n:,} validation products: {told}"
        if not self.is_better:
            return (
                f"The new model is not at least as good, so the old one stays. {on}. The new one"
                f" is in {self.new}."
            )
        if self.is_in_place:
            return f"The new model is in place, in {self.new}. {on}. The old one is in {self.old}."
        return f"The new model is at least as good. {on}. It is in {self.new}."

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "old": str(self.old),
            "new": str(self.new),
            "is_better": self.is_better,
            "is_in_place": self.is_in_place,
            "verdict": self.verdict,
            "whole": self.whole,
            "accuracy": self.accuracy,
            "seconds": round(self.seconds, 1),
            "moved": self.moved,
            "sides": {side: _side_dict(result) for side, result in self.sides.items()},
            "goal": self.goal,
            "outlook": self.outlook,
            "curve": [asdict(point) for point in self.curve],
            "decisions": {
                "counts": asdict(self.decisions.counts),
                "by_side": dict(self.decisions.by_side),
                "changes": [asdict(change) for change in self.decisions.changes],
            },
        }


def _side_dict(side: SideResult) -> dict[str, Any]:
    return {
        "products": side.n,
        "decided": side.decided,
        "measures": {
            model: {name: asdict(value) for name, value in measures.items()}
            for model, measures in side.measures.items()
        },
        "pair": asdict(side.pair),
        "categories": [
            asdict(change) | {"path": join_path(change.path)} for change in side.categories
        ],
    }
