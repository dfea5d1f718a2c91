"""What an evaluation found: its products, and how each model did on them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from prodcat.analyze.findings.summary import Difference, McNemar
from prodcat.decision.accuracies import in_percent
from prodcat.measures.interval import Interval
from prodcat.measures.names import MEASURES
from prodcat.taxonomy.paths import CategoryPath, join_path
from prodcat.trial.promise import Promise

Outcome = Literal["right", "wrong", "abstained"]
SHARED_MEASURES = ("accuracy", "top_5_accuracy", "macro_f1", "hierarchical_f1")
"""Those of `prodcat.measures.names` that are measured on a table."""


@dataclass(frozen=True, slots=True)
class LabelledProduct:
    """One labelled product of the table."""

    number: int
    """Its row; the first is 1."""
    id: str
    name: str
    label: CategoryPath
    """As the table has it."""
    picture: bytes | None = field(default=None, repr=False)
    """A small JPEG, where pictures are to be shown."""


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model says of one product."""

    path: CategoryPath
    """Answered at the accuracy that was asked for, a leaf or above; empty when it abstained."""
    probability: float
    """Of the answer; of the best leaf when it abstained."""
    outcome: Outcome
    leaf: CategoryPath
    """The best leaf, whatever the threshold; empty where nothing could be read."""
    leaf_is_right: bool
    in_top_5: bool
    """Whether the right leaf is among the five best."""
    reason: str | None = None
    """Why it abstained."""


@dataclass(frozen=True)
class LabelCount:
    """A label, and how many products have it."""

    label: CategoryPath
    products: int
    path: CategoryPath
    """As the tree of the model spells it, as far down as it has it."""


@dataclass(frozen=True)
class LeftOut:
    """Rows that have one thing wrong with them."""

    reason: str
    count: int
    rows: tuple[int, ...]
    """Numbers of the first ones."""
    example: str = ""
    """What is wrong with the first."""
    answered: bool = False
    """They take part all the same, with the parts that can be read."""


@dataclass(frozen=True)
class ModelResult:
    """How one model did."""

    name: str
    folder: str
    """The model directory."""
    categories: int
    """Leaves that it can answer."""
    measures: Mapping[str, Interval]
    """On all labelled products: ``accuracy`` (of the best leaf), ``top_5_accuracy``, ``macro_f1``,
    ``hierarchical_f1``, ``coverage`` and ``accuracy_reached`` at the accuracy asked for."""
    taught: Mapping[str, Interval]
    """The same on the products whose label is a leaf of the model."""
    n_taught: int
    promise: Promise
    """Whether the accuracy asked for was kept."""
    lacking: tuple[LabelCount, ...]
    """Labels that the tree lacks, those of most products first. Right for such a product is an
    answer above its label alone."""
    above: tuple[LabelCount, ...]
    """Labels above the leaves. A leaf below such a label counts as wrong: nothing says that it
    is right."""
    respelled: tuple[LabelCount, ...]
    """Labels that the tree has in other case or spaces."""
    answers: tuple[ModelAnswer, ...] = field(repr=False)
    """One for each product, in their order."""

    @property
    def labels(self) -> dict[str, tuple[LabelCount, ...]]:
        """What the labels are that are no leaf as the tree spells it → these labels."""
        return {
            "lacking in the tree": self.lacking,
            "above the leaves": self.above,
            "spelled otherwise in the tree": self.respelled,
        }


@dataclass(frozen=True)
class ModelPair:
    """Two models on the same products."""

    first: str
    second: str
    """Their names."""
    mcnemar: McNemar
    """Which has the best leaf right."""
    differences: Mapping[str, Difference]
    """Measure → second less first; macro-F1 for models of the same leaves alone."""
    better: str | None
    """Which is better in leaf accuracy, by McNemar's exact test at 5 % after Holm's correction
    over all pairs; None where it cannot be told."""


