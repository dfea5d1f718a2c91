"""``metrics.json`` as records, which write it and read it: nobody else spells its keys.

A field that is added here is written from now on, and None in the runs of before. What is read
may come from anywhere: what a report cannot do without is refused in one line, and whatever
else is not what it should be is None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from prodcat.errors import AnalyzeError
from prodcat.measures.interval import Interval
from prodcat.measures.measure import SetMeasures
from prodcat.runs.format import EVERYTHING, SIDES
from prodcat.runs.measured import measures_to_dict, read_measures
from prodcat.runs.values import counts, mapping, mapping_or_none, number, text, whole
from prodcat.wording import clean

MAX_PATH = 2**20
"""Characters of a category's path: it must stay the one that the predictions name."""


@dataclass(frozen=True)
class DataFacts:
    """What a run learnt from."""

    categories: int | None = None
    """Leaves that its model can answer."""
    taxonomy_version: str | None = None
    products: Mapping[str, int] = field(default_factory=dict)
    """Side, training among them → its products."""
    left_out: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Side → reason → products that it does not have for that reason."""
    train_products: Mapping[str, int] = field(default_factory=dict)
    """Path of each leaf → its training products."""
    untaught: Mapping[str, int] | None = None
    """Side → products of categories that nothing was taught of, which are measured all the same;
    None in runs from before: there they are in no measure."""
    pooled: Mapping[str, str] = field(default_factory=dict)
    """Path of a category too small to be taught → the ancestor that its products taught."""

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[object, object]) -> "DataFacts":
        """Read what `to_dict` wrote; None or nothing for what is missing or cannot be."""
        left_out = mapping_or_none(data.get("left_out"))
        return cls(
            categories=whole(data.get("categories")),
            taxonomy_version=text(data.get("taxonomy_version")),
            products=counts(data.get("products")),
            left_out={clean(str(side)): counts(reasons) for side, reasons in left_out.items()},
            train_products=counts(data.get("train_products"), MAX_PATH),
            untaught=counts(data["untaught"]) if data.get("untaught") is not None else None,
            pooled={
                clean(str(path), MAX_PATH): clean(str(above), MAX_PATH)
                for path, above in mapping_or_none(data.get("pooled")).items()
            },
        )


@dataclass(frozen=True)
class TrainingFacts:
    """What training took; None where it is not known."""

    epochs: int | None = None
    best_epoch: int | None = None
    """The one whose weights were kept, counted from 1."""
    seconds: float | None = None

    @classmethod
    def from_history(cls, history: Sequence[Mapping[str, str]], *, best_by: str) -> "TrainingFacts":
        """Sum up the rows of ``history.csv``; *best_by* chose the epoch that was kept.

        >>> rows = [{"epoch": "1", "val_loss": "2", "seconds": "1.5"}]
        >>> facts = TrainingFacts.from_history(rows, best_by="val_loss")
        >>> facts.epochs, facts.best_epoch, facts.seconds
        (1, 1, 1.5)
        """
        # Of losses the least is best, of all else the most.
        sign = -1 if best_by == "val_loss" else 1
        best = max(history, key=lambda row: sign * float(row[best_by]), default=None)
        return cls(
            epochs=len(history),
            best_epoch=None if best is None else int(best["epoch"]),
            seconds=sum((float(row["seconds"]) for row in history), 0.0),
        )

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        best = self.best_epoch
        # As text, as the history has it: format 2 has always had it so.
        return asdict(self) | {"best_epoch": None if best is None else str(best)}

    @classmethod
    def from_dict(cls, data: Mapping[object, object]) -> "TrainingFacts":
        """Read what `to_dict` wrote; None for what is missing or no number."""
        return cls(
            epochs=whole(data.get("epochs")),
            best_epoch=whole(data.get("best_epoch")),
            seconds=number(data.get("seconds")),
        )


@dataclass(frozen=True)
class ExportFacts:
    """How the trained network became a model directory."""

    quantize: str | None = None
    largest_difference: Mapping[str, float] = field(default_factory=dict)
    """Precision → the most that a logit of the exported model is off."""

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[object, object]) -> "ExportFacts":
        """Read what `to_dict` wrote; None or nothing for what is missing or cannot be."""
        differences = {
            clean(str(precision)): number(difference)
            for precision, difference in mapping_or_none(data.get("largest_difference")).items()
        }
        return cls(
            quantize=text(data.get("quantize")),
            largest_difference={p: d for p, d in differences.items() if d is not None},
        )


@dataclass(frozen=True)
class Cost:
    """What using a model takes; None where it was not measured."""

    one_product_ms: float | None = None
    """Of one product alone, the median."""
    products_per_s: float | None = None
    """Of many together."""
    peak_memory_mb: float | None = None
    """Most memory of a process that answers, in 10⁶ bytes."""
    model_bytes: int | None = None

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[object, object]) -> "Cost":
        """Read what `to_dict` wrote; None for what is missing or no number."""
        return cls(
            one_product_ms=number(data.get("one_product_ms")),
            products_per_s=number(data.get("products_per_s")),
            peak_memory_mb=number(data.get("peak_memory_mb")),
            model_bytes=whole(data.get("model_bytes")),
        )


@dataclass(frozen=True)
class Selection:
    """The measures when only some parts of the products are given."""

    name: str
    """Such as ``everything``, ``name only`` or ``no image``."""
    measured: SetMeasures
    """On the products that have any of those parts; all that are labelled, those of categories
    that were not taught too. In runs of before `DataFacts.untaught` was told, on the taught ones
    alone."""
    taught: SetMeasures | None = None
    """On those alone whose very category was taught; of everything, and None in older runs."""

    @property
    def n(self) -> int:
        """Products that have any of those parts."""
        return self.measured.n

    @property
    def measures(self) -> Mapping[str, Interval]:
        """Measure → its value."""
        return self.measured.intervals

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON, without the name."""
        data = measures_to_dict(self.measured)
        # Left out where there is none, as in the files from before.
        return data if self.taught is None else {**data, "taught": measures_to_dict(self.taught)}

    @classmethod
    def from_dict(cls, name: str, data: Mapping[object, object], *, side: str) -> "Selection":
        """Read what `to_dict` wrote.

        Raises:
            AnalyzeError: If it does not count its products, or a measure is no share.
        """
        taught = mapping_or_none(data.get("taught"))
        return cls(
            name,
            read_measures(data, f"{side}, {name}"),
            taught=read_measures(taught, f"{side}, {name}, taught") if taught else None,
        )