@dataclass(frozen=True)
class Evaluation:
    """How models do on a labelled table."""

    table: str
    """Name of its file."""
    columns: Mapping[str, tuple[str, ...]]
    """Field → the columns that it was read from."""
    rows: int
    """Of the table."""
    accuracy: float
    """How often answers were asked to be right."""
    products: tuple[LabelledProduct, ...] = field(repr=False)
    models: tuple[ModelResult, ...]
    pairs: tuple[ModelPair, ...]
    left_out: tuple[LeftOut, ...]
    """Rows that take no part, or that could be read in part alone."""
    notes: tuple[str, ...]
    """What to know before these numbers are believed."""
    read_as: tuple[str, ...] = ()
    """How the file was read, such as its delimiter and encoding."""

    @property
    def n(self) -> int:
        """Labelled products that were answered."""
        return len(self.products)

    @property
    def titles(self) -> dict[str, str]:
        """Measure → its heading, in the order in which they are shown."""
        titles = {name: MEASURES[name].title for name in SHARED_MEASURES}
        titles["accuracy"] = "Leaf accuracy"
        at = in_percent(self.accuracy)
        return titles | {
            "coverage": f"Coverage at {at} %",
            "accuracy_reached": f"Accuracy reached at {at} %",
        }

    @property
    def label_groups(self) -> list[tuple[str, ModelResult]]:
        """Names of the models to which the labels look alike, and one of them.

        Models of the same tree say the same of every label.
        """
        groups: list[tuple[str, ModelResult]] = []
        for model in self.models:
            for place, (names, other) in enumerate(groups):
                if model.labels == other.labels:
                    groups[place] = f"{names}, {model.name}", other
                    break
            else:
                groups.append((model.name, model))
        return groups

    def to_dict(self, *, products: bool = True) -> dict[str, Any]:
        """Return plain data for JSON.

        Args:
            products: Also each product, with the answers to it.
        """
        data: dict[str, Any] = {
            "table": self.table,
            "columns": {field: list(columns) for field, columns in self.columns.items()},
            "rows": self.rows,
            "products": self.n,
            "accuracy": self.accuracy,
            "notes": list(self.notes),
            "read_as": list(self.read_as),
            "left_out": [asdict(reason) for reason in self.left_out],
            "models": [_model_dict(model) for model in self.models],
            "pairs": [asdict(pair) for pair in self.pairs],
        }
        if products:
            data["answers"] = [self._product_dict(row) for row in range(self.n)]
        return data

    def _product_dict(self, row: int) -> dict[str, Any]:
        product = self.products[row]
        return {
            "row": product.number,
            "id": product.id or None,
            "name": product.name or None,
            "label": join_path(product.label),
            "models": {m.name: _answer_dict(m.answers[row]) for m in self.models},
        }


def _model_dict(model: ModelResult) -> dict[str, Any]:
    return {
        "name": model.name,
        "folder": model.folder,
        "categories": model.categories,
        "measures": {name: asdict(value) for name, value in model.measures.items()},
        "taught": {
            "products": model.n_taught,
            "measures": {name: asdict(value) for name, value in model.taught.items()},
        },
        "promise": model.promise.to_dict(),
        "labels_lacking": _counts(model.lacking),
        "labels_above_leaves": _counts(model.above),
        "labels_respelled": [
            {"label": join_path(c.label), "products": c.products, "tree": join_path(c.path)}
            for c in model.respelled
        ],
    }


def _counts(labels: tuple[LabelCount, ...]) -> list[dict[str, Any]]:
    return [{"label": join_path(count.label), "products": count.products} for count in labels]


def _answer_dict(answer: ModelAnswer) -> dict[str, Any]:
    return {
        "outcome": answer.outcome,
        "category": join_path(answer.path) if answer.path else None,
        "probability": answer.probability,
        "leaf": join_path(answer.leaf) if answer.leaf else None,
        "leaf_is_right": answer.leaf_is_right,
        "reason": answer.reason,
    }