@dataclass(frozen=True)
class RunMetrics:
    """All that ``metrics.json`` says."""

    data: DataFacts = field(default_factory=DataFacts)
    training: TrainingFacts = field(default_factory=TrainingFacts)
    export: ExportFacts | None = None
    """None for a baseline, which is not exported."""
    sides: Mapping[str, tuple[Selection, ...]] = field(default_factory=dict)
    """``val`` and ``test`` → its selections, ``everything`` first; left out without products."""
    cost: Cost = field(default_factory=Cost)

    def selections(self, side: str) -> tuple[Selection, ...]:
        """Return the measures of a side, those of everything first; none without products."""
        return self.sides.get(side, ())

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return {
            "data": self.data.to_dict(),
            "training": self.training.to_dict(),
            **({} if self.export is None else {"export": self.export.to_dict()}),
            **{
                side: {selection.name: selection.to_dict() for selection in selections}
                for side, selections in self.sides.items()
            },
            "cost": self.cost.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> "RunMetrics":
        """Read what `to_dict` wrote.

        Raises:
            AnalyzeError: If the measures of a side are not what `to_dict` writes.
        """
        sides = {side: _read_side(data, side) for side in SIDES}
        return cls(
            data=DataFacts.from_dict(mapping_or_none(data.get("data"))),
            training=TrainingFacts.from_dict(mapping_or_none(data.get("training"))),
            export=ExportFacts.from_dict(mapping_or_none(data["export"]))
            if "export" in data
            else None,
            sides={side: selections for side, selections in sides.items() if selections},
            cost=Cost.from_dict(mapping_or_none(data.get("cost"))),
        )


def _read_side(data: Mapping[str, object], side: str) -> tuple[Selection, ...]:
    by_name = mapping(data.get(side) or {}, f"{side} of metrics.json")
    # Reports begin with it, and hold the predictions against it.
    if by_name and EVERYTHING not in by_name:
        raise AnalyzeError(f"metrics.json has no measures of everything on {side}")
    selections = [
        Selection.from_dict(
            clean(str(name)), mapping(stored, f"{side}, {name} of metrics.json"), side=side
        )
        for name, stored in by_name.items()
    ]
    return tuple(sorted(selections, key=lambda selection: selection.name != EVERYTHING))
